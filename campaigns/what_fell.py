"""What a signature rested on and fell, as a sentence: the page, the mailed review, the mails and the evidence all say this."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, OuterRef, QuerySet, Value
from django.db.models.functions import Least

from campaigns import wording
from campaigns.models import Approval
from tenants.clock import db_now
from tenants.models import Agreement, Channel, Fault, Provider, Sender
from tenants.models.fault import PASSING

_ROWS: dict[str, Any] = {"agreement": Agreement, "sender": Sender, "fault": Fault}


def sentences(fallen: Iterable[Approval]) -> dict[int, str]:
    """By approval (as `what_fell` gives them, with their client): the first that fell under it, and who signs anew. A query a kind."""
    rows = list(fallen)
    found = {kind: _found(kind, rows) for kind in _ROWS}
    said = {}
    for each in rows:
        under = [
            _says(row, each) for kind in found if (row := found[kind].get(getattr(each, f"fell_{kind}")))
        ]
        if under:
            said[each.pk] = _whole(*min(under), each)
    return said


def before_it_ended(approvals: QuerySet[Approval]) -> dict[int, str]:
    """The same of all of these, whatever became of them since: what fell while they would still have held."""
    until = Least("ended_at", "expires_at", Value(db_now()), output_field=DateTimeField())
    rows = approvals.annotate(until=until).what_fell(OuterRef("until"))  # type: ignore[attr-defined]
    return sentences(rows.select_related("client"))


def _found(kind: str, rows: list[Approval]) -> dict[int, Any]:
    ids = {getattr(each, f"fell_{kind}") for each in rows} - {None}
    if not ids:
        return {}
    asked = _ROWS[kind].objects
    if kind == "agreement":
        asked = asked.select_related("sub_processor").defer("file")
    elif kind == "fault":
        asked = asked.select_related("sender")
    of: dict[int, Any] = asked.in_bulk(ids)
    return of


def _says(row: Agreement | Sender | Fault, approval: Approval) -> tuple[datetime, str, str]:
    """When it fell, what did in words that go on with a day, and what was found."""
    match row:
        case Agreement():
            over = min(filter(None, (row.ended_at, row.expires_at)))
            return over, f"The agreement with {_with_whom(row, approval)} ended", ""
        case Sender():
            assert row.ended_at is not None  # noqa: S101  # else it had not fallen
            return row.ended_at, f"{_named(row)} was taken out of use", ""
    what = f"registration of the number {row.sender.address}" if row.sender else f"mail domain {row.domain}"
    match row.kind:
        case Fault.Kind.CHANGED:
            return row.falls_at, f"The {what} was replaced", row.says
        case Fault.Kind.REFUSED:
            return row.falls_at, f"The {what} was found not to hold any more", row.says
    ended = f"The {PASSING.days * 24} hours for which the {what} may be out of order ended"
    return row.falls_at, ended, row.says


def _whole(over: datetime, what: str, found: str, approval: Approval) -> str:
    signed, day = (wording.day_there(at, approval.client) for at in (approval.since, over))
    why = f" What was found: {found}" if found else ""
    return (
        f"{what} on {day}, and what {approval.typed_name} signed on {signed} rested on it.{why} That this is in order again, or another in "
        "its place, does not bring the signature back: the practice’s compliance contact must sign anew."
    )


def _named(sender: Sender) -> str:
    kind = "The number" if sender.channel == Channel.SMS else "The From address"
    return f"{kind} {sender.address}"


def _with_whom(agreement: Agreement, approval: Approval) -> str:
    match agreement.kind:
        case Agreement.Kind.PROVIDER if agreement.provider == Provider.SMTP:
            return f"the mail server {agreement.host}"
        case Agreement.Kind.PROVIDER:
            return str(agreement.get_provider_display())
        case Agreement.Kind.HOSTING:
            return "the company that hosts this installation"
        case Agreement.Kind.OTHER:
            return str(agreement.sub_processor.name)
    return str(approval.client.name)
