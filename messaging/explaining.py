"""Why was this person contacted, and why not: the stored verdict with its rows, and the same question asked now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Model

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance.checks import BY_CODE, CHECKS
from compliance.facts import FACTS, Check, Facts
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
    """What was decided at the judgement that counted, inside `acting_for(client)`; empty when it was never judged.

    The rows are read by the ids kept then, not found anew: facts are ended, never overwritten.
    """
    if message.judged_at is None:
        return []
    evidence: dict[str, list[str]] = message.evidence or {}
    asked = [check for check in CHECKS if applies_to(check, message.channel)]
    wanted: defaultdict[type[Model], set[str]] = defaultdict(set)
    for check in asked:
        wanted[kind_of(check.code)].update(evidence.get(check.code, []))
    found = {
        kind: {str(row.pk): row for row in kind._default_manager.filter(pk__in=ids)}
        for kind, ids in wanted.items()
        if ids
    }
    verdicts = []
    for check in asked:
        ids = evidence.get(check.code, [])
        rows = found.get(kind_of(check.code), {})
        verdicts.append(
            Verdict(check, check.code in message.failed, ids, [rows[each] for each in ids if each in rows])
        )
    return verdicts


@cache
def kind_of(code: str) -> type[Model]:
    """What a check's rows are: asked of the check itself, about nobody."""
    nobody: dict[str, Any] = dict.fromkeys(FACTS)
    then = datetime(2000, 1, 1, tzinfo=UTC)
    return BY_CODE[code].rows(Facts(**nobody, at=then, when=then)).model


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
