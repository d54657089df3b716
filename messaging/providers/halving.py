"""Telling a provider about many addresses, some of which it may refuse: what it refuses costs the others nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from messaging.providers.base import NotConnected

CONFIRMED = ""  # what is said of an address that the provider has taken
NOT_ASKED = "not_asked"
MOST_CALLS = 100
SILENT = 3  # calls one after the other without an answer; then the rest is left for another time


class ListRefused(Exception):
    """The provider refuses a list for something that is in it. Its text is a code, never an address."""


def told(
    addresses: Sequence[str], at_once: int, tell: Callable[[Sequence[str]], Mapping[str, str]]
) -> dict[str, str]:
    """What the provider says of each: CONFIRMED, or a code. `tell` tells of a list, and raises ListRefused or NotConnected.

    A list that is refused whole is told again in halves; one that gets no answer is passed over.
    """
    said = dict.fromkeys(addresses, NOT_ASKED)
    lists = deque(addresses[start : start + at_once] for start in range(0, len(addresses), at_once))
    calls = silent = 0
    while lists and calls < MOST_CALLS and silent < SILENT:
        some = lists.popleft()
        calls, silent = calls + 1, silent + 1
        try:
            said |= tell(some)
            silent = 0
        except ListRefused as error:
            silent = 0
            if len(some) > 1:
                lists += some[: len(some) // 2], some[len(some) // 2 :]
            else:
                said |= dict.fromkeys(some, str(error))
        except NotConnected as error:
            said |= dict.fromkeys(some, str(error))
    return said
