"""Trouble around the workers, at the size of a release: crashes of the database, restarts, a broker that forgets, bells that
ring five times, red buttons, a web server that is killed, floods of events. Small versions run with every change (docs/reliability.md)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from compliance import stopping
from compliance.models import Stop, StopEverything
from config.env import ROOT
from config.servers.process import free_port, launch
from messaging.models import Attempt, Event, RawHook
from tenants.clock import db_now
from tenants.models import User
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import Office
from tests.messaging.world import MAIL
from tests.reliability import breaking
from tests.reliability.killing import Run, stage
from tests.reliability.posting import Poster
from tests.reliability.stage import Clinic, clinic, world
from tests.simulators import Simulator, eventually

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


def shaken(shake: str, times: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.shake_test", shake, "--times", str(times)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    verdict: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(verdict)
    assert done.returncode == 0, verdict
    return verdict


def test_fifty_crashes_of_the_database_cost_no_message_and_no_webhook() -> None:
    verdict = shaken("crash", 50)
    assert verdict["webhooks"] > 0
    assert (verdict["not_kept"], verdict["resumed_in"] <= 30) == (0, True)


def test_fifty_workers_told_to_leave_leave_nothing_unknown() -> None:
    verdict = shaken("leave", 50)
    assert (verdict["unresolved"], verdict["left_in"] <= 20) == (0, True)


def test_a_hundred_times_forgotten_by_the_broker_sending_goes_on() -> None:
    assert shaken("forget", 100)["resumed_in"] <= 60


class Repeated(Run):
    """Nobody is killed, and every bell rings five times."""

    repeats = 5

    def faults(self) -> dict[str, float]:
        return {}

    def _killing(self) -> None:
        for _ in range(self.kills):
            self._another()
            self.done += 1


def test_ten_thousand_messages_with_every_bell_five_times_are_sent_once(tmp_path: Path) -> None:
    with stage(tmp_path, DAWDLES="0") as on:
        verdict = Repeated(on, kills=49, seed=1).verdict()  # beside the clinic that it begins with
    print(verdict)
    assert verdict.planned == 10_000
    assert (verdict.kept, verdict.unresolved) == (True, 0)


class Stopped(Run):
    """Now and then somebody presses a red button: of a campaign, of a client, of everything."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.pressed: list[tuple[list[int], float, float]] = []  # whose, from when it stood, until when
        self.waited: list[float] = []  # seconds from a stop's commit until it stood
        self.unproven = 0
        self._by = User.objects.order_by("pk").first()

    def faults(self) -> dict[str, float]:
        return {"latency_ms": 20.0}

    def _killing(self) -> None:
        for number in range(self.kills):
            if self._waiting() < 100:
                self._another()
                eventually(lambda: self._waiting() >= 100, within=120)
            time.sleep(self.chance.random())
            self._press(number % 3, self.chance.choice(self.clinics[-2:]))
            self.done += 1

    def _press(self, kind: int, of: Clinic) -> None:
        campaign = of.launch.campaign
        with acting_for(of.id):
            made: Stop | StopEverything
            if kind == 2:
                made = stopping.stop_everything(None, "Provider trouble")
            else:
                made = stopping.stop(
                    of.client, campaign if kind == 0 else None, Stop.Kind.PAUSE, None, "Wait"
                )
        committed = time.time()
        self.unproven += not stopping.stands(made)
        stood = time.time()
        self.waited.append(stood - committed)
        time.sleep(max(0.0, committed + stopping.BOUND - stood))
        released = time.time()
        whom = [each.id for each in self.clinics] if kind == 2 else [of.id]
        self.pressed.append((whom, stood, released))
        with acting_for(of.id):
            if kind == 2:
                StopEverything.objects.filter(ended_at=None).update(ended_at=db_now())
            else:
                stopping.release(of.client, campaign if kind == 0 else None, people.user("Olive"))

    def overtaken(self) -> int:
        """Hand-offs begun after a stop stood."""
        with acting_for([each.id for each in self.clinics]):
            whose = {str(pk): client for pk, client in Attempt.objects.values_list("pk", "client_id")}
        return sum(
            stood < at < released and whose[attempt] in whom
            for whom, stood, released in self.pressed
            for at, attempt in breaking.begun(self.on.begun)
        )


