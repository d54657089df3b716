"""The kill test's run with other trouble than kills: the database crashes, workers are told to leave, the broker forgets."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psutil
import psycopg2
import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from config.servers import ground
from config.servers.postgres import Postgres
from messaging.models import Attempt, Hold
from tenants.clock import db_now
from tenants.scope import acting_for
from tests.reliability.killing import ENOUGH_QUEUED, Run, Stage
from tests.reliability.posting import Poster
from tests.reliability.stage import unenforced

DRAIN = 20.0  # seconds that a worker may take to leave
RESUME = 60.0  # seconds after which nobody is waited for any more


class Shaken(Run):
    """Between two shakes sending goes on again: how long that took at most is `longest`, in seconds."""

    def __init__(self, on: Stage, times: int, seed: int, shake: Callable[[Shaken], None], batch: int) -> None:
        super().__init__(on, times, seed, batch=batch)
        self._shake, self.longest, self.drained = shake, 0.0, 0.0
        self.poster: Poster | None = None

    def faults(self) -> dict[str, float]:
        """The provider itself is in order."""
        return {"latency_ms": 20.0}

    def not_kept(self) -> int:
        """Webhooks that were answered 2xx and are not in the database."""
        return len(self.poster.not_kept()) if self.poster else 0

    def _unenforced(self) -> int:
        """Each time a STOP was brought the web may have had no database: what it answered 2xx must hold."""
        answered = self.on.answered()
        return unenforced(self.clinics, [who for who, name in self._stopped.items() if name in answered])

    def _killing(self) -> None:
        self.poster = Poster(self.on.url, self.clinics[0])
        try:
            while self.done < self.kills:
                if self._waiting() < min(ENOUGH_QUEUED, self.batch // 3):
                    self._another()
                self._goes_on(_now())
                time.sleep(self.chance.random() * 0.5)
                self._shake(self)
                self.done += 1
                since, began = _now(), time.monotonic()
                self._goes_on(since)
                self.longest = max(self.longest, time.monotonic() - began)
                if self.done % 10 == 0:
                    self._say()
        finally:
            self.poster.end()

    def _goes_on(self, since: Any) -> None:
        """Something is claimed after that moment."""
        ends = time.monotonic() + RESUME
        while time.monotonic() < ends:
            if Hold.objects.exists():
                raise RuntimeError("Everything is held, though no backup was restored.")
            with acting_for([each.id for each in self.clinics]):
                if Attempt.objects.filter(claimed_at__gt=since).exists():
                    return
                planned = self._all_planned()
            if planned and self._waiting() < 10:
                self._another()
            time.sleep(0.1)
        raise RuntimeError(f"Nothing was claimed for {RESUME:.0f} seconds.")


def crash_of(server: Postgres) -> Callable[[Shaken], None]:
    """The database stops at once, as when its machine loses power, and is started again at the same address."""
    # The tests' server forgets what is not written yet when it crashes; this one may not.
    words = [word.replace("synchronous_commit=off", "synchronous_commit=on") for word in _words(server)]
    server.stop()
    running = [_started(words)]
    server.pid, server.popen = running[0].pid, running[0]

    def crash(_: Shaken) -> None:
        running[0].send_signal(signal.SIGQUIT)
        running[0].wait(30)
        running[0] = server.popen = _started(words)

    return crash


def _words(server: Postgres) -> list[str]:
    """The command it was started with."""
    return psutil.Process(server.pid).cmdline()


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    made = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, **ground.drop_rights()
    )  # fmt: skip
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            psycopg2.connect(os.environ["TEST_ADMIN_URL"], connect_timeout=2).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            connections.close_all()
            return made
    raise RuntimeError("PostgreSQL did not start again.")


def leave(run: Shaken) -> None:
    """The worker that began a hand-off last, or another one, is told to leave, and another takes its place."""
    child = run.chance.choice(run.on.children()[2:] or run.on.children())
    began = time.monotonic()
    child.terminate()
    try:
        child.wait(DRAIN)
    except psutil.TimeoutExpired:
        child.kill()
        run.drained = float("inf")
    run.drained = max(run.drained, time.monotonic() - began)


def forget(_: Shaken) -> None:
    """The broker loses everything it had."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def _now() -> Any:
    ends = time.monotonic() + RESUME
    while True:
        try:
            return db_now()
        except (DatabaseError, InterfaceError):
            connections.close_all()
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
