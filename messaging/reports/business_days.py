"""The window in which a booking counts: so many business days after the first message, by the practice's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FRIDAY = 4


def last_day(first: date, days: int) -> date:
    """The `days`-th day from Monday to Friday after `first`. Holidays are not taken out."""
    weekday = min(first.weekday(), FRIDAY)  # what begins on a weekend begins on its Friday
    start = first - timedelta(days=first.weekday() - weekday)
    weeks, rest = divmod(days, 5)
    over = 2 if weekday + rest > FRIDAY else 0
    return start + timedelta(days=7 * weeks + rest + over)


def window_ends(first: date, days: int, zone: ZoneInfo) -> datetime:
    """The first instant that no longer counts: midnight at the practice after the last day."""
    return datetime.combine(last_day(first, days) + timedelta(days=1), time(), zone).astimezone(UTC)
