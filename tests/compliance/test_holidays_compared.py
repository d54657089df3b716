"""Our own table of the holidays that close a state, held against the `holidays` library: every difference has its reason here."""

from __future__ import annotations

from datetime import date

import holidays as library
import pytest

from compliance.hours import holidays, law_for
from consent.places import all_states

YEARS = range(2026, 2033)  # Independence Day falls on each day of the week but one
CLOSING = ("AL", "LA", "ME", "MS", "NE", "PA", "RI", "UT")

OURS_ALONE = {
    ("LA", "Columbus Day"): "federal, and every federal holiday counts",
    ("MS", "Columbus Day"): "federal, and every federal holiday counts",
    ("PA", "Good Friday"): "barred since 2019 by the charts; for the library an ordinary day",
    ("PA", "Flag Day"): "barred since 2019 by the charts; for the library an ordinary day",
    ("PA", "Flag Day (observed)"): "the Monday after a Flag Day on Sunday",
    ("PA", "Election Day"): "barred since 2019 by the charts; for the library an ordinary day",
}
THE_LIBRARYS_ALONE = {
    ("PA", "Day After Thanksgiving"): "a day off for the state's employees: no statute of holidays names it",
    (
        "MS",
        "New Year's Day (observed)",
    ): "a Saturday's Friday: of Mississippi the sources name the Monday only",
    ("MS", "Juneteenth National Independence Day (observed)"): "the same",
    ("MS", "Independence Day (observed)"): "the same",
    ("MS", "Veterans Day (observed)"): "the same",
    ("MS", "Christmas Day (observed)"): "the same",
}


def differences(state: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(state, name) of the days that only ours has, and of those that only the library has."""
    ours_alone, theirs_alone = set(), set()
    for year in YEARS:
        ours = holidays(state, year, law_for(state, date(year, 7, 1)).observed)
        theirs = library.country_holidays("US", subdiv=state, years=year)
        ours_alone |= {(state, ours[day]) for day in set(ours) - set(theirs)}
        theirs_alone |= {(state, theirs[day]) for day in set(theirs) - set(ours)}
    return ours_alone, theirs_alone


def test_these_are_the_states_that_a_holiday_closes_or_narrows() -> None:
    found = set()
    for state in all_states():
        law = law_for(state, date(YEARS[0], 7, 1))
        usual = [each for each in (law.weekday, law.saturday, law.sunday) if each is not None]
        if any(law.holiday is None or each.narrowed_to(law.holiday) != each for each in usual):
            found.add(state)
    assert found == set(CLOSING)


@pytest.mark.parametrize("state", CLOSING)
def test_our_holidays_are_the_librarys_but_for_differences_that_have_a_reason(state: str) -> None:
    ours_alone, theirs_alone = differences(state)
    assert ours_alone == {each for each in OURS_ALONE if each[0] == state}
    assert theirs_alone == {each for each in THE_LIBRARYS_ALONE if each[0] == state}
