"""How fast a number may go, by what it is registered as (rule A2P-VOLUME), and how much of that is left at an instant.

Reads a registration and does arithmetic; asks no database. Estimates, the gate and the workers all count with these numbers.
Nobody tells which carrier a person has, so everybody counts as T-Mobile's, whose daily limit is the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

# What may leave at one instant after a pause, as time at the registered rate: workers are rung every two seconds.
BURST = timedelta(seconds=3)
DAY = timedelta(hours=24)
SLICE = timedelta(
    minutes=1
)  # what was sent is counted by minutes; one counts until its last second is a day old
# A day is used up when its room is smaller than the longest text that may be sent (rule SMS-SEGMENTS).
LONGEST_TEXT = 6


class Registered(Protocol):
    """What is read of a registration; `seen` is Twilio's own words (compliance.registrations)."""

    passed: bool
    kind: str
    use_case: str
    seen: Any


@dataclass(frozen=True)
class Rate:
    """How fast a number may go: segments a second over all carriers, and in 24 hours. `known`: read from its registration."""

    a_second: float
    a_day: int | None
    known: bool
    says: str


# Brand score at least, segments a second, T-Mobile's segments a day. Bands differ between sources: the lower is taken.
_BANDS = ((75, 225.0, 200_000), (50, 120.0, 40_000), (25, 12.0, 10_000), (0, 12.0, 2_000))
_LOW_VOLUME = Rate(3.75, 2_000, True, "low-volume brand: 3.75 segments a second, 2,000 a day")
_SOLE = Rate(1.0, 1_000, True, "sole proprietor: 1 segment a second, 1,000 a day")
_TOLL_FREE = Rate(3.0, None, True, "toll-free number: 3 segments a second")
UNKNOWN = Rate(
    1.0, 1_000, False, "registration not read: the lowest rate is taken, 1 segment a second, 1,000 a day"
)


def rate_of(row: Registered | None) -> Rate:
    """The registered rate; the lowest there is when nothing says more."""
    if row is None or not row.passed:
        return UNKNOWN
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


def shares_of(row: Registered, sender_id: int) -> tuple[str, str]:
    """With whom a number shares its rate (its registered campaign) and its day (its brand), as keys within the client."""
    seen = row.seen or {}
    campaign, brand = (str((seen.get(part) or {}).get("sid") or "")[:60] for part in ("campaign", "brand"))
    alone = f"sender {sender_id}"
    if row.kind == "toll_free":
        return alone, alone
    return campaign or alone, brand or campaign or alone


def paid(
    paid_until: datetime | None, at: datetime, a_second: float, segments: Sequence[int]
) -> tuple[int, datetime]:
    """How many of these texts, in their order, may leave at `at`, and until when the rate is paid for then.

    A bucket kept as one instant: each segment moves `paid_until` on by its share of a second, and nothing leaves while it
    stands BURST or more ahead of the clock. So no stretch of time holds more than the rate, one burst, and one text.
    """
    now = max(paid_until, at) if paid_until else at
    for taken, each in enumerate(segments):
        if now >= at + BURST:
            return taken, now
        now += timedelta(microseconds=ceil(each / a_second * 1_000_000))
    return len(segments), now


def opens_again(a_day: int, sent: Sequence[tuple[datetime, int]], at: datetime) -> datetime:
    """When a used-up day has room for a tenth of itself; `sent`: segments by minute. Texts that wait are asked once then,
    not again for each minute that turns a day old."""
    left = sum(segments for _, segments in sent)
    for minute, segments in sorted(sent):
        left -= segments
        if left <= a_day - max(LONGEST_TEXT, a_day // 10):
            return max(at, minute + DAY + SLICE)
    return at + SLICE
