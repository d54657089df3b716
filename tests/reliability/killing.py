"""Real Celery workers, killed over and over while they send, and people who say STOP at the worst moment.

One `Stage` has the servers and processes; each `Run` on it sends to clinics of its own and ends with a verdict.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import redis
import requests
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.models import Count
from django.utils import timezone

from config.celery import app
from config.env import ROOT
from config.servers.process import free_port, launch
from consent.models import ContactPoint
from messaging.models import Attempt, Hold, Message, Status
from messaging.models.message import AT_REST
from tenants.hashing import new_token
from tenants.scope import acting_for
from tests.reliability import breaking
from tests.reliability.stage import ENOUGH, Clinic, after_stop, clinic, count, unenforced, world
from tests.simulators import Simulator, running_simulator

CALLS = "calls.log"
CHILDREN = 6
CLINICS = 400  # at most, in one stage: ten thousand kills take three hundred
BATCH = 200  # people of a clinic
ENOUGH_QUEUED = 60
PACE = 0.3  # seconds at most between the beginning of a hand-off and the kill
AIMED_AT = 16  # messages that a STOP may hit, of those being written to or waiting
PATIENCE = 10.0  # seconds without a hand-off after which somebody is killed all the same
ALL_OF_THEM = 100  # every so many kills the whole worker dies, and the broker forgets everything
SETTLE = 900.0  # seconds without kills in which everything must come to rest
HEED = 120.0  # seconds in which everybody who said no must have been heard; fewer without a safeguard
HEED_WITHOUT = 15.0
# Beat in a hurry: each of these every so many half seconds.
BELLS = (("ring", 1), ("apply_hooks", 1), ("plan", 2), ("reconcile", 8), ("sweep", 12))
FAULTS = {"lost_reply": 0.05, "dropped": 0.03, "rate_429": 0.01, "latency_ms": 20.0}


@dataclass(frozen=True)
class Verdict:
    """The one line that a run ends with."""

    kills: int
    planned: int
    accepted: int
    refused: int
    held: int
    expired: int
    cancelled: int
    unresolved: int
    double: int
    lost: int
    after_stop: int
    unrecorded: int
    unenforced: int  # people who said STOP, and whose opt-out is not stored or not enforced

    @property
    def kept(self) -> bool:
        """Whether every promise held."""
        return not (self.double or self.lost or self.after_stop or self.unrecorded or self.unenforced)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class Stage:
    """Simulator, web and worker as processes on this database; clinics are taken from it one after the other."""

    def __init__(self, simulator: Simulator, home: Path, **env: str) -> None:
        self.simulator, self.begun, self._break = simulator, home / "begun", home / "break"
        self._calls = home / CALLS
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings.TWILIO_BASE_URL = simulator.base
        self._log = (home / "processes.log").open("ab")
        self._env = {
            **os.environ, "PUBLIC_URL": self.url, "TWILIO_BASE_URL": simulator.base, "BREAK_FILE": str(self._break),
            "BEGUN_FILE": str(self.begun), "LOG_LEVEL": "CRITICAL", **env,
        }  # fmt: skip
        self.tokens = [new_token()[0] for _ in range(CLINICS)]
        simulator.world(world(self.tokens, self.url))
        self._taken = 0
        web = [
            "gunicorn",
            "config.wsgi:application",
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "4",
            "--no-control-socket",
        ]
        self._web = self._start(*web)
        self.worker = psutil.Process(self._start_worker().pid)
        self._wait()

    def clinic(self, texts: int) -> Clinic:
        """The next clinic, with so many people."""
        self._taken += 1
        return clinic(self._taken - 1, self.tokens[self._taken - 1], texts)

    def go_without(self, safeguard: str) -> None:
        """Take one safeguard from the workers; empty gives it back."""
        self._break.write_text(safeguard)

    def children(self) -> list[psutil.Process]:
        """The processes that do the work."""
        with contextlib.suppress(psutil.Error):
            return [child for child in self.worker.children() if child.status() != psutil.STATUS_ZOMBIE]
        return []

    def kill_everything(self) -> None:
        """The worker with all its processes, and whatever the broker knew; then a new one."""
        for process in [self.worker, *self.children()]:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.worker.wait()
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        self.worker = psutil.Process(self._start_worker().pid)

    def answered(self) -> set[str]:
        """The provider's names for people's texts whose webhook was answered 2xx."""
        whole, _, _ = self._calls.read_text().rpartition("\n")
        calls = (json.loads(line) for line in whole.splitlines() if '"inbound"' in line)
        return {call["detail"].split()[0] for call in calls if 200 <= (call["status"] or 0) < 300}

    def ring(self, task: str) -> None:
        """One bell, as beat would ring it."""
        app.send_task(f"messaging.tasks.{task}", expires=10, retry=False, queue="default")

    def close(self) -> None:
        """End what was started."""
        children = self.children()
        for process in [self.worker, *children, psutil.Process(self._web.pid)]:
            with contextlib.suppress(psutil.Error):
                process.terminate() if process.pid == self._web.pid else process.kill()
        self._web.wait(timeout=20)
        self._log.close()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start("tests.reliability.worker", str(CHILDREN))

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        """A child that dies with this process, however that ends."""
        return launch(
            [sys.executable, "-m", *words], cwd=ROOT, env=self._env, log=self._log, stop_with=signal.SIGKILL
        )

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/healthz", timeout=2).ok and len(self.children()) >= CHILDREN:
                    return
            time.sleep(0.1)
        raise RuntimeError("Web and worker did not start: " + Path(self._log.name).read_text()[-3000:])


@contextlib.contextmanager
def stage(home: Path, **env: str) -> Iterator[Stage]:
    """A stage that is taken down at the end; `env` is more of its processes' environment."""
    with running_simulator(log=home / CALLS) as simulator:
        made = Stage(simulator, home, **env)
        try:
            yield made
        finally:
            made.close()


