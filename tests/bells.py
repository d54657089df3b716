"""A worker of the product's on a broker of the test's choice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from config.env import ROOT
from messaging.models import WorkerHeartbeat

WORKER = [
    sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--queues", "default", "--hostname", "bell@here",
]  # fmt: skip


@dataclass(frozen=True)
class Listening:
    """A running worker and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def still(self) -> None:
        """Fail with what the worker said when it has ended."""
        assert self.process.poll() is None, self.log.read_text()


@contextmanager
def listening(broker: str, log: Path) -> Iterator[Listening]:
    """A worker that listens there until the block ends."""
    with log.open("wb") as said:
        worker = subprocess.Popen(
            WORKER, cwd=ROOT, env={**os.environ, "BROKER_URL": broker}, stdout=said, stderr=said
        )
    try:
        yield Listening(worker, log)
    finally:
        worker.terminate()
        worker.wait(60)


def hears(app: Celery, worker: Listening) -> None:
    """Ring, and wait until a round was begun because of it."""
    WorkerHeartbeat.objects.all().delete()
    app.send_task("messaging.tasks.ring", queue="default", expires=60)
    until = time.monotonic() + 60
    while not WorkerHeartbeat.objects.exists():
        worker.still()
        assert time.monotonic() < until, worker.log.read_text()
        time.sleep(0.1)
