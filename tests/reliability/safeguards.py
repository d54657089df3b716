"""The safeguards, taken away one at a time and from outside: the product has no switch for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from messaging import barrier, claiming, delivery, judging, recording
from messaging.locks import Locks
from messaging.providers.base import Outcome, Receipt

# The promise that each safeguard keeps. Nobody looking after what a dead worker left (nosweep) is a matter of not calling.
BROKEN = {
    "nolock": "after_stop",
    "norecheck": "after_stop",
    "requeue": "double",
    "nosweep": "lost",
    "nobarrier": "unenforced",
}

_take, _judge, _record, _enforce = Locks.take, judging.judge, recording.record_outcomes, barrier.enforce
_in_hand = barrier._in_hand


def take_away(without: Callable[[str], bool]) -> None:
    """From now on this process goes without each safeguard for which `without` is true at that moment."""

    def take(
        self: Locks, pairs: Sequence[tuple[int, int]], shared: Sequence[Collection[int]] | None = None
    ) -> list[bool]:
        """nolock: whoever asks for a lock is told that it is theirs, and looks at no row of what is in hand either."""
        return [True] * len(pairs) if without("nolock") else _take(self, pairs, shared)

    def in_hand(client_id: int, addresses: set[int]) -> set[int]:
        return set() if without("nolock") else _in_hand(client_id, addresses)

    def judge(client_id: int, ids: Iterable[int], at: datetime) -> list[dict[str, Any]]:
        """norecheck: an opt-out since the planning is not looked at."""
        rows = _judge(client_id, ids, at)
        if without("norecheck"):
            for row in rows:
                row["failed_now"] = [
                    code for code in row["failed_now"] if code not in ("opted_out", "left_campaign")
                ]
        return rows

    def record_outcomes(client_id: int, results: Sequence[Receipt]) -> int:
        """requeue: a call without an answer counts as not made."""
        if without("requeue"):
            results = [
                replace(each, outcome=Outcome.NOT_SENT) if each.outcome is Outcome.UNKNOWN else each
                for each in results
            ]
        return _record(client_id, results)

    def enforce(client_id: int) -> int:
        """nobarrier: nobody waits for what was judged before an opt-out, and nobody says that it holds."""
        return 0 if without("nobarrier") else _enforce(client_id)

    changed: list[tuple[Any, str, Any]] = [
        (Locks, "take", take),
        (claiming, "judge", judge),
        (recording, "record_outcomes", record_outcomes),
        (delivery, "record_outcomes", record_outcomes),
        (barrier, "enforce", enforce),
        (barrier, "_in_hand", in_hand),
    ]
    for where, name, instead in changed:
        setattr(where, name, instead)
