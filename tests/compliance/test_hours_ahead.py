"""When texts can go out: where the law's hours and the client's own meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from compliance.hours_ahead import Window, meeting

NOW = datetime(2026, 12, 9, 12, tzinfo=UTC)


def window(opens: int, hours: int) -> Window:
    return NOW + timedelta(hours=opens), NOW + timedelta(hours=opens + hours)


WINDOWS = st.lists(st.builds(window, st.integers(-5, 60), st.integers(1, 30)), max_size=8).map(sorted)


@given(lawful=WINDOWS, own=WINDOWS)
def test_only_hours_that_both_the_law_and_the_client_keep_are_open(
    lawful: list[Window], own: list[Window]
) -> None:
    both = [(max(a[0], b[0], NOW), min(a[1], b[1])) for a, b in product(lawful, own)]
    assert sorted(meeting(lawful, own, NOW)) == sorted(each for each in both if each[0] < each[1])