def test_after_two_hundred_red_buttons_nothing_begins(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        run = Stopped(on, kills=200, seed=1)
        verdict = run.verdict()
        late = run.overtaken()
    print(verdict, len(run.pressed), f"stood after {max(run.waited):.2f} s at most, {run.unproven} unproven")
    assert verdict.kept, verdict
    assert (len(run.pressed), late) == (200, 0)


class Web:
    """A web server of several processes on this database."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (home / "web.log").open("ab")
        words = ["gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}", "--workers", "3", "--threads", "4",
                 "--preload", "--no-control-socket"]  # fmt: skip
        self.process = psutil.Process(
            launch(
                [sys.executable, "-m", *words], cwd=ROOT, log=self._log,
                env={**os.environ, "PUBLIC_URL": self.url, "LOG_LEVEL": "CRITICAL"},
            ).pid
        )  # fmt: skip
        eventually(lambda: len(self.process.children()) == 3, within=120)

    def memory(self) -> float:
        """Of the largest process, in MB."""
        return max(each.memory_info().rss for each in [self.process, *self.process.children()]) / 2**20

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self._log.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.end()


def test_whatever_was_answered_while_the_web_was_killed_is_kept(quiet: Simulator, web: Web) -> None:
    from tests.reliability.lives import TOKENS

    quiet.world(world(TOKENS))
    of = clinic(0, TOKENS[0], 1)
    poster = Poster(web.url, of, most=5_000, threads=6)
    kills = told = 0
    while poster.running():
        time.sleep(0.02)
        if len(poster.answered) - told < 25:  # else a slow machine answers nobody
            continue
        told = len(poster.answered)
        for child in web.process.children()[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
                kills += 1
    poster.end()
    print(f"{kills} kills, {poster.posted} posts, {len(poster.answered)} answered")
    assert poster.posted == 5_000
    assert len(poster.answered) > 2_000
    assert kills > 10
    assert poster.not_kept() == set()


def test_a_hundred_thousand_events_at_once_are_each_applied_once(
    web: Web, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood(web, settings, posts=100)


def flood(web: Web, settings: Any, posts: int) -> None:
    import uuid
    from concurrent.futures import ThreadPoolExecutor

    import requests

    from messaging.applying import apply_pending

    settings.PUBLIC_URL = web.url
    office = Office(people.clinic())
    attempts = office.hand_over(MAIL, count=20, provider="sendgrid")

    def events(post: int) -> list[dict[str, Any]]:
        made = [
            {"event": "deferred", "sg_event_id": str(uuid.uuid5(attempts[0], f"{post} {at}")), "timestamp": 1700000000 + at,
             "email": "jane@example.org", "sg_message_id": "r.recv-1", "attempt": str(attempts[at % 20])}
            for at in range(949)
        ]  # fmt: skip
        return [*made, *made[:50], {"event": "surprise", "email": "x"}]

    def post(number: int) -> float:
        body = (json.dumps(events(number)) + "\r\n").encode()
        headers = {**office.sendgrid_headers(body), "Content-Type": "application/json"}
        began = time.monotonic()
        answer = requests.post(web.url + office.path("sendgrid"), data=body, headers=headers, timeout=30)
        assert answer.status_code == 200
        return time.monotonic() - began

    with ThreadPoolExecutor(2) as pool:
        took = sorted(pool.map(post, range(posts)))
    memory = web.memory()
    while apply_pending(office.client.pk):
        pass
    p99 = took[int(len(took) * 0.99) - 1]
    print(f"answered: middle {took[len(took) // 2]:.3f} s, p99 {p99:.3f} s; {memory:.0f} MB")
    with acting_for(office.client.pk):
        assert RawHook.objects.filter(applied_at=None).count() == 0
        assert set(RawHook.objects.values_list("problem", flat=True)) == {"1 of 1000: unknown kind of event"}
        assert Event.objects.count() == posts * 949
    assert memory <= 512
    assert p99 <= 0.5
