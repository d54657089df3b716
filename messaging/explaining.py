"""Why was this person contacted, and why not: the stored verdict with its rows, and the same question asked now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance.checks import CHECKS
from compliance.facts import Check
from compliance.gate import Reason, applies_to, explain
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
    """What was decided at the judgement that counted, inside `acting_for(client)`; empty when it was never judged."""
    if message.judged_at is None:
        return []
    evidence: dict[str, list[str]] = message.evidence or {}
    replayed = {
        reason.check.code: reason
        for reason in explain(Message.objects.filter(pk=message.pk), message.judged_at)
    }
    return [
        Verdict(
            check,
            check.code in message.failed,
            evidence.get(check.code, []),
            _of(replayed[check.code], evidence.get(check.code, [])),
        )
        for check in CHECKS
        if applies_to(check, message.channel)
    ]


def _of(reason: Reason, ids: list[str]) -> list[Model]:
    return [row for row in reason.rows if str(row.pk) in ids]


def now(message: Message) -> tuple[datetime, list[Reason]]:
    """The same question asked at this instant."""
    at = db_now()
    return at, explain(Message.objects.filter(pk=message.pk), at)


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
            answers.append((step, explain(rows.filter(pk=first), at)))
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