class Run:
    """So many kills, with or without one safeguard; seeded as far as processes can be."""

    repeats = 1  # times that each bell rings
    # Of all people say STOP at most: on a slow machine nobody would be left to be written to.
    share = 1 / 3

    def __init__(
        self, on: Stage, kills: int, seed: int, without: str = "", batch: int = BATCH, minutes: float = 600
    ) -> None:
        self.on, self.kills, self.without, self.batch = on, kills, without, batch
        self.chance = random.Random(seed)
        self.clinics: list[Clinic] = []
        self.done = 0
        self._began = time.monotonic()
        self._until = self._began + 60 * minutes
        self._said, self._over = threading.Event(), threading.Event()
        # Client and address, and the provider's name for the STOP.
        self._stopped: dict[tuple[int, int], str] = {}

    def verdict(self) -> Verdict:
        """Do it."""
        self.on.go_without(self.without)
        self.on.simulator.faults(**self.faults(), seed=self.chance.randrange(1000))
        self._another()
        ringing, stopping = threads = [
            threading.Thread(target=each, daemon=True) for each in (self._ringing, self._stopping)
        ]
        for thread in threads:
            thread.start()
        try:
            self._killing()
            if not self.without:
                self.on.simulator.faults()
            self._say()
            self._settling()
            self._said.set()
            stopping.join()
            self._heeding()
            self._say()
        finally:
            self._said.set()
            self._over.set()
            for thread in threads:
                thread.join()
        return self._counted()

    def faults(self) -> dict[str, float]:
        """What the provider gets wrong."""
        return FAULTS | ({"lost_reply": 0.3} if self.without == "requeue" else {})

    def _killing(self) -> None:
        """Most often whoever began a hand-off last, a moment later; sometimes anybody, sometimes all."""
        read = 0
        while self.done < self.kills and time.monotonic() < self._until:
            if self.done % 50 == 0:
                self._say()
            if Hold.objects.exists():
                raise RuntimeError(
                    "Everything is held, though no backup was restored and no server replaced."
                )
            if self.done % 5 == 0 and self._waiting() < min(ENOUGH_QUEUED, self.batch // 3):
                self._another()
            if self.done % ALL_OF_THEM == ALL_OF_THEM - 1:
                self.on.kill_everything()
                self.done += 1
                continue
            until, victim = time.monotonic() + PATIENCE, 0
            while not victim and time.monotonic() < until:
                time.sleep(0.02)
                read, victim = breaking.began_last(self.on.begun, read)
            time.sleep(self.chance.random() ** 2 * PACE)
            alive = {child.pid: child for child in self.on.children()}
            if alive:
                anybody = self.chance.choice(list(alive.values()))
                with contextlib.suppress(psutil.Error):
                    (alive.get(victim, anybody) if self.chance.random() < 0.8 else anybody).kill()
                    self.done += 1

    def _another(self) -> None:
        self.clinics.append(self.on.clinic(self.batch))
        self.on.ring("plan")
        self.on.ring("ring")

    def _ringing(self) -> None:
        """Beat, in a hurry. Without a sweep nobody rings again for what a lost bell left behind."""
        for turn in range(10**9):
            if self._over.wait(0.5):
                return
            if self.without == "nosweep" and turn:
                continue
            for task, every in BELLS:
                for _ in range(self.repeats if turn % every == 0 else 0):
                    with contextlib.suppress(Exception):
                        self.on.ring(task)

    def _stopping(self) -> None:
        """Half of them are being written to at this very moment, the others wait for their text."""
        while not self._said.wait(0.08):
            try:
                self._stop_one()
            except (DatabaseError, InterfaceError):  # the database itself may be what is killed
                connections.close_all()
        connections.close_all()

    def _stop_one(self) -> None:
        if len(self._stopped) > sum(len(each.phones) for each in self.clinics) * self.share:
            return
        with acting_for([each.id for each in self.clinics]):
            rows = Message.objects.filter(status=self._aim()).order_by("-claimed_at", "pk")
            # The newest: what was claimed long ago was begun long ago, or belongs to the dead.
            found = list(rows.values_list("client_id", "address_id")[:AIMED_AT])
            found = [each for each in found if each not in self._stopped]
            if not found:
                return
            client_id, address = self.chance.choice(found)
            phone = ContactPoint.objects.get(client=client_id, address=address).value
        number = next(each.number for each in self.clinics if each.id == client_id)
        with contextlib.suppress(requests.RequestException):
            self._stopped[client_id, address] = self.on.simulator.reply(phone, ENOUGH, number)

    def _aim(self) -> Status:
        """Whom the next STOP may come from."""
        return Status.HANDING if self.chance.random() < 0.5 else Status.QUEUED

    def _heeding(self) -> None:
        """Nobody says STOP any more: the last ones are brought to us, and enforced."""
        until = time.monotonic() + (HEED_WITHOUT if self.without else HEED)
        while self._unenforced() and time.monotonic() < until:
            time.sleep(0.2)

    def _unenforced(self) -> int:
        """Of the STOPs that the provider took those that do not hold. It brings each until it is answered."""
        return unenforced(self.clinics, self._stopped)

    def _settling(self) -> None:
        """Nobody dies any more. Time is let pass: what waits is due, and calls without an outcome are past their deadline.

        Without a safeguard it ends as soon as harm is done; without a sweep, when nothing moves any more.
        """
        until, quiet, before = time.monotonic() + SETTLE, 0.0, -1
        while time.monotonic() < until:
            time.sleep(0.5)
            # Letting time pass for many may lock each other out with a worker that records: next time, then.
            with contextlib.suppress(OperationalError), acting_for([each.id for each in self.clinics]):
                moving = Message.objects.exclude(status__in=AT_REST).count()
                if not moving and self._all_planned():
                    return
                quiet = quiet + 0.5 if moving == before else 0.0
                before = moving
                if quiet >= 2 and self.without != "nosweep":
                    Message.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())
                    Attempt.objects.filter(outcome="").update(deadline=timezone.now() - timedelta(seconds=30))
            if self.without == "nosweep":
                if quiet >= 5:
                    return
            elif self.without and (found := self._counted()) and (found.double or found.after_stop):
                return

    def _say(self) -> None:
        with acting_for([each.id for each in self.clinics]):
            found = dict(Message.objects.order_by().values_list("status").annotate(Count("pk")))
            waiting = Counter(
                code for codes in Message.objects.filter(status=Status.QUEUED).values_list("failed", flat=True) for code in codes
            )  # fmt: skip
        print(
            f"{time.monotonic() - self._began:.0f} s: {self.done} kills, {len(self._stopped)} STOPs, {found}, "
            f"waiting for {dict(waiting)}",
            file=sys.stderr,
            flush=True,
        )

    def _all_planned(self) -> bool:
        planned: int = Message.objects.count()
        return planned == sum(len(each.phones) for each in self.clinics)

    def _waiting(self) -> int:
        with acting_for([each.id for each in self.clinics]):
            waiting: int = Message.objects.filter(status=Status.QUEUED).count()
            return waiting

    def _counted(self) -> Verdict:
        accepted, begun = self.on.simulator.accepted(), breaking.begun(self.on.begun)
        found = [count(each, accepted) for each in self.clinics]
        statuses = sum((each.statuses for each in found), Counter[str]())
        return Verdict(
            kills=self.done,
            planned=sum(len(each.phones) for each in self.clinics),
            **{name: statuses[name] for name in ("accepted", "refused", "held", "expired", "cancelled", "unresolved")},
            double=sum(each.double for each in found),
            lost=sum(each.lost for each in found),
            after_stop=sum(after_stop(each, begun) for each in self.clinics),
            unrecorded=sum(each.unrecorded + each.never_sent for each in found),
            unenforced=self._unenforced(),
        )  # fmt: skip
