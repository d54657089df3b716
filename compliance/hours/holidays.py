"""Holidays of a state in a year, from the rules of ``holidays.csv``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from consent.places.tables import read_table

HOLIDAYS_FILE = Path(__file__).parent / "holidays.csv"

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY, _SUNDAY = 5, 6
_NTH = re.compile(r"([1-4]|last) (mon|tue|wed|thu|fri|sat|sun) (\d\d)")
_RULES = [(row["state"], row["name"], row["when"]) for row in read_table(HOLIDAYS_FILE)]


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian computus; Meeus, Astronomical Algorithms, ch. 8)."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - epact - in_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def falls_on(when: str, year: int) -> date | None:
    """The date in ``year`` of a rule of ``holidays.csv``, or None. Raises ``ValueError`` if it is no rule."""
    if re.fullmatch(r"\d\d-\d\d", when):
        return date.fromisoformat(f"{year}-{when}")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", when):
        day = date.fromisoformat(when)
        return day if day.year == year else None
    if when.startswith("easter"):
        return easter(year) + timedelta(days=int(when.removeprefix("easter")))
    if when in ("election", "election even"):
        held = when == "election" or year % 2 == 0
        return _nth_weekday(year, 11, 0, 1) + timedelta(days=1) if held else None
    matched = _NTH.fullmatch(when)
    if matched is None:
        raise ValueError(f"holidays.csv: {when!r} is not a rule for a date.")
    month, weekday = int(matched[3]), _WEEKDAYS.index(matched[2])
    if matched[1] == "last":
        fifth = _nth_weekday(year, month, weekday, 5)
        return fifth if fifth.month == month else fifth - timedelta(days=7)
    return _nth_weekday(year, month, weekday, int(matched[1]))


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=1_000)
def holidays(state: str, year: int, observed: frozenset[str] = frozenset()) -> dict[date, str]:
    """Names of the holidays of a state by date, the federal ones included.

    ``observed`` holds ``"sat-fri"`` and ``"sun-mon"`` where a holiday on that day is kept on the other
    one too. Do not change the answer: it is shared.
    """
    found: dict[date, str] = {}
    # New Year's Day of the next year, when a Saturday, is kept on the last day of this one.
    for each_year in (year, year + 1):
        for where, name, when in _RULES:
            day = falls_on(when, each_year) if where in ("US", state) else None
            if day is None:
                continue
            found.setdefault(day, name)
            if day.weekday() == _SATURDAY and "sat-fri" in observed:
                found.setdefault(day - timedelta(days=1), f"{name} (observed)")
            if day.weekday() == _SUNDAY and "sun-mon" in observed:
                found.setdefault(day + timedelta(days=1), f"{name} (observed)")
    return {day: name for day, name in found.items() if day.year == year}
