"""The window of a booking: business days by the practice's calendar, whole days, at both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.reports.business_days import last_day, window_ends

NEW_YORK = ZoneInfo("America/New_York")


def counted(first: date, days: int) -> date:
    """The same day by day."""
    day, left = first, days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


@pytest.mark.parametrize("days", [1, 4, 5, 9, 10, 11, 60])
def test_the_last_day_is_the_one_that_counting_finds(days: int) -> None:
    for number in range(400):
        first = date(2026, 1, 1) + timedelta(days=number)
        assert last_day(first, days) == counted(first, days), first


def test_two_weeks_after_a_monday_the_whole_monday_counts() -> None:
    assert window_ends(date(2026, 6, 1), 10, NEW_YORK) == datetime(2026, 6, 16, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "first, ends",
    [
        (date(2026, 2, 27), datetime(2026, 3, 14, 4, tzinfo=UTC)),  # the clocks go forward on 8 March
        (date(2026, 10, 23), datetime(2026, 11, 7, 5, tzinfo=UTC)),  # and back on 1 November
    ],
)
def test_midnight_is_the_practices_own_across_a_change_of_clocks(first: date, ends: datetime) -> None:
    assert window_ends(first, 10, NEW_YORK) == ends
