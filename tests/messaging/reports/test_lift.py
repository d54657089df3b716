"""The difference to those held out: known values, plain words for small numbers, and an interval that holds what it says."""

from __future__ import annotations

import random

import pytest

from messaging.reports.lift import Lift, Share
from tests.compliance.test_gate import drawn


def test_the_interval_is_newcombes() -> None:
    """His example (1998, table II, method 10): 56 of 70 beside 48 of 80."""
    low, high = Lift(Share(56, 70), Share(48, 80)).between
    assert low == pytest.approx(5.24, abs=0.01)
    assert high == pytest.approx(33.39, abs=0.01)


@pytest.mark.parametrize(
    "written, held_out, says",
    [
        (Share(), Share(), "Nobody has been written to yet"),
        (Share(5, 90), Share(), "Nobody was held out, so it cannot be said"),
        (Share(5, 90), Share(0, 1), "1 person was held out, and it takes 30"),
        (Share(5, 90), Share(1, 1), "too small to say"),
        (Share(5, 29), Share(0, 29), "29 people were held out"),
        (Share(0, 900), Share(0, 100), "too small to say"),
        (Share(90, 900), Share(1, 100), "between 4.2 and 11.3 more of every 100 people booked"),
        (Share(9, 900), Share(20, 100), "fewer booked: between"),
    ],
)
def test_the_answer_is_a_sentence_and_owns_up_to_small_numbers(
    written: Share, held_out: Share, says: str
) -> None:
    assert says in Lift(written, held_out).says


def campaigns_that_hold(
    rounds: int, households: int, base: float, effect: float, seed: int, sizes: tuple[int, ...] = (1,)
) -> float:
    """The share of simulated campaigns, drawn as the product draws, whose interval holds the effect they were made with."""
    dice, hold = random.Random(seed), 0
    for number in range(rounds):
        counted = {True: [0, 0], False: [0, 0]}
        for household in range(households):
            held_out = drawn(f"{seed}:{number}", household) < 2000
            for _ in range(sizes[household % len(sizes)]):
                counted[held_out][0] += dice.random() < base + (0 if held_out else effect)
                counted[held_out][1] += 1
        low, high = Lift(Share(*counted[False]), Share(*counted[True])).between
        hold += low <= 100 * effect <= high
    return hold / rounds


@pytest.mark.parametrize("households, sizes", [(400, (1,)), (160, (2, 3))], ids=["alone", "together"])
def test_of_a_thousand_campaigns_the_interval_holds_the_effect_as_often_as_it_says(
    households: int, sizes: tuple[int, ...]
) -> None:
    assert 0.93 <= campaigns_that_hold(1000, households, 0.08, 0.07, 20, sizes) <= 0.97


@pytest.mark.reliability
@pytest.mark.parametrize(
    "base, effect, sizes",
    [
        (0.03, 0.0, (1,)),
        (0.03, 0.04, (1,)),
        (0.10, 0.05, (1,)),
        (0.30, 0.10, (1,)),
        (0.20, -0.05, (1,)),
        (0.10, 0.05, (2, 3)),
    ],
)
def test_of_very_many_campaigns_of_every_kind_it_does_so_too(
    base: float, effect: float, sizes: tuple[int, ...]
) -> None:
    households = 1500 * len(sizes) // sum(sizes)
    assert 0.93 <= campaigns_that_hold(5000, households, base, effect, 21, sizes) <= 0.97
