"""What the frame of a message says besides its author's words, in the language of those words."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext, gettext_noop

from consent.languages import speaking

STOP_LINE = gettext_noop("Reply STOP to opt out")
ADVERTISEMENT = gettext_noop("This message is an advertisement.")
UNSUBSCRIBE = gettext_noop("Unsubscribe")
# The whole of what a machine says after an opt-out: it confirms, and names the way back. No more may stand there (rule TCPA-CONFIRM-TEXT).
CONFIRMED = gettext_noop(
    "You asked for no more texts, and you will get none from us. To get texts again, reply START."
)
GREETING, NAMELESS = gettext_noop("Hi {name}"), gettext_noop("Hello")


@cache
def said(words: str, language: str) -> str:
    """One of the sentences above in a language (`en`, `es`)."""
    with speaking(language):
        return gettext(words)


def lines_in(lines: list[str], language: str) -> list[str]:
    """A mail's last lines in a language: practice and address stay as they are."""
    return [said(each, language) if each == ADVERTISEMENT else each for each in lines]


def hello(first_name: str, language: str = "en") -> str:
    """How somebody is greeted; whoever joined by a keyword has told no name, and is greeted all the same."""
    return said(GREETING, language).format(name=first_name) if first_name else said(NAMELESS, language)
