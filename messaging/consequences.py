"""What a launch would do, in numbers: shown before it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from campaigns.audience import due_at, people
from campaigns.models import Campaign, CampaignVersion, Step
from campaigns.rendering import Unrenderable, render
from campaigns.sample_people import MADE_UP
from campaigns.wordings import FIRST, SECOND, SPANISH
from compliance.checks import TEXT_MAY_TAKE
from compliance.counting import FRESH, counted
from compliance.estimate import StepEstimate, estimate
from compliance.flight import HOUR_CODES
from compliance.hours_ahead import AHEAD, Window, open_windows
from compliance.many import Tally
from consent.places import UNKNOWN, places
from tenants.clock import db_now
from tenants.models import Channel, Client


@dataclass(frozen=True)
class Span:
    """When the messages of a step leave: each in the first lawful window of its place; instants with the place's zone."""

    begins: datetime
    ends: datetime | None = None  # None: mail is bound to no hours


@dataclass(frozen=True)
class StepPlan:
    """What one step would do."""

    step: Step
    tally: Tally
    segments: int  # of one text, with names of usual length; 0 for a mail
    span: Span | None  # None: no window is known for anybody
    estimate: StepEstimate  # at its number's rate, as on the flight check

    @property
    def ends(self) -> datetime | None:
        """When the last one leaves: the end of the first hours, or later where the number's rate needs more of them."""
        if self.span is None:
            return None
        ends, last = self.span.ends or self.span.begins, self.estimate.finishes_at
        return last.astimezone(ends.tzinfo) if last and last > ends else ends

    @property
    def runs_out(self) -> bool:
        """Whether some run out before their turn at this rate, as far as hours are drawn. Where none is known that is another matter."""
        drawn = self.step.delay_days + self.step.campaign.days_valid <= AHEAD.days
        return (
            self.estimate.too_late
            and self.span is not None
            and (self.estimate.finishes_at is not None or drawn)
        )

    @property
    def dollars(self) -> Decimal:
        return self.tally.clear * self.segments * settings.TEXT_SEGMENT_DOLLARS


@dataclass(frozen=True)
class Consequences:
    """What a launch would do."""

    at: datetime
    steps: list[StepPlan]
    people: int | None  # whom at least one message would reach; None: not counted, the list is too long

    @property
    def texts(self) -> int:
        return sum(each.tally.clear for each in self.steps if each.step.channel == Channel.SMS)

    @property
    def mails(self) -> int:
        return sum(each.tally.clear for each in self.steps if each.step.channel == Channel.EMAIL)

    @property
    def dollars(self) -> Decimal:
        return sum((each.dollars for each in self.steps), Decimal(0))

    @property
    def running_out(self) -> list[int]:
        """The messages that cannot all leave while they are valid (rule A2P-VOLUME)."""
        return [each.step.position for each in self.steps if each.runs_out]

    @property
    def begins(self) -> datetime | None:
        return min((each.span.begins for each in self.steps if each.span), default=None)

    @property
    def ends(self) -> datetime | None:
        return max((each.ends for each in self.steps if each.ends), default=None)


def consequences(
    campaign: Campaign, version: CampaignVersion, signed: datetime, older: float = FRESH
) -> Consequences | None:
    """The numbers of this moment, inside the client's scope; None: still being counted.

    A count may be a minute old (or as old as `older` says), but not older than the signature: before it everybody waited.
    """
    since = (db_now() - signed).total_seconds()
    audience = counted(campaign, older=min(older, since))
    if audience is None:
        return None
    keys = _keys(campaign, [each.step for each in audience.steps])
    windows = _windows(campaign, keys, [each.step for each in audience.steps], audience.at)
    estimates = estimate(campaign, audience, keys, windows, audience.at)
    steps = [
        StepPlan(
            each.step,
            each.tally(HOUR_CODES),
            _segments(version, each.step),
            _span(each.step, audience.at, windows),
            estimated,
        )
        for each, estimated in zip(audience.steps, estimates, strict=True)
    ]
    reached = steps[0].tally.clear if len(steps) == 1 else audience.reached
    return Consequences(audience.at, steps, reached)


def _segments(version: CampaignVersion, step: Step) -> int:
    if step.channel != Channel.SMS:
        return 0
    try:
        made = (
            render(version.content, step.position, MADE_UP.person, wording=each)
            for each in (FIRST, SECOND, SPANISH)
        )
        return max(
            each.segments for each in made
        )  # of several wordings the longest: who reads which is not counted
    except (Unrenderable, LookupError):
        return 1


def _keys(campaign: Campaign, steps: list[Step]) -> dict[str, int]:
    """People by the places they may be in; nobody's where there is no text."""
    if not any(step.channel == Channel.SMS for step in steps):
        return {}
    rows = people(campaign).order_by().values_list("window_key").annotate(Count("pk"))
    return dict(rows)


def _windows(
    campaign: Campaign, keys: dict[str, int], steps: list[Step], at: datetime
) -> dict[str, list[Window]]:
    """For every place of the audience: when its people may be texted, by the law and by the client's own hours."""
    first = min((due_at(step, at) for step in steps if step.channel == Channel.SMS), default=None)
    return open_windows(campaign.client_id, set(keys), first) if first else {}


def _span(step: Step, at: datetime, windows: dict[str, list[Window]]) -> Span | None:
    due = due_at(step, at)
    client = step.campaign.client
    if step.channel == Channel.EMAIL:
        return Span(due.astimezone(ZoneInfo(client.time_zone)))
    begins, ends = [], []
    for key, spans in windows.items():
        first = next(
            ((max(opens, due), closes) for opens, closes in spans if closes > due + TEXT_MAY_TAKE), None
        )
        if first is not None:
            zone = zone_of(key, client)
            begins.append(first[0].astimezone(zone))
            ends.append(first[1].astimezone(zone))
    return Span(min(begins), max(ends)) if begins else None


def zone_of(window_key: str, client: Client) -> ZoneInfo:
    """The zone a window is told in: the person's place's, or the client's where the place is not known."""
    if window_key == UNKNOWN:
        return ZoneInfo(client.time_zone)
    try:
        return ZoneInfo(min(places(window_key)).zone)
    except ValueError:
        return ZoneInfo(client.time_zone)
