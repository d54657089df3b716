"""Who is clear and why the rest are not: a campaign judged before any message exists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from campaigns.audience import people, subjects
from campaigns.models import AudienceCount, Campaign, Step
from compliance.gate import Tally, groups, tally, tally_of

# What asking and signing themselves bring about, and hours and daily limits that come round: neither keeps a person from being reached.
ASKING_LEAVES_OUT = frozenset(
    {
        "not_approved",
        "words_not_reviewed",
        "warning_unanswered",
        "no_statement",
        "quiet_hours",
        "own_hours",
        "daily_limit",
    }  # fmt: skip
)


@dataclass(frozen=True)
class StepCount:
    """One step's audience: addresses by the checks they fail, and how many people have one at all."""

    step: Step
    reachable: int  # people with a working address on the step's channel
    groups: list[tuple[list[str], int]]

    def tally(self, leave_out: Collection[str] = ()) -> Tally:
        return tally_of(self.groups, leave_out)


@dataclass(frozen=True)
class Audience:
    """A campaign's whole audience as of an instant."""

    at: datetime
    people: int  # whom the audience rule names
    steps: list[StepCount]


def tallies(campaign: Campaign, at: datetime) -> list[tuple[Step, Tally]]:
    """Each step's tally, judged now with the clock as planned, inside `acting_for(client)`. One query a step."""
    return [(step, tally(subjects(step, at), at)) for step in steps_of(campaign)]


def audience(campaign: Campaign, at: datetime) -> Audience:
    """Judge everyone for every step: two queries a step, seconds for a million people."""
    counted = [
        StepCount(
            step,
            subjects(step, at).order_by().values("contact").distinct().count(),
            groups(subjects(step, at), at),
        )
        for step in steps_of(campaign)
    ]
    return Audience(at, people(campaign).count(), counted)


def count(campaign: Campaign, at: datetime) -> AudienceCount:
    """Store a count as dated evidence, bound to the fingerprint it was made under: whom a signature would reach."""
    return keep(campaign, audience(campaign, at))


def keep(campaign: Campaign, counted: Audience) -> AudienceCount:
    """The row of a count made before. What only the signature or the hour keeps back counts as clear."""
    return AudienceCount.objects.create(  # type: ignore[no-any-return]
        client_id=campaign.client_id, campaign=campaign, fingerprint=campaign.fingerprint, at=counted.at, people=counted.people,
        steps={str(each.step.position): each.tally(ASKING_LEAVES_OUT).as_json() for each in counted.steps},
    )  # fmt: skip


def steps_of(campaign: Campaign) -> list[Step]:
    return list(
        Step.objects.filter(campaign=campaign)
        .select_related("campaign__client", "sender")
        .order_by("position")
    )
