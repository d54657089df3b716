"""Numbers and addresses, masked for everybody, and names in lists, masked for roles that need not see them (docs/tenancy.md).

Both are shown in clear on request. Showing is a deed: a POST, on record, for a quarter of an hour in this session and for this client only.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db.models import Model
from django.http import HttpRequest

from tenants import audit
from tenants.models import Role
from tenants.models.member import AGENCY_ROLES

# They speak with these people every day, or answer for them.
SEE_NAMES = frozenset({Role.APPROVER, Role.FRONT_DESK})
MINUTES = 15
REASONS = {
    "person_asks": "The person asks or complains",
    "list_check": "To check what was imported",
    "campaign_check": "To check whom a campaign reaches",
    "client_asks": "The practice asks about somebody",
    "fault": "To find a fault",
}
_KEY = "in_clear"  # of the session: {client id: when it ends}
DOTS = "•••"


def needs_reason(request: HttpRequest) -> bool:
    """Whether this member says why: everybody who is not one of the client's own people."""
    member = getattr(request, "member", None)
    return member is None or member.role in AGENCY_ROLES or member.emergency is not None


def sees_clear(request: HttpRequest) -> bool:
    """Whether pages of the client at hand show numbers and addresses to this member now. Asks no query."""
    member, client = getattr(request, "member", None), getattr(request, "client", None)
    return member is not None and client is not None and _until(request, client.pk) > time.time()


def sees_names(request: HttpRequest) -> bool:
    """Whether lists of the client at hand show names to this member now. Asks no query."""
    member, client = getattr(request, "member", None), getattr(request, "client", None)
    if member is not None and client is not None and member.role in SEE_NAMES:
        return True
    return sees_clear(request)


def clear_until(request: HttpRequest) -> datetime | None:
    """When the showing ends that this member asked for; None when it was not asked for."""
    client = getattr(request, "client", None)
    until = _until(request, client.pk) if client is not None else 0
    return datetime.fromtimestamp(until, UTC) if until > time.time() else None


def show(request: HttpRequest, client_id: int) -> None:
    """Show this client's people in clear in this session for a quarter of an hour."""
    request.session[_KEY] = {**request.session.get(_KEY, {}), str(client_id): time.time() + MINUTES * 60}


def hide(request: HttpRequest, client_id: int) -> None:
    """Mask them again."""
    kept = {key: until for key, until in request.session.get(_KEY, {}).items() if key != str(client_id)}
    request.session[_KEY] = kept


def record_list(
    request: HttpRequest, page: str, people: int, what: Model | str = "", *, always: bool = False
) -> None:
    """Note that a page showed so many people by name: one event a look. Who read it masked, or read of nobody, leaves none.

    `always`: the page shows more of them than names, as the words they were sent. Names and addresses stay out of the record.
    """
    client = getattr(request, "client", None)
    if client is not None and people and (always or sees_names(request)):
        audit.record(
            "contact.list_viewed", what, client_id=client.pk, request=request, page=page, count=people
        )


def masked_name(name: str) -> str:
    """“J. D.”: enough to see that it is somebody."""
    return "\N{NO-BREAK SPACE}".join(f"{word[0]}." for word in name.split())


def masked_address(value: str) -> str:
    """“j•••@•••” or “••• 11”."""
    if "@" in value:
        return f"{value[0]}{DOTS}@{DOTS}"
    return f"{DOTS} {value[-2:]}" if value else ""


def _until(request: HttpRequest, client_id: int) -> float:
    session = getattr(request, "session", None)
    return float(session.get(_KEY, {}).get(str(client_id), 0)) if session is not None else 0.0
