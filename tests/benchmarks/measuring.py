"""Clocks of a measure: wall, CPU of this process and of its PostgreSQL backend, peak memory.

On a shared machine wall time says little; CPU says more, and a ratio within one run most.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psutil
from django.db import connection


@dataclass
class Clock:
    """`with Clock() as took:` then `took.wall`, `took.app`, `took.database`: seconds.

    `helpers` counts all of the server beside the backend too: a query over everybody runs in several processes.
    """

    wall: float = 0.0
    app: float = 0.0
    database: float = 0.0
    helpers: bool = False
    _backend: psutil.Process | None = field(default=None, repr=False)

    def __enter__(self) -> Clock:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = psutil.Process(cursor.fetchone()[0])
        self._begin = self._now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.wall, self.app, self.database = (
            now - then for now, then in zip(self._now(), self._begin, strict=True)
        )

    def _now(self) -> tuple[float, float, float]:
        assert self._backend
        spent = self._backend.cpu_times()
        database = spent.user + spent.system
        if self.helpers and (server := self._backend.parent()):
            gone = server.cpu_times()
            database = gone.children_user + gone.children_system
            for each in server.children():
                with suppress(psutil.NoSuchProcess):  # gone meanwhile
                    spent = each.cpu_times()
                    database += spent.user + spent.system
        return time.perf_counter(), time.process_time(), database

    @property
    def cpu(self) -> float:
        """Seconds of CPU, application and database together."""
        return self.app + self.database


def peak_memory() -> float:
    """The most memory this process ever held, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile (nearest rank) and number of some durations."""
    ordered = sorted(seconds)
    rank = min(len(ordered) - 1, int(0.99 * len(ordered)))
    return {"p50": 1000 * statistics.median(ordered), "p99": 1000 * ordered[rank], "of": len(ordered)}
