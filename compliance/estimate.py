"""What a campaign would cost, and when its last text leaves at the rate its number is registered for (rule A2P-VOLUME)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

from campaigns.audience import due_at
from campaigns.merge_fields import BadField
from campaigns.models import Campaign, Step
from campaigns.segments import count
from compliance.content.texts import filled
from compliance.flight import person_tally
from compliance.hours_ahead import Window
from compliance.models import SmsRegistration
from compliance.preview import Audience, StepCount
from consent.places.tables import read_table
from tenants.models import Channel

PRICES = {
    row["provider"]: Decimal(row["dollars"]) for row in read_table(Path(__file__).parent / "prices.csv")
}
SLICE = timedelta(hours=1)


@dataclass(frozen=True)
class Rate:
    """How fast a number may go: segments a second over all carriers, and a day. `known`: read from its registration."""

    a_second: float
    a_day: int | None
    known: bool
    says: str


@dataclass(frozen=True)
class StepEstimate:
    """One message of the campaign."""

    step: Step
    people: int  # who are reached if the client signs and nothing changes
    segments: int  # of the text with example values; 0 for a mail
    dollars: Decimal
    rate: Rate | None
    finishes_at: datetime | None  # of a text: None when the drawn windows do not suffice
    too_late: bool  # some would run out before their turn


# Brand score at least, segments a second, T-Mobile's segments a day. Bands differ between sources: the lower is taken.
_BANDS = ((75, 225.0, 200_000), (50, 120.0, 40_000), (25, 12.0, 10_000), (0, 12.0, 2_000))
_LOW_VOLUME = Rate(3.75, 2_000, True, "low-volume brand: 3.75 segments a second, 2,000 a day")
_SOLE = Rate(1.0, 1_000, True, "sole proprietor: 1 segment a second, 1,000 a day")
_TOLL_FREE = Rate(3.0, None, True, "toll-free number: 3 segments a second")
_UNKNOWN = Rate(
    1.0, 1_000, False, "registration not read: the lowest rate is taken, 1 segment a second, 1,000 a day"
)


def rate_of(row: SmsRegistration | None) -> Rate:
    """The registered rate; the lowest there is when nothing says more."""
    if row is None or not row.passed:
        return _UNKNOWN
    if row.kind == "toll_free":
        return _TOLL_FREE
    brand = (row.seen or {}).get("brand") or {}
    if brand.get("type") == "SOLE_PROPRIETOR" or row.use_case == "SOLE_PROPRIETOR":
        return _SOLE
    score = brand.get("score")
    if row.use_case == "LOW_VOLUME" or not isinstance(score, int) or isinstance(score, bool):
        return _LOW_VOLUME
    _, a_second, a_day = next(band for band in _BANDS if score >= band[0] or band[0] == 0)
    return Rate(
        a_second, a_day, True, f"brand score {score}: {a_second:g} segments a second, {a_day:,} a day"
    )


def estimate(
    campaign: Campaign,
    audience: Audience,
    keys: Mapping[str, int],
    windows: Mapping[str, list[Window]],
    at: datetime,
) -> list[StepEstimate]:
    """For every step. `keys`: people by window key; `windows`: when each key is open, in order. Inside the client's scope."""
    senders = {each.step.sender_id for each in audience.steps if each.step.channel == Channel.SMS}
    rows = SmsRegistration.objects.filter(client=campaign.client_id, sender__in=senders)
    latest = {row.sender_id: row for row in rows.order_by("sender", "-checked_at").distinct("sender")}
    return [_of_step(each, latest, keys, windows, at) for each in audience.steps]


def _of_step(
    counted: StepCount,
    registrations: Mapping[int, Any],
    keys: Mapping[str, int],
    windows: Mapping[str, list[Window]],
    at: datetime,
) -> StepEstimate:
    step, people = counted.step, person_tally(counted).clear
    price = PRICES.get(step.sender.provider, Decimal(0))
    if step.channel != Channel.SMS:
        return StepEstimate(step, people, 0, people * price, None, None, False)
    segments, rate = _segments(step), rate_of(registrations.get(step.sender_id))
    due = max(due_at(step, at), at)
    finish = _finish(_shares(people, keys, windows), windows, rate, segments, due)
    last = due + timedelta(days=step.campaign.days_valid)
    late = bool(people) and (finish is None or finish > last)
    return StepEstimate(
        step, people, segments, people * segments * price, rate, finish if people else due, late
    )


def _segments(step: Step) -> int:
    try:
        return max(1, count(filled(step.body)).count)
    except BadField:
        return 1


def _shares(people: int, keys: Mapping[str, int], windows: Mapping[str, list[Window]]) -> dict[str, int]:
    """Those who are reached, spread over the window keys that open at all (others are held); rounded up."""
    keys = {key: number for key, number in keys.items() if windows.get(key)} or keys
    whole = sum(keys.values())
    return {key: ceil(people * number / whole) for key, number in keys.items()} if whole else {}


def _finish(
    left: dict[str, int], windows: Mapping[str, list[Window]], rate: Rate, segments: int, due: datetime
) -> datetime | None:
    """When the last one leaves, hour by hour, whoever's window closes soonest first; None within what is drawn."""
    waiting = {key: number for key, number in left.items() if number}
    ends = max((window[1] for key in waiting for window in windows.get(key, [])), default=due)
    now, today, day = due, 0, due.date()
    while waiting and now < ends:
        until = now + SLICE
        if now.date() != day:
            today, day = 0, now.date()
        open_now = sorted(
            (window[1], key)
            for key in waiting
            for window in windows.get(key, [])
            if window[0] <= now and until <= window[1]
        )
        room = int(rate.a_second * SLICE.total_seconds() / segments)
        if rate.a_day is not None:
            room = min(room, max(0, rate.a_day // segments - today))
        before = room
        for _, key in open_now:
            sent = min(room, waiting[key])
            waiting[key] -= sent
            room -= sent
            if not waiting[key]:
                del waiting[key]
        today += before - room
        if not waiting:
            return now + timedelta(seconds=(before - room) * segments / rate.a_second)
        now = until
    return None if waiting else now
