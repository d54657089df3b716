"""A part of one local day, in minutes since midnight."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?\s*-\s*(\d{1,2})(?::([0-5]\d))?")


class Hours(NamedTuple):
    """Open from ``opens`` up to, not including, ``closes``; minutes since local midnight, at most 1,440."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> Hours | None:
        """``"8-20"``, ``"9:30-17:00"`` as hours; ``"-"`` (closed all day) as None.

        Raises ``ValueError`` with a sentence a person can act on.
        """
        if text.strip() == "-":
            return None
        matched = _HOURS.fullmatch(text.strip())
        if matched is None:
            raise ValueError(f"Write hours like 9:30-17:00, or - for a closed day, not {text!r}.")
        opens = int(matched[1]) * 60 + int(matched[2] or 0)
        closes = int(matched[3]) * 60 + int(matched[4] or 0)
        if not 0 <= opens < closes <= DAY_MINUTES:
            raise ValueError(f"{text!r} must open before it closes, on the same day.")
        return cls(opens, closes)

    def narrowed_to(self, other: Hours | None) -> Hours | None:
        """The part that both leave open, or None."""
        if other is None:
            return None
        both = Hours(max(self.opens, other.opens), min(self.closes, other.closes))
        return both if both.opens < both.closes else None

    def __str__(self) -> str:
        return f"{clock_text(self.opens)}-{clock_text(self.closes)}"


def clock_text(minute: int) -> str:
    """Minutes since midnight as ``"09:30"``; the end of the day is ``"24:00"``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def instant(day: date, minute: int, zone: str) -> datetime:
    """When clocks of ``zone`` show ``minute`` of ``day``, in UTC.

    Clocks change before the federal 8:00 opening, so a skipped or repeated minute never bounds a span.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    return local.astimezone(UTC)
