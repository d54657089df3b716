"""Celery workers as the product's own, for the kill test: `python -m tests.reliability.worker 4`.

Each is a worker of its own in a process of its own, forked from this one, which has everything in memory already: a
thousand will be killed, and each is replaced at once. What differs from the product: a worker dawdles between claim and
call, so that there is time to be killed and to be overtaken by a STOP; it gives up an answer after three seconds instead
of ten; it writes down when each call begins; and the file named by BREAK_FILE may name one safeguard that it then goes without.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from celery.worker import WorkController  # noqa: E402, F401 (read once here, not by each worker)
from django.core.checks import run_checks  # noqa: E402
from django.db import connections  # noqa: E402

from config.celery import app  # noqa: E402
from config.servers.process import _leave_with_parent  # noqa: E402
from messaging import delivery, judging, leaving, reconciling, tasks  # noqa: E402
from messaging.breakers import tripping  # noqa: E402
from messaging.providers import pool  # noqa: E402
from tenants import failpoints  # noqa: E402
from tests.reliability import breaking, safeguards  # noqa: E402

# Seconds at most; less than the two within which a judged hand-off may begin. 0: works as the product's own.
DAWDLES = float(os.environ.get("DAWDLES", "1.4"))
ELSEWHERE = 2  # workers that do not send
BREAK_FILE = Path(os.environ["BREAK_FILE"])


def without(safeguard: str) -> bool:
    return BREAK_FILE.exists() and BREAK_FILE.read_text() == safeguard


def dawdle(step: str) -> None:
    if step == "begin.check" and threading.current_thread().name.startswith("hand-over"):
        time.sleep(random.random() * DAWDLES)


def no_breaker(client_id: int) -> None:
    """Nearly everybody here says STOP: a breaker would rightly pause it all."""


safeguards.take_away(without)
if DAWDLES:
    delivery.IN_FLIGHT = 8
pool.READ = 3.0
tasks.BELL = 3.0
tripping.soon = no_breaker
reconciling.ASK_FOR = timedelta(seconds=5)  # the simulator knows at once


def work(place: int) -> None:
    """One worker, until it is killed. The first two do everything else, so that STOPs are enforced while the others send."""
    queues = ["sending"] if place >= ELSEWHERE else ["default", "asking", "lists"]
    leaving._flag = mmap.mmap(-1, 1)  # each is a worker of its own: whoever is told to leave leaves alone
    if DAWDLES:
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
    judging.WAVE.text(client=0, ids=[], at=None)
    # What Celery does at each start: seconds, most of them for reading all pages.
    app.loader.import_default_modules()
    app.finalize(auto=True)
    run_checks()
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
