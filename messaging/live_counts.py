"""What became of a launched campaign so far, by the counters (`messaging.tally`): a handful of queries whatever its size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncMinute
from redis.exceptions import RedisError

from campaigns.models import Campaign, Launch, Step
from compliance.checks import BY_CODE
from compliance.facts import Effect
from messaging.afterwards import No, answers_to, left_by_step
from messaging.models import Message, Status, Tally
from messaging.models.message import Delivery
from messaging.own_codes import says_of

T = TypeVar("T")
FINAL = {code for code, check in BY_CODE.items() if check.effect == Effect.HOLD}
AT_ONCE = 50_000  # messages of which everything is asked anew for every look
KEPT = 5  # seconds an answer about more is shown
CHART_SPAN, SHORTEST_CHART = timedelta(hours=2), timedelta(minutes=10)


@dataclass
class Counts:
    """One step's (or the whole campaign's) messages by what became of them. Every message is in exactly one of the
    first ten; the rest are parts of them or what people did afterwards."""

    queued: int = 0
    handing: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    unresolved: int = 0
    held: int = 0
    expired: int = 0
    cancelled: int = 0
    waiting: int = 0  # of the queued: judged, and told to wait
    delivered: int = 0
    failed: int = 0
    bounced: int = 0
    complained: int = 0
    opted_out: int = 0
    replied: int = 0
    waits: dict[str, int] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        return (
            self.queued + self.handing + self.accepted + self.refused + self.unknown + self.unresolved + self.held
            + self.expired + self.cancelled
        )  # fmt: skip

    def add(self, status: str, delivery: str, failed: list[str], number: int) -> None:
        """Count `number` messages of one kind."""
        setattr(self, status, getattr(self, status) + number)
        if status == Status.QUEUED and failed:
            self.waiting += number
            for code in failed:
                self.waits[code] = self.waits.get(code, 0) + number
        elif status == Status.HELD:
            # What only made it wait when it was judged is not why it is held for good.
            for code in [code for code in failed if code in FINAL] or failed:
                self.holds[code] = self.holds.get(code, 0) + number
        if delivery in {Delivery.DELIVERED, Delivery.COMPLAINED}:  # who reports a mail as spam has got it
            self.delivered += number
        if delivery in {Delivery.FAILED, Delivery.BOUNCED, Delivery.COMPLAINED}:
            setattr(self, delivery, getattr(self, delivery) + number)


@dataclass(frozen=True)
class Live:
    """A campaign as it stands: each step, and everything together."""

    steps: list[tuple[Step, Counts]]
    total: Counts

    @property
    def at_rest(self) -> bool:
        """Whether nothing more happens by itself, deliveries aside."""
        return not (self.total.queued or self.total.handing or self.total.unknown)

    @property
    def waits(self) -> list[dict[str, Any]]:
        return _rows(self.steps, self.total, "waits")

    @property
    def holds(self) -> list[dict[str, Any]]:
        return _rows(self.steps, self.total, "holds")


def live(campaign: Campaign, launched: Launch) -> Live:
    """A launched campaign and until when what waits does, inside the client's scope: seven queries.

    Of a large campaign what reads many rows (until when it waits, what people did afterwards) is up to `KEPT` seconds old.
    """
    after = _shared("afterwards", campaign, launched, lambda: _afterwards(campaign, left_by_step(campaign)))
    found = _counted(campaign, after)
    if found.total.waiting:
        for failed, due in _shared("waiting", campaign, launched, lambda: _dues(campaign)):
            for code in failed:
                found.total.until[code] = min(due, found.total.until.get(code, due))
    return found


def counted(campaign: Campaign, noes: Collection[No]) -> Live:
    """The numbers alone, for whoever knows already who opted out: three queries."""
    left = {each.message: each.step for each in noes}
    return _counted(campaign, _afterwards(campaign, Counter(left.values())))


def _counted(campaign: Campaign, afterwards: dict[str, dict[int, int]]) -> Live:
    steps = list(Step.objects.filter(campaign=campaign).order_by("position"))
    by_step: dict[int, Counts] = {step.pk: Counts() for step in steps}
    total = Counts()
    kinds = Tally.objects.filter(campaign=campaign.pk).values_list("step", "status", "delivery", "failed")
    for step, status, delivery, failed, number in kinds.annotate(Sum("number")).exclude(number__sum=0):
        for counts in (by_step[step], total):
            counts.add(status, delivery, failed, number)
    for name, numbers in afterwards.items():
        for step, number in numbers.items():
            for counts in (by_step[step], total):
                setattr(counts, name, getattr(counts, name) + number)
    return Live([(step, by_step[step.pk]) for step in steps], total)


def _afterwards(campaign: Campaign, left: Mapping[int, int]) -> dict[str, dict[int, int]]:
    """After how many messages of each step somebody opted out, and how many were answered."""
    replied = answers_to(campaign).values_list("step").annotate(number=Count("message", distinct=True))
    return {"opted_out": dict(left), "replied": dict(replied)}


def _dues(campaign: Campaign) -> list[tuple[list[str], datetime]]:
    """By what they wait for, when the first of them is looked at again. Reads every message that waits."""
    waiting = Message.objects.filter(campaign=campaign, status=Status.QUEUED).exclude(failed=[]).order_by()
    return list(waiting.values_list("failed").annotate(due=Min("due_at")))


def _shared(name: str, campaign: Campaign, launched: Launch, ask: Callable[[], T]) -> T:
    """The answer; of a large campaign everybody who watches it shares one for some seconds."""
    if launched.planned <= AT_ONCE:
        return ask()
    key = f"{name}:{campaign.client_id}:{campaign.pk}"
    with suppress(RedisError):  # without the cache every page asks for itself
        if (kept := cache.get(key)) is not None:
            return kept  # type: ignore[no-any-return]
    found = ask()
    with suppress(RedisError):
        cache.set(key, found, KEPT)
    return found


def _rows(steps: list[tuple[Step, Counts]], total: Counts, name: str) -> list[dict[str, Any]]:
    """One row a code, most frequent first: its sentence, the numbers of each step, and until when."""
    whole: dict[str, int] = getattr(total, name)
    until = total.until if name == "waits" else {}
    return [
        {
            "code": code, "says": says_of(code), "total": number, "until": until.get(code),
            "numbers": [(step, getattr(counts, name).get(code, 0)) for step, counts in steps],
        }
        for code, number in sorted(whole.items(), key=lambda item: (-item[1], item[0]))
    ]  # fmt: skip


def per_minute(campaign: Campaign) -> tuple[list[datetime], list[int]]:
    """Hand-overs by minute over the last two hours in which there were any, minutes without any included."""
    handed = Message.objects.filter(campaign=campaign, claimed_at__isnull=False)
    last = handed.aggregate(last=Max("claimed_at"))["last"]
    if last is None:
        return [], []
    counted: defaultdict[datetime, int] = defaultdict(int)
    rows = (
        handed.filter(claimed_at__gt=last - CHART_SPAN)
        .order_by()
        .annotate(minute=TruncMinute("claimed_at"))
        .values_list("minute")
    )
    counted.update(dict(rows.annotate(number=Count("pk"))))
    end = max(counted)
    first = min(*counted, end - SHORTEST_CHART)
    times = [first + timedelta(minutes=n) for n in range(int((end - first).total_seconds() // 60) + 1)]
    return times, [counted[minute] for minute in times]
