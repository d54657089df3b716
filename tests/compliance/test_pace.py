"""The arithmetic of a number's rate: whatever is asked of the bucket, it never gives more than the rate and one burst."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from compliance.models import SmsRegistration
from compliance.pace import BURST, DAY, SLICE, opens_again, paid, rate_of, shares_of

NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)
RATES = some.sampled_from([1.0, 3.0, 3.75, 12.0, 120.0, 225.0])
ASKED = some.lists(
    some.tuples(some.floats(0, 5), some.lists(some.integers(1, 6), min_size=1, max_size=40)), max_size=30
)


@given(RATES, ASKED)
def test_no_stretch_of_time_holds_more_than_the_rate_and_one_burst(
    rate: float, asked: list[tuple[float, list[int]]]
) -> None:
    at, until, left = NOON, None, []
    for pause, texts in asked:
        at += timedelta(seconds=pause)
        number, until = paid(until, at, rate, texts)
        left += [(at, segments) for segments in texts[:number]]
    for begin, (first, _) in enumerate(left):
        sent = 0
        for then, segments in left[begin:]:
            sent += segments
            most = rate * BURST.total_seconds() + 6  # and the one text that began inside it
            assert sent <= rate * (then - first).total_seconds() + most + 0.001


@settings(deadline=None)
@given(RATES, some.integers(1, 6))
def test_who_keeps_asking_gets_the_whole_rate(rate: float, segments: int) -> None:
    until, sent = None, 0
    for second in range(0, 60, 2):
        number, until = paid(until, NOON + timedelta(seconds=second), rate, [segments] * 1000)
        sent += number * segments
    assert sent >= rate * 60


def test_a_text_longer_than_the_burst_goes_and_is_paid_for_by_the_next() -> None:
    assert paid(None, NOON, 1.0, [6, 1])[0] == 1
    owed = paid(None, NOON, 1.0, [6])[1]
    assert owed == NOON + timedelta(seconds=6)
    assert paid(owed, NOON + timedelta(seconds=3), 1.0, [1])[0] == 0
    assert paid(owed, NOON + timedelta(seconds=4), 1.0, [1])[0] == 1


def test_a_clock_that_stood_still_gives_nothing_twice() -> None:
    _, until = paid(None, NOON, 12.0, [1] * 100)
    assert paid(until, NOON, 12.0, [1] * 100)[0] == 0


def test_a_used_up_day_opens_when_a_tenth_of_it_is_a_day_old() -> None:
    sent = [(NOON + timedelta(minutes=minute), 225) for minute in range(8)] + [
        (NOON + timedelta(minutes=8), 200)
    ]
    at = NOON + timedelta(hours=1)
    assert opens_again(2000, sent, at) == NOON + DAY + SLICE
    assert opens_again(2000, [(NOON, 100), (NOON + timedelta(hours=2), 1900)], at) == (
        NOON + timedelta(hours=2) + DAY + SLICE
    )


def test_numbers_share_their_rate_by_campaign_and_their_day_by_brand() -> None:
    seen = {"campaign": {"sid": "QE1"}, "brand": {"sid": "BN1", "score": 80}}
    assert shares_of(SmsRegistration(kind="10dlc", seen=seen), 7) == ("QE1", "BN1")
    assert shares_of(SmsRegistration(kind="10dlc", seen={}), 7) == ("sender 7", "sender 7")
    assert shares_of(SmsRegistration(kind="toll_free", seen=seen), 7) == ("sender 7", "sender 7")


def test_what_is_not_read_counts_as_the_lowest() -> None:
    for seen in ({"brand": None}, {"brand": {"score": True}}, None):
        assert rate_of(SmsRegistration(kind="10dlc", passed=True, seen=seen)).a_second <= 3.75
