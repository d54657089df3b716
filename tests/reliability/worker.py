"""Celery workers as the product's own, for the kill test: `python -m tests.reliability.worker 4`.

Each is a worker of its own in a process of its own, forked from this one, which has everything in memory already: a
thousand will be killed, and each is replaced at once. What differs from the product: a worker dawdles between claim and
call, so that there is time to be killed and to be overtaken by a STOP; it writes down when each call begins; and the file
named by BREAK_FILE may name one safeguard that it then goes without. Those are taken away here, from outside: the product
has no switch for it.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402

from config.celery import app  # noqa: E402
from config.servers.process import _leave_with_parent  # noqa: E402
from messaging import claiming, delivery, failpoints, judging, reconciling, recording, tasks  # noqa: E402
from messaging.locks import Locks  # noqa: E402
from messaging.providers.base import Outcome, Receipt  # noqa: E402
from tests.reliability import breaking  # noqa: E402

DAWDLES = 0.8  # seconds at most
BREAK_FILE = Path(os.environ["BREAK_FILE"])

_take, _judge, _record = Locks.take, judging.judge, recording.record_outcomes


def without(safeguard: str) -> bool:
    return BREAK_FILE.exists() and BREAK_FILE.read_text() == safeguard


def take(self: Locks, pairs: Sequence[tuple[int, int]]) -> list[bool]:
    """nolock: whoever asks for a lock is told that it is theirs."""
    return [True] * len(pairs) if without("nolock") else _take(self, pairs)


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


def dawdle(step: str) -> None:
    if step == "begin.check":
        time.sleep(random.random() * DAWDLES)


changed: list[tuple[Any, str, Any]] = [
    (Locks, "take", take),
    (claiming, "judge", judge),
    (recording, "record_outcomes", record_outcomes),
    (delivery, "record_outcomes", record_outcomes),
]
for where, name, instead in changed:
    setattr(where, name, instead)
delivery.IN_FLIGHT = 16
tasks.TURN = 3.0  # so that several clinics are served
reconciling.ASK_FOR = timedelta(seconds=5)  # the simulator knows at once


def work(place: int) -> None:
    """One worker, until it is killed. The first never sends, so that a STOP is enforced while all others do."""
    queues = ["default", "lists"] + (["sending"] if place else [])
    failpoints.arm(dawdle)
    breaking.note_begun(Path(os.environ["BEGUN_FILE"]))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    app.Worker(
        hostname=f"worker{os.getpid()}@here", pool="solo", concurrency=1, queues=queues,
        loglevel="CRITICAL", without_gossip=True, without_mingle=True, without_heartbeat=True, quiet=True,
    ).start()  # fmt: skip


def main(number: int) -> None:
    die_with_parent = _leave_with_parent(signal.SIGKILL) or (lambda: None)
    from twilio.rest import Client

    Client("AC" + "1" * 32, "secret").messages  # noqa: B018 (imports what every worker would import)
    judging._text()
    connections.close_all()
    children: dict[int, int] = {}  # where each stands
    while True:
        for place in sorted(set(range(number)) - set(children.values())):
            pid = os.fork()
            if not pid:
                die_with_parent()
                try:
                    work(place)
                finally:
                    os._exit(1)
            children[pid] = place
        children.pop(os.wait()[0], None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
