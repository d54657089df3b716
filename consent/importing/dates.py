"""Dates as clients write them.

`2024-03-07` and `7 Mar 2024` say what they mean. `3/7/2024` is month first, as in the United States,
unless its first number is over 12, or the whole column only makes sense day first (`Mapping.day_first`).
A two-digit year is the latest such year that is not in the future. Plain numbers such as 45358 are
spreadsheet days since 1899-12-30. A day that does not exist (29 February 2023) is refused, not moved.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

NOT_A_DATE = "not a date"
IN_THE_FUTURE = "in the future"
TOO_LONG_AGO = "too long ago"
OVER = "over already"
TOO_FAR = "too far ahead"
EARLIEST = 1900
FARTHEST = 50  # years ahead
ADULT_AGE = 18  # years

_MONTH_NAMES = (
    "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril", "may mayo",
    "jun june junio", "jul july julio", "aug august ago agosto", "sep sept september septiembre",
    "oct october octubre", "nov november noviembre", "dec december dic diciembre",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_TIME = (
    r"(?:[T\s]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*"
    r"(?:[ap]\.?m\.?)?\s*(?:Z|UTC|[+\-][0-9]{2}:?[0-9]{2})?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([\-/. ])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(
    rf"{_WEEKDAY}([0-9]{{1,2}})([\-/. ])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.IGNORECASE
)
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}([0-9]{{1,2}})(?:st|nd|rd|th)?[\-/. ]+([a-z]{{3,10}})\.?,?[\-/. ]+"
    rf"([0-9]{{4}}|[0-9]{{2}}){_TIME}",
    re.IGNORECASE,
)
_MONTH_NAMED = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,10}})\.?[\-/. ]+([0-9]{{1,2}})(?:st|nd|rd|th)?,?[\-/. ]+"
    rf"([0-9]{{4}}|[0-9]{{2}}){_TIME}",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"([1-9][0-9]{3,4})(?:\.[0-9]+)?")


class DateRefused(ValueError):
    """A date that cannot be used; `why` ends the sentence "Last visit: …"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def past_date(text: str, today: date, day_first: bool = False) -> date:
    """The day that `text` names, no later than `today`; raises `DateRefused`."""
    if len(text) > 60:
        raise DateRefused(NOT_A_DATE)
    found = _read(text, today, day_first)
    if found > today:
        raise DateRefused(IN_THE_FUTURE)
    if found.year < EARLIEST:
        raise DateRefused(TOO_LONG_AGO)
    return found


def last_day(text: str, today: date, day_first: bool = False) -> date:
    """The day that `text` names, from `today` on; raises `DateRefused`. A two-digit year is the latest within fifty years."""
    if len(text) > 60:
        raise DateRefused(NOT_A_DATE)
    farthest = date(today.year + FARTHEST, 12, 31)
    found = _read(text, farthest, day_first)
    if found > farthest:
        raise DateRefused(TOO_FAR)
    if found < today:
        raise DateRefused(OVER)
    return found


def adult_from(born: date) -> date:
    """The first day of the first month wholly lived as an adult by someone born then."""
    months = (born.year + ADULT_AGE) * 12 + born.month - 1 + (1 if born.day > 1 else 0)
    return date(months // 12, months % 12 + 1, 1)


@lru_cache(maxsize=65_536)
def _read(text: str, today: date, day_first: bool) -> date:
    text = text.strip().lstrip("'")
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _YEAR_LAST.fullmatch(text):
            first, second = int(found[1]), int(found[3])
            day, month = (first, second) if first > 12 or (day_first and second <= 12) else (second, first)
            return _dated(found[4], month, day, today)
        if found := _MONTH_NAMED.fullmatch(text):
            return _dated(found[3], _MONTHS[found[1].casefold()], int(found[2]), today)
        if found := _DAY_NAMED.fullmatch(text):
            return _dated(found[3], _MONTHS[found[2].casefold()], int(found[1]), today)
        if found := _COMPACT.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SERIAL.fullmatch(text):
            return date(1899, 12, 30) + timedelta(days=int(found[1]))
    except (ValueError, KeyError, OverflowError):
        pass
    raise DateRefused(NOT_A_DATE)


def _dated(year: str, month: int, day: int, today: date) -> date:
    """The date; a two-digit year is the latest that is not in the future."""
    if len(year) == 4:
        return date(int(year), month, day)
    century = today.year // 100 * 100
    for candidate in (century + int(year), century - 100 + int(year)):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError
