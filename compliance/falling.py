"""Facts a signature rests on that fall: a number's registration, a mail domain (rule APPROVAL-FRESH).

Only what was in order can fall, so a registration that is still being made ends no signature. What Twilio says of its own register
counts at once; any other look that fails, once it has failed for `tenants.models.fault.PASSING`. "Could not check" says nothing:
it begins no fault and ends none. What holds back the messages meanwhile are the checks of the gate.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from compliance.models import Answer, DomainCheck, SmsRegistration
from tenants import audit
from tenants.models import Fault, Sender
from tenants.models.fault import PASSING


def note_domain(row: DomainCheck) -> None:
    """After each look at a domain, in the transaction that stores it."""
    looks = DomainCheck.objects.filter(client=row.client_id, domain=row.domain)
    _note(row, _last(looks, row), {"domain": row.domain}, Fault.Kind.FAILS, _wrong(row))


def note_number(row: SmsRegistration, *, refused: str) -> None:
    """After each look at a number's registration, in the transaction that stores it; `refused`: what Twilio says, not only of a review."""
    looks = SmsRegistration.objects.filter(client=row.client_id, sender=row.sender_id)
    kind, says = (Fault.Kind.REFUSED, refused) if refused else (Fault.Kind.FAILS, _wrong(row))
    if row.passed:
        good = _last(looks.filter(passed=True), row)  # whatever was seen in between, a review say
        kind, says = Fault.Kind.CHANGED, _another(good, row) if good else ""
    _note(row, _last(looks, row), {"sender": row.sender}, kind, says)


def _wrong(row: Any) -> str:
    return " ".join(each["says"] for each in row.findings if each["answer"] == Answer.FAIL)


def _last(looks: Any, row: Any) -> Any:
    """The look before this one that said anything."""
    said = looks.filter(Q(passed=True) | Q(answer=Answer.FAIL))
    return (
        said.exclude(pk=row.pk).filter(checked_at__lte=row.checked_at).order_by("-checked_at", "-pk").first()
    )


def _note(row: Any, before: Any, of: dict[str, str | Sender], kind: Fault.Kind, says: str) -> None:
    """Begin the fault that was found, if one was, or end those that are over."""
    there = Fault.objects.filter(client=row.client_id, ended_at=None, **of)
    at = row.checked_at
    if row.passed and there.update(ended_at=at):
        audit.record("sender.in_order_again", row, client_id=row.client_id)
    was_in_order = kind == Fault.Kind.CHANGED or (before is not None and before.passed)
    if not says or not (was_in_order or there.exists()) or there.filter(kind=kind).exists():
        return
    fault = Fault(
        client_id=row.client_id, kind=kind, says=says, since=at, falls_at=at + PASSING if kind == Fault.Kind.FAILS else at,
        ended_at=at if kind == Fault.Kind.CHANGED else None, **of,
    )  # fmt: skip
    Fault.objects.bulk_create([fault], ignore_conflicts=True)  # two looks at once
    audit.record("sender.out_of_order", row, client_id=row.client_id, kind=str(kind))


def _another(before: SmsRegistration, row: SmsRegistration) -> str:
    """What another registration than the one seen before holds in its place, as a sentence; empty when it is the same."""
    if before.use_case and row.use_case and before.use_case != row.use_case:
        return f"It is registered as {row.use_case} in place of {before.use_case}."
    for part, name in (
        ("campaign", "campaign"),
        ("brand", "brand"),
        ("verification", "toll-free verification"),
    ):
        was, now = (((each.seen or {}).get(part) or {}).get("sid") for each in (before, row))
        if was and now and was != now:
            return f"Another {name} stands in the place of the one that was registered."
    return ""
