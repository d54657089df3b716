"""The gate's queries over the people of a step, written once for each form that an audience rule can have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import QuerySet

from campaigns.audience import due_at, subjects, visit_before
from campaigns.models import Campaign, Step
from compliance import gate, many
from compliance.compiled import BIGINT, BIGINTS, DAY, INSTANT, TEXT, Kind, OneOf, Text, Written
from compliance.facts import FACTS
from tenants.models import Sender

KINDS: dict[str, Kind] = {
    **dict.fromkeys(("campaign", "step", "sender", "location"), BIGINT),
    **dict.fromkeys(("purpose", "channel", "domain", "provider", "fingerprint"), TEXT),
    **dict.fromkeys(("before", "after"), DAY),
    **dict.fromkeys(("due", "at"), INSTANT),
}


class Form(NamedTuple):
    """Which parts an audience rule has: its query has no others."""

    before: bool
    after: bool
    location: bool
    segments: int
    greets: bool


def writes(step: Step, at: datetime) -> many.Writes:
    """Queries of the gate over the step's people as of `at`. Inside the client's scope."""
    form, given = _form(step.campaign), _given(step, at)

    def text(build: many.Build, **ids: list[int]) -> Text:
        return _written(build, form, tuple(ids)).text(**given, **ids)

    return text


def groups(step: Step, at: datetime) -> list[tuple[list[str], int]]:
    """`many.groups` of the step's people."""
    return many.grouped(writes(step, at))


def people(step: Step, at: datetime) -> list[tuple[list[str], list[int]]]:
    """`many.grouped_people` of the step's people."""
    return many.grouped_people(writes(step, at))


def explained(step: Step, at: datetime, point: int) -> dict[str, Any]:
    """What the gate says of one contact point among the step's people: see `gate.reasons`."""
    written = _written(_about_one, _form(step.campaign), ("ids",))
    (row,) = written.rows(**_given(step, at), ids=[point])
    return row


def _about_one(rows: QuerySet[Any], at: datetime, ids: list[int]) -> QuerySet[Any]:
    found = gate.judged_with_evidence(rows.filter(OneOf(ids)), at)
    return found.values(*FACTS, *gate.VERDICT)


def _form(campaign: Campaign) -> Form:
    return Form(
        campaign.last_visit_before is not None or campaign.lapsed_months is not None,
        campaign.last_visit_after is not None,
        campaign.location_id is not None,
        len(campaign.segments),
        campaign.greets,
    )


def _given(step: Step, at: datetime) -> dict[str, Any]:
    campaign, sender = step.campaign, step.sender
    return {
        "client": campaign.client_id, "campaign": campaign.pk, "step": step.pk, "sender": sender.pk, "location": campaign.location_id,
        "purpose": campaign.purpose, "channel": step.channel, "domain": sender.domain, "provider": sender.provider,
        "fingerprint": campaign.fingerprint, "before": visit_before(campaign), "after": campaign.last_visit_after,
        "due": due_at(step, at), "at": at, **{f"segment_{n}": each for n, each in enumerate(campaign.segments)},
    }  # fmt: skip


@cache
def _written(build: Callable[..., QuerySet[Any]], form: Form, ids: tuple[str, ...]) -> Written:
    def made(**held: Any) -> QuerySet[Any]:
        return build(_people(form, held), held["at"], **{name: held[name] for name in ids})

    segments = {f"segment_{number}": TEXT for number in range(form.segments)}
    return Written(made, **KINDS, **segments, **dict.fromkeys(ids, BIGINTS))


def _people(form: Form, held: dict[str, Any]) -> QuerySet[Any]:
    """`subjects` of a step that is made of stand-ins; its due time is one of them, so it adds no days of its own."""
    campaign = Campaign(
        pk=held["campaign"], client_id=held["client"], purpose=held["purpose"], fingerprint=held["fingerprint"],
        last_visit_before=held["before"] if form.before else None, last_visit_after=held["after"] if form.after else None,
        location_id=held["location"] if form.location else None, segments=[held[f"segment_{n}"] for n in range(form.segments)],
        greets=form.greets,
    )  # fmt: skip
    sender = Sender(pk=held["sender"], domain=held["domain"], provider=held["provider"])
    step = Step(pk=held["step"], campaign=campaign, sender=sender, channel=held["channel"], delay_days=0)
    return subjects(step, held["due"])
