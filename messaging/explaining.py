"""Why was this person contacted, and why not: the stored verdict with its rows, and the same question asked now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance import policy, step_queries
from compliance.checks import BY_CODE
from compliance.deciding import rows_of
from compliance.facts import Check
from compliance.gate import Reason, reasons
from messaging import judging
from messaging.models import Message
from tenants.clock import db_now


@dataclass(frozen=True)
class Verdict:
    """One check as it was decided for a message: the answer and the ids of the rows, and the rows where they still can be read."""

    check: Check
    refuses: bool
    ids: list[str]
    rows: list[Model]


def stored(message: Message) -> list[Verdict]:
    """What was decided at the judgement that counted, inside `acting_for(client)`; empty when it was never judged.

    By the policy of then, as it was worded. The rows are read by the ids kept then, not found anew: facts are ended, never overwritten.
    """
    if message.judged_at is None:
        return []
    evidence: dict[str, list[str]] = message.evidence or {}
    asked = policy.checks_of(policy.of(evidence), message.channel, message.kind)
    ids = {check.code: evidence.get(check.code, []) for check in asked}
    found = rows_of({code: theirs for code, theirs in ids.items() if code in BY_CODE})
    return [
        Verdict(check, check.code in message.failed, ids[check.code], found.get(check.code, []))
        for check in asked
    ]


def now(message: Message) -> tuple[datetime, list[Reason]]:
    """The same question asked at this instant: what refuses it."""
    at = db_now()
    return at, reasons(judging.explained(message, at), refusing=True)


def before_any_message(contact_id: int, campaign: Campaign, at: datetime) -> list[tuple[Step, list[Reason]]]:
    """For a person and a campaign that has planned nothing for them yet: each step's answers."""
    answers = []
    for step in (
        Step.objects.filter(campaign=campaign)
        .select_related("campaign__client", "sender")
        .order_by("position")
    ):
        rows = subjects(step, at).filter(contact=contact_id)
        first = rows.order_by("pk").values_list("pk", flat=True).first()
        if first is not None:
            answers.append((step, reasons(step_queries.explained(step, at, first))))
    return answers


def as_text(row: Model) -> dict[str, Any]:
    """A deciding row for people and for JSON: what it is, its id and its dates; never its encrypted fields."""
    dates = {
        f.name: value.isoformat()
        for f in row._meta.fields
        if f.name in DATES and (value := getattr(row, f.name))
    }
    return {"what": str(row._meta.verbose_name), "id": str(row.pk), "says": str(row), **dates}


DATES = (
    "since",
    "at",
    "ended_at",
    "expires_at",
    "checked_at",
    "valid_until",
    "opens_at",
    "closes_at",
    "reviewed_at",
    "enforced_at",
    "done_at",
)
