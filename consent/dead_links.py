"""What a recipient reads whose link leads nowhere: in both languages, because nobody knows whose it was."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from consent.languages import SPOKEN, speaking

RECIPIENTS = ("/u/", "/s/", "/confirm-mail/")
TITLE = gettext_noop("This link leads nowhere")
SAYS = gettext_noop(
    "Copy the whole address from the message into your browser. To stop texts at once, reply STOP to one of them; "
    "to stop mails, reply to one of them and say so."
)


def told(path: str) -> list[dict[str, str]]:
    """Language, title and sentence in each language, for an address that recipients are sent; else nothing."""
    if not path.startswith(RECIPIENTS):
        return []
    made = []
    for language in SPOKEN:
        with speaking(language):
            made.append({"language": language, "title": gettext(TITLE), "says": gettext(SAYS)})
    return made
