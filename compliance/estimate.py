"""What a campaign would cost, and when its last text leaves at the rate its number is registered for (rule A2P-VOLUME)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path

from campaigns.audience import due_at
from campaigns.merge_fields import BadField
from campaigns.models import Campaign, Step
from campaigns.segments import count
from compliance.allowance import Allowance, allowances
from compliance.content.texts import filled
from compliance.flight import person_tally
from compliance.hours_ahead import Window
from compliance.pace import DAY, Rate, rate_of
from compliance.preview import Audience, StepCount
from consent.places.tables import read_table
from tenants.models import Channel

PRICES = {
    row["provider"]: Decimal(row["dollars"]) for row in read_table(Path(__file__).parent / "prices.csv")
}
SLICE = timedelta(hours=1)


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


def estimate(
    campaign: Campaign,
    audience: Audience,
    keys: Mapping[str, int],
    windows: Mapping[str, list[Window]],
    at: datetime,
) -> list[StepEstimate]:
    """For every step. `keys`: people by window key; `windows`: when each key is open, in order. Inside the client's scope."""
    senders = {each.step.sender_id for each in audience.steps if each.step.channel == Channel.SMS}
    allowed = allowances(campaign.client_id, senders, at)
    return [_of_step(each, allowed.get(each.step.sender_id), keys, windows, at) for each in audience.steps]


def _of_step(
    counted: StepCount,
    allowed: Allowance | None,
    keys: Mapping[str, int],
    windows: Mapping[str, list[Window]],
    at: datetime,
) -> StepEstimate:
    step, people = counted.step, person_tally(counted).clear
    price = PRICES.get(step.sender.provider, Decimal(0))
    if step.channel != Channel.SMS:
        return StepEstimate(step, people, 0, people * price, None, None, False)
    segments, rate = _segments(step), rate_of(allowed.registration if allowed else None)
    due = max(due_at(step, at), at)
    finish = _finish(
        _shares(people, keys, windows), windows, rate, segments, due, allowed.sent if allowed else ()
    )
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
    left: dict[str, int],
    windows: Mapping[str, list[Window]],
    rate: Rate,
    segments: int,
    due: datetime,
    sent: Iterable[tuple[datetime, int]] = (),
) -> datetime | None:
    """When the last one leaves, hour by hour, whoever's window closes soonest first; None within what is drawn.

    `sent`: segments that the number sent lately, by minute. No 24 hours hold more than the rate allows, as in sending.
    """
    waiting = {key: number for key, number in left.items() if number}
    ends = max((window[1] for key in waiting for window in windows.get(key, [])), default=due)
    now, lately = due, deque(sent)
    while waiting and now < ends:
        until = now + SLICE
        while lately and lately[0][0] <= now - DAY:
            lately.popleft()
        open_now = sorted(
            (min(closing), key)  # spans may overlap; each place is served once
            for key in waiting
            if (closing := [end for begin, end in windows.get(key, []) if begin <= now and until <= end])
        )
        room = int(rate.a_second * SLICE.total_seconds() / segments)
        if rate.a_day is not None:
            room = min(room, max(0, rate.a_day - sum(number for _, number in lately)) // segments)
        before = room
        for _, key in open_now:
            taken = min(room, waiting[key])
            waiting[key] -= taken
            room -= taken
            if not waiting[key]:
                del waiting[key]
        lately.append((now, (before - room) * segments))
        if not waiting:
            return now + timedelta(seconds=(before - room) * segments / rate.a_second)
        now = until
    return None if waiting else now
