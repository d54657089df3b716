"""Help in the product: merge fields, reply words, keys, and what changed. The lists are the product's own, so that none can be untrue."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from campaigns.merge_fields import FIELDS
from consent.reply_words import HELP_WORDS, START_WORDS, STOP_WORDS
from tenants.access import MemberRequest, signed_in
from tenants.templatetags.parts import RAIL

# What PatientPop, and so the carriers, name; the others are read by us alone.
CARRIERS = {
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "start", "yes", "unstop", "help", "info",
}  # fmt: skip
KEYS = [
    ("Anywhere", [("/", "Find a person by phone, e-mail or a whole word of the name"), ("?", "These keys, over the page"),
                  ("g h", "All clients"), ("Esc", "Close a menu, a dialog, the search")]),
    ("On a client’s pages", [(f"g {key}", label) for key, _, label, _ in RAIL]),
    ("In lists", [("j", "Next row"), ("k", "Row before"), ("Enter", "Open the row")]),
]  # fmt: skip
CHANGES = settings.BASE_DIR / "CHANGELOG.md"


@signed_in
@require_GET
def help_page(request: MemberRequest) -> HttpResponse:
    """Cheat sheets: what may be put into words, and what people may write back."""
    values = {
        "fields": FIELDS, "stops": _told_apart(STOP_WORDS), "starts": _told_apart(START_WORDS), "helps": _told_apart(HELP_WORDS),
    }  # fmt: skip
    return render(request, "messaging/help.html", values)


@signed_in
@require_GET
def keyboard(request: MemberRequest) -> HttpResponse:
    """Every key that does something."""
    return render(
        request, "messaging/keyboard.html", {"groups": [(name, _split(keys)) for name, keys in KEYS]}
    )


@signed_in
@require_GET
def changes(request: MemberRequest) -> HttpResponse:
    """What changed, newest first within each release, as CHANGELOG.md says it."""
    return render(request, "messaging/changes.html", {"releases": _releases()})


def _told_apart(words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Each with whether the carrier acts on it too."""
    return [(word.upper(), word in CARRIERS) for word in words]


def _split(keys: list[tuple[str, str]]) -> list[tuple[list[str], str]]:
    return [(pressed.split(" "), says) for pressed, says in keys]


@cache
def _releases() -> list[tuple[str, list[SafeString]]]:
    """Headings and their lines; of paragraphs nothing is shown."""
    found: list[tuple[str, list[SafeString]]] = []
    for line in CHANGES.read_text().splitlines() if CHANGES.exists() else ():
        if line.startswith("## "):
            found.append((line[3:].strip(), []))
        elif line.startswith("- ") and found:
            said = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(line[2:].strip()).replace("&#x27;", "’"))
            found[-1][1].insert(0, mark_safe(said))  # noqa: S308 - escaped above
    return found
