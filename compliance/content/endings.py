"""Days on which the words say that an offer ends, held against the days on which they may be sent (rule OFFER-ENDS)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_ENDS = (
    r"\b(?:ends?|ending|expires?|expiring|until|till?|through|thru|before|by|no later than|valid (?:to|until)|good (?:to|until|through))"
    r"(?:\s+on)?\s+(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
)
_WRITTEN = re.compile(
    _ENDS + rf"(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{{4}}))?", re.IGNORECASE
)  # fmt: skip
_FIGURES = re.compile(
    _ENDS + r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?![\d/])", re.IGNORECASE
)


def ends_in(text: str, written_on: date) -> Iterator[tuple[str, date]]:
    """Each end that the words name, as written and as a day. One without a year is the next to come."""
    for pattern in (_WRITTEN, _FIGURES):
        for found in pattern.finditer(text):
            with suppress(ValueError):  # the 31st of June is for the eye
                yield found.group(0), _day(found["month"], found["day"], found["year"], written_on)


def without_ends(text: str) -> str:
    """The text without the ends that `ends_in` reads: what is left of it claims a time that nothing stands behind."""
    for pattern in (_WRITTEN, _FIGURES):
        text = pattern.sub(lambda found: " " if _is_day(found) else found.group(0), text)
    return text


def _is_day(found: re.Match[str]) -> bool:
    with suppress(ValueError):
        return bool(_day(found["month"], found["day"], found["year"], date(2024, 1, 1)))  # has a February 29
    return False


def _day(month: str, day: str, year: str | None, written_on: date) -> date:
    number = int(month) if month.isdecimal() else 1 + next(
        place for place, name in enumerate(_MONTHS) if name.startswith(month.lower()[:3])
    )  # fmt: skip
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    here = date(written_on.year, number, int(day))
    # A day that was is next year's, unless it was lately: then the words are old.
    return here if here >= written_on - timedelta(days=60) else date(written_on.year + 1, number, int(day))


def last_day(starts_on: str, delay_days: int, days_valid: int, today: date) -> date:
    """The last day on which a step may still be sent, when the campaign is launched today or on its first day."""
    begin = max(today, date.fromisoformat(starts_on)) if starts_on else today
    return begin + timedelta(days=delay_days + days_valid)
