"""The demo's tour: seven places in the order of the work, each a sentence or two, on the pages themselves. Ended by one press.

Only in a demo. Where somebody is on the tour stands in their session; looking at a page moves nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tenants.access import MemberRequest, signed_in, visible_clients
from tenants.models import Client, User

KEY = "tour"


@dataclass(frozen=True)
class Stop:
    """One place: the page, and what one sees there."""

    view: str
    title: str
    says: str


STOPS = (
    Stop(
        "readiness",
        "Before anything is sent",
        "Each fact as it was seen, and when: agreements, the mail domain’s records, the number’s "
        "registration. What is not in order holds every message back.",
    ),
    Stop(
        "contacts",
        "Who may be written to",
        "Two marks beside each person, texts and mail: clear, waiting until when, or held because of what. "
        "Opted-out people stay red for ever.",
    ),
    Stop(
        "import_new",
        "A list comes in",
        "You see each column before it is taken, and afterwards what became of every line. The same list "
        "again changes nothing.",
    ),
    Stop(
        "campaigns",
        "A campaign, and the client’s yes",
        "The agency writes, the client’s own compliance contact signs exactly these words, and only what was "
        "signed is sent. Open one to see its flight check.",
    ),
    Stop(
        "inbox",
        "What people answer",
        "STOP and its like hold at once. Whatever sounds like a no waits for a person to read it, and nothing "
        "more is sent until then.",
    ),
    Stop(
        "bookings",
        "What it brought",
        "Who booked hears no more. A campaign’s report sets them beside those held out, so that it says what "
        "came because of the campaign.",
    ),
    Stop(
        "records",
        "Proof, afterwards",
        "Every deed is sealed. “Why?” on any person says which checks decided, by which rows, and when.",
    ),
)


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """What the frame shows of the tour; nothing outside a demo, or when nobody is on it."""
    at = _at(request) if settings.DEMO else None
    if at is None:
        return None
    stop, client = STOPS[at], _client(request)
    where = reverse(stop.view, args=[client.slug]) if client else ""
    return {
        "stop": stop, "number": at + 1, "of": len(STOPS), "first": at == 0, "last": at == len(STOPS) - 1,
        "where": "" if request.path == where else where,
    }  # fmt: skip


@require_POST
@signed_in
def tour(request: MemberRequest) -> HttpResponse:
    """Begin, go on, go back, or end; then the page of that stop."""
    if not settings.DEMO:
        raise Http404
    go, at, client = request.POST.get("go", ""), _at(request), _client(request)
    to = {"begin": 0, "next": (at or 0) + 1, "back": (at or 0) - 1}.get(go, -1)
    if client is None or not 0 <= to < len(STOPS):
        request.session.pop(KEY, None)
        return redirect("home")
    request.session[KEY] = to
    return redirect(STOPS[to].view, client=client.slug)


def _at(request: HttpRequest) -> int | None:
    at = request.session.get(KEY) if hasattr(request, "session") else None
    return at if isinstance(at, int) and 0 <= at < len(STOPS) else None


def _client(request: HttpRequest) -> Client | None:
    """The client of the walk in the README, else the first that this person may see."""
    if not isinstance(request.user, User):
        return None
    mine = list(visible_clients(request.user)[:200])
    return next((each for each in mine if each.slug == "glow-med-spa"), mine[0] if mine else None)
