"""The fast answer against the slow one: every area code, every hour of the week in which clocks change.

Both change on full hours only: the clocks asked about differ from UTC by whole hours, the law names whole hours, and `open_hours` refuses
an edge between two. So the first minute of an hour speaks for all sixty.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.hours import HOUSE, OwnHours, spans
from consent.places import UNKNOWN, all_area_codes, all_states, places, unite, window_key
from tests.compliance.hours_oracle import ALONE, SPLIT, hours_around, lawful

HOUR = timedelta(hours=1)
WEEK = [date(2026, 3, 8) + timedelta(days=n) for n in range(7)]


def keys_of_every_area_code() -> list[str]:
    """Each area code alone, and with its own state written in the address."""
    keys = set()
    for code, found in all_area_codes().items():
        for state in (None, min(found).state):
            keys.add(window_key(f"+1{code}5550142", state, None))
    return sorted(keys)


def open_hours(key: str, day: date) -> set[datetime]:
    found = set()
    for span in spans(key, day):
        assert all(
            (edge.minute, edge.second, edge.microsecond) == (0, 0, 0)
            for edge in (span.opens_at, span.closes_at)
        )
        hours = (span.closes_at - span.opens_at) // HOUR
        found |= {span.opens_at + n * HOUR for n in range(hours)}
    return found


def check(key: str, days: Iterable[date]) -> None:
    for day in days:
        expected = {hour for hour in hours_around(day) if lawful(places(key), hour, day)}
        assert open_hours(key, day) == expected, (key, day)


def test_the_area_codes_of_two_clocks_are_those_of_a_second_table() -> None:
    known = {code: set(map(tuple, found)) for code, found in all_area_codes().items()}
    assert {code: found for code, found in known.items() if len(found) > 1} == SPLIT
    assert {code: known[code] for code in ALONE} == {code: {place} for code, place in ALONE.items()}


@pytest.mark.parametrize("day", [date(2026, 1, 13), date(2026, 7, 14)], ids=str)
def test_a_number_under_two_clocks_is_texted_only_in_the_hours_of_both(day: date) -> None:
    for code, found in SPLIT.items():
        expected = {hour for hour in hours_around(day) if lawful(found, hour, day)}
        assert open_hours(window_key(f"+1{code}5550142", None, None), day) == expected, code


@pytest.mark.parametrize("day", WEEK, ids=str)
def test_every_area_code_with_its_own_state_is_open_in_exactly_the_lawful_hours(day: date) -> None:
    keys = keys_of_every_area_code()
    assert len(keys) > 60
    for key in keys:
        check(key, [day])


@pytest.mark.parametrize("state", all_states())
def test_every_state_is_open_in_exactly_the_lawful_hours_of_holidays_and_clock_changes(state: str) -> None:
    days = [(2, 17), (4, 3), (4, 20), (4, 27), (5, 25), (6, 1), (6, 14), (6, 15), (7, 3), (7, 4), (7, 5)]
    days += [(7, 24), (8, 10), (10, 31), (11, 1), (11, 3), (4, 24), (11, 11), (11, 28), (12, 25)]
    check(window_key(None, state, None), [date(2026, month, day) for month, day in days])


def test_somebody_of_unknown_place_is_texted_only_when_every_state_is_open() -> None:
    check(UNKNOWN, [*WEEK, date(2026, 1, 13), date(2026, 7, 14), date(2026, 7, 24), date(2026, 11, 3)])


some_state = st.sampled_from(all_states())
some_code = st.sampled_from(sorted(all_area_codes()))
some_key = st.builds(lambda code, state: window_key(f"+1{code}5550142", state, None), some_code, some_state)
some_day = st.dates(date(2025, 1, 1), date(2030, 12, 31))
some_hours = st.tuples(st.integers(0, 23), st.integers(1, 24)).map(
    lambda pair: f"{pair[0]}-{pair[1]}" if pair[0] < pair[1] else "-"
)
some_own = st.lists(some_hours, min_size=7, max_size=7).map(OwnHours.parse)


@settings(deadline=None)
@given(some_key, some_key, some_day, st.none() | st.just(HOUSE) | some_own)
def test_spans_of_a_united_key_lie_inside_the_spans_of_each_part(
    a: str, b: str, day: date, own: OwnHours | None
) -> None:
    for united in spans(unite(a, b), day, own=own):
        for part in (a, b):
            assert any(
                span.opens_at <= united.opens_at and united.closes_at <= span.closes_at
                for span in spans(part, day, own=own)
            )


@settings(deadline=None)
@given(some_key | st.just(UNKNOWN), some_day, some_own)
def test_the_clients_own_hours_only_ever_narrow_the_law(key: str, day: date, own: OwnHours) -> None:
    for narrowed in spans(key, day, own=own):
        (law,) = spans(key, day)
        assert law.opens_at <= narrowed.opens_at < narrowed.closes_at <= law.closes_at


@settings(deadline=None)
@given(some_key | st.just(UNKNOWN), some_day, st.none() | some_own)
def test_every_answer_says_why_and_is_ordered_utc(key: str, day: date, own: OwnHours | None) -> None:
    answer = spans(key, day, own=own)
    assert bool(answer.spans) != bool(answer.closed)
    for span in answer:
        assert span.opens_at < span.closes_at
        assert span.opens_at.tzinfo is UTC
        assert span.closes_at.tzinfo is UTC
        assert {span.opened_by.state, span.closed_by.state} <= {place.state for place in places(key)}


@settings(deadline=None)
@given(some_key | st.just(UNKNOWN), some_day)
def test_spans_of_following_days_never_overlap(key: str, day: date) -> None:
    today, tomorrow = spans(key, day), spans(key, day + timedelta(days=1))
    assert all(one.closes_at <= other.opens_at for one in today for other in tomorrow)
