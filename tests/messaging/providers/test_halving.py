"""Telling a provider about many addresses: what it refuses costs the others nothing."""

from __future__ import annotations

from collections.abc import Sequence

from messaging.providers.base import NotConnected
from messaging.providers.halving import CONFIRMED, SILENT, ListRefused, told

MANY = [f"+1574231{number:04}" for number in range(40)]


def test_a_list_that_is_refused_for_one_is_told_again_in_halves_until_only_that_one_is_left() -> None:
    def tell(some: Sequence[str]) -> dict[str, str]:
        if MANY[7] in some:
            raise ListRefused("http_400")
        return dict.fromkeys(some, CONFIRMED)

    said = told(MANY, 25, tell)
    assert {to: code for to, code in said.items() if code != CONFIRMED} == {MANY[7]: "http_400"}


def test_a_list_without_an_answer_holds_up_no_other_and_a_silent_provider_nobody() -> None:
    calls: list[str] = []

    def tell(some: Sequence[str]) -> dict[str, str]:
        calls.append(some[0])
        if some[0] == MANY[0] or len(calls) > 2:
            raise NotConnected("timeout")
        return dict.fromkeys(some, CONFIRMED)

    said = told(MANY, 1, tell)
    assert (said[MANY[0]], said[MANY[1]], said[MANY[2]]) == ("timeout", CONFIRMED, "timeout")
    assert len(calls) == 2 + SILENT
    assert said[MANY[-1]] == "not_asked"
