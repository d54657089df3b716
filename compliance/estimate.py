"""What a campaign would cost, and when its last message leaves: at the rate its number is registered for (rule A2P-VOLUME), and
with no more first messages a day than the front desk can answer (rule CLIENT-LIMITS)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, inf
from pathlib import Path

from django.db.models import Max

from campaigns.audience import due_at
from campaigns.merge_fields import BadField
from campaigns.models import Campaign, Step
from campaigns.segments import count
from compliance.allowance import Allowance, allowances
from compliance.content.texts import filled
from compliance.flight import person_tally
from compliance.hours_ahead import AHEAD, Window
from compliance.pace import DAY, Rate, rate_of
from compliance.preview import Audience, StepCount
from consent.models import Touch
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
    rate: Rate | None  # of a text
    finishes_at: datetime | None  # None when the drawn windows do not suffice
    too_late: bool  # some would run out before their turn
    a_day: int | None = None  # people a day that the front desk can answer, where it holds this message back


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
    lately = _contacted(campaign, at)
    return [
        _of_step(each, allowed.get(each.step.sender_id), keys, windows, at, lately) for each in audience.steps
    ]


def _of_step(
    counted: StepCount,
    allowed: Allowance | None,
    keys: Mapping[str, int],
    windows: Mapping[str, list[Window]],
    at: datetime,
    contacted: Sequence[tuple[datetime, int]],
) -> StepEstimate:
    step, people = counted.step, person_tally(counted).clear
    price = PRICES.get(step.sender.provider, Decimal(0))
    due = max(due_at(step, at), at)
    a_day = step.campaign.client.first_a_day if step.position == 1 else None
    segments, rate = 0, None
    if step.channel == Channel.SMS:
        segments, rate = _segments(step), rate_of(allowed.registration if allowed else None)
        budgets = [Budget(rate.a_day, segments, allowed.sent if allowed else ())]
        shares, hours = _shares(people, keys, windows), windows
    else:  # a mail knows no hours
        budgets, shares, hours = [], {"": people}, {"": [(due, due + AHEAD)]}
    if a_day is not None:
        budgets.append(Budget(a_day, 1, contacted))
    a_second = rate.a_second / segments if rate else None
    finish = _finish(shares, hours, a_second, due, budgets) if people and (rate or budgets) else due
    last = due + timedelta(days=step.campaign.days_valid)
    return StepEstimate(
        step, people, segments, people * max(segments, 1) * price, rate, finish,
        bool(people) and (finish is None or finish > last), a_day if people else None,
    )  # fmt: skip


def _contacted(campaign: Campaign, at: datetime) -> list[tuple[datetime, int]]:
    """Households contacted within the last day, by the hour: they count against the front desk's, as in the gate."""
    if campaign.client.first_a_day is None:
        return []
    touches = Touch.objects.filter(client=campaign.client_id, voided_at=None, at__gt=at - DAY, at__lte=at)
    last = touches.order_by().values("household").annotate(last=Max("at")).values_list("last", flat=True)
    return sorted(Counter(each.replace(minute=0, second=0, microsecond=0) for each in last).items())


def _segments(step: Step) -> int:
    try:
        return max(
            1, *(count(filled(words)).count for words in (step.body, step.other_body, step.spanish_body))
        )
    except BadField:
        return 1


def _shares(people: int, keys: Mapping[str, int], windows: Mapping[str, list[Window]]) -> dict[str, int]:
    """Those who are reached, spread over the window keys that open at all (others are held); rounded up."""
    keys = {key: number for key, number in keys.items() if windows.get(key)} or keys
    whole = sum(keys.values())
    return {key: ceil(people * number / whole) for key, number in keys.items()} if whole else {}


@dataclass
class Budget:
    """So many in any 24 hours, each person costing so much of it; `spent`: what was used lately, in order of time."""

    most: int | None
    each: int
    spent: Iterable[tuple[datetime, int]] = ()

    def __post_init__(self) -> None:
        self._lately = deque(self.spent)

    def room(self, now: datetime) -> float:
        """People it has room for at `now`."""
        while self._lately and self._lately[0][0] <= now - DAY:
            self._lately.popleft()
        if self.most is None:
            return inf
        return max(0, self.most - sum(number for _, number in self._lately)) // self.each

    def take(self, now: datetime, people: int) -> None:
        self._lately.append((now, people * self.each))


def _finish(
    left: dict[str, int],
    windows: Mapping[str, list[Window]],
    a_second: float | None,
    due: datetime,
    budgets: Sequence[Budget] = (),
) -> datetime | None:
    """When the last one leaves, hour by hour, whoever's window closes soonest first; None within what is drawn.

    `a_second`: people a second by the registered rate; None: as fast as they come. No 24 hours hold more than each budget.
    """
    waiting = {key: number for key, number in left.items() if number}
    ends = max((window[1] for key in waiting for window in windows.get(key, [])), default=due)
    now = due
    while waiting and now < ends:
        until = now + SLICE
        open_now = sorted(
            (min(closing), key)  # spans may overlap; each place is served once
            for key in waiting
            if (closing := [end for begin, end in windows.get(key, []) if begin <= now and until <= end])
        )
        rate = inf if a_second is None else int(a_second * SLICE.total_seconds())
        before = room = min([rate, sum(waiting.values()), *(each.room(now) for each in budgets)])
        for _, key in open_now:
            taken = min(room, waiting[key])
            waiting[key] -= int(taken)
            room -= taken
            if not waiting[key]:
                del waiting[key]
        gone = int(before - room)
        for each in budgets:
            each.take(now, gone)
        if not waiting:
            return now + timedelta(seconds=gone / a_second) if a_second else now
        now = until
    return None if waiting else now
