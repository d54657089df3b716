"""Who is clear and why the rest are not: a campaign judged before any message exists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from campaigns.audience import people, subjects
from campaigns.models import AudienceCount, Campaign, Step
from compliance import step_queries
from compliance.many import Tally, tally_of

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


NAMED = 60_000  # people of whom each is told from the others while they are counted


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
    reached: int | None = None  # of them whom at least one step would reach; None: not counted


def tallies(campaign: Campaign, at: datetime) -> list[tuple[Step, Tally]]:
    """Each step's tally, judged now with the clock as planned, inside `acting_for(client)`. One query a step."""
    return [(step, tally_of(step_queries.groups(step, at))) for step in steps_of(campaign)]


def audience(campaign: Campaign, at: datetime, reached_but_for: Collection[str] | None = None) -> Audience:
    """Judge everyone for every step: three queries a step, seconds for a million people.

    `reached_but_for`: also count the people whom at least one step would reach, these codes aside.
    """
    named, steps, reached = people(campaign).count(), steps_of(campaign), set[int]()
    told = reached_but_for is not None and named <= NAMED
    counted = []
    for step in steps:
        found: list[tuple[list[str], int]]
        if told:
            whom = step_queries.people(step, at)
            found = [(failed, len(ids)) for failed, ids in whom]
            reached.update(
                each for failed, ids in whom if set(failed) <= set(reached_but_for or ()) for each in ids
            )
        else:
            found = step_queries.groups(step, at)
        reachable = subjects(step, at).order_by().values("contact").distinct().count()
        counted.append(StepCount(step, reachable, found))
    return Audience(at, named, counted, len(reached) if told else None)


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
