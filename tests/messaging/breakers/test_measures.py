"""Whether so many of so many is too much: fair to a clinic that sends three hundred, strict with a hundred thousand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from messaging.breakers.mailboxes import NAMES, mailbox_of
from messaging.breakers.measures import BY_CODE, MEASURES, Count, Z, at_least


@pytest.mark.parametrize(
    "part, whole, percent", [(81, 263, 25.53), (15, 148, 6.24), (0, 20, 0.0), (1, 29, 0.61)]
)
def test_the_lower_end_is_that_of_the_published_tables(part: int, whole: int, percent: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3: two-sided 95 percent."""
    assert at_least(part, whole, 1.959964) == pytest.approx(percent, abs=0.005)


@given(some.integers(1, 5000), some.integers(1, 5000))
def test_the_lower_end_is_where_the_share_seen_lies_z_deviations_above(part: int, whole: int) -> None:
    """Wilson's own definition, solved by nobody's formula."""
    part = min(part, whole)
    low = at_least(part, whole) / 100
    assert (part / whole - low) ** 2 == pytest.approx(Z * Z * low * (1 - low) / whole, rel=1e-6)


@given(some.integers(0, 5000), some.integers(1, 5000))
def test_it_never_says_more_than_the_share_and_grows_with_what_is_known(part: int, whole: int) -> None:
    part = min(part, whole)
    low = at_least(part, whole)
    assert 0 <= low <= 100 * part / whole + 1e-9
    assert at_least(part * 10, whole * 10) >= low - 1e-9


@pytest.mark.parametrize(
    "code, part, whole, over",
    [
        ("bounced", 7, 300, False),  # 2.3 percent of few says little
        ("bounced", 12, 300, True),
        ("bounced", 21, 1000, True),  # of a full sample the share itself decides
        ("bounced", 19, 1000, False),
        ("bounced", 2, 2, False),  # two never pause anything
        ("complained", 1, 50, False),
        ("complained", 1, 300, False),
        ("complained", 2, 300, True),
        ("complained", 5, 5000, True),  # at 0.1 percent, not only above
        ("complained", 4, 5000, False),
        ("blocked", 49, 500, False),
        ("blocked", 50, 500, True),
        ("filtered", 2, 200, False),
        ("filtered", 3, 200, True),
        ("failing", 9, 200, False),
        ("failing", 11, 200, True),
        ("opted_out", 12, 300, False),
        ("opted_out", 20, 300, True),
    ],
)
def test_the_limits(code: str, part: int, whole: int, over: bool) -> None:
    assert Count(part, whole).over(BY_CODE[code]) is over


def test_every_warning_comes_before_its_limit_and_windows_differ() -> None:
    assert all(measure.warn < measure.limit for measure in MEASURES)
    assert BY_CODE["bounced"].span < BY_CODE["complained"].span
    assert Count(1, 100).near(BY_CODE["bounced"])
    assert not Count(0, 100).near(BY_CODE["bounced"])


def test_a_mailbox_is_known_by_its_domain_alone() -> None:
    for address, name in (
        ("jane@gmail.com", "gmail"),
        ("jane@Hotmail.com", "microsoft"),
        ("jane@aol.com", "yahoo"),
        ("jane@me.com", "apple"),
        ("jane@gmail.com.example.org", "other"),
        ("+15742310611", ""),
    ):
        assert mailbox_of(address) == name
    assert all(len(name) <= 10 for name in NAMES)
