"""Every step of the protocol has its failpoint; at each of them the process dies, freezes or loses its database, and
no promise breaks."""

from __future__ import annotations

import ast
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client as Browser
from django.utils import timezone
from twilio.request_validator import RequestValidator

from config.env import ROOT
from consent.models import Suppression
from messaging import (
    applying,
    barrier,
    bell,
    delivery,
    failpoints,
    leaving,
    outbox,
    providers,
    reconciling,
    tasks,
)
from messaging.failpoints import STEPS, NotHere
from messaging.models import Attempt, Message, Status
from messaging.models.message import AT_REST
from tenants.hashing import new_token
from tenants.scope import acting_for
from tests.reliability import breaking
from tests.reliability.stage import ACCOUNT, ENOUGH, Clinic, after_stop, clinic, count, world
from tests.simulators import Simulator, running_simulator

BEFORE_THE_CALL = STEPS[: STEPS.index("http.after_headers")]
TOKENS = [new_token()[0] for _ in STEPS]
FREEZE = 30.0  # seconds, in the long run


def steps_in_code() -> list[str]:
    found = []
    for file in sorted((ROOT / "messaging").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reach":
                (given,) = node.args
                if isinstance(given, ast.Constant):
                    found.append(str(given.value))
    return found


def test_every_step_of_the_registry_has_its_failpoint_in_the_code_and_the_other_way_round() -> None:
    assert sorted(set(steps_in_code())) == sorted(STEPS)
    assert len(STEPS) == len(set(STEPS)) >= 25


@pytest.mark.parametrize(
    "name, value",
    [
        ("PUBLIC_URL", "https://cts.example.com"),
        ("TWILIO_BASE_URL", ""),
        ("SENDGRID_BASE_URL", "https://api.sendgrid.com"),
        ("DEMO", True),
    ],
)
def test_nothing_can_be_armed_where_real_messages_could_leave(name: str, value: Any, settings: Any) -> None:
    setattr(settings, name, value)
    with pytest.raises(NotHere):
        failpoints.arm(breaking.at("lock.got", "kill"))
    assert failpoints._heard is None


def test_no_code_of_the_product_arms_them() -> None:
    naming = [
        file for file in ROOT.glob("[a-z]*/**/*.py")
        if file.parts[len(ROOT.parts)] not in ("tests", "var") and "failpoints.arm" in file.read_text()
    ]  # fmt: skip
    assert naming == []


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(world(TOKENS)) as running:
        yield running


@pytest.fixture
def quiet(simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The simulator as provider; no bells, because the test itself is the rest of the system."""
    settings.TWILIO_BASE_URL = simulator.base
    monkeypatch.setattr(providers, "_kept", {})
    monkeypatch.setattr(bell, "ring", lambda *_, **__: None)
    monkeypatch.setattr(reconciling, "ASK_FOR", timedelta(0))
    simulator.reset()
    simulator.faults()
    return simulator


class Case:
    """One clinic whose whole life a child process goes through, until something happens to it at one step."""

    def __init__(self, simulator: Simulator, number: int, begun: Path) -> None:
        self.simulator, self.begun = simulator, begun
        self.of: Clinic = clinic(number, TOKENS[number], texts=3)

    def live(self) -> None:
        """Planned, handed over, answered by a person, the answer enforced, what is unknown asked about."""
        outbox.plan(self.of.launch)
        tasks.send_due(self.of.id)
        self.stop()
        applying.apply_pending(self.of.id)
        barrier.enforce(self.of.id)
        reconciling.find_out(self.of.id)

    def stop(self) -> None:
        """The first person's opt-out, posted as the provider posts it: again while it is not answered 2xx."""
        path = f"/hooks/twilio/{self.of.token}/inbound"
        form = {"MessageSid": f"SM{self.of.id:032x}", "AccountSid": ACCOUNT, "From": self.of.phones[0], "To": self.of.number,
                "NumMedia": "0", "Body": ENOUGH}  # fmt: skip
        signed = RequestValidator("secret").compute_signature(f"http://testserver{path}", form)
        answer = Browser(raise_request_exception=False).post(
            path, "&".join(f"{k}={v.replace('+', '%2B')}" for k, v in form.items()),
            content_type="application/x-www-form-urlencoded", headers={"X-Twilio-Signature": signed},
        )  # fmt: skip
        assert answer.status_code in (200, 503), answer.status_code

    def child(self, step: str, action: str) -> int:
        """Fork; the child lives until the step. Returns its id."""
        connections.close_all()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            delivery._pool = None
            os.environ["PGAPPNAME"] = breaking.name()
            breaking.note_begun(self.begun)
            failpoints.arm(breaking.at(step, action))
            self.live()
            code = 0
        finally:
            os._exit(code)

    def rest(self) -> None:
        """What the running system does afterwards: it rings again, the provider posts again, deadlines pass."""
        leaving._flag[0] = 0
        providers._kept.clear()
        for _ in range(6):
            outbox.finish_planning()
            tasks.send_due(self.of.id)
            self.stop()
            applying.apply_pending(self.of.id)
            barrier.enforce(self.of.id)
            with acting_for(self.of.id):
                Attempt.objects.filter(outcome="").update(deadline=timezone.now() - timedelta(minutes=1))
            reconciling.find_out(self.of.id)
            with acting_for(self.of.id):
                if not Message.objects.exclude(status__in=AT_REST).exists():
                    return
                Message.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())

    def held_true(self, step: str) -> None:
        """Every promise, by the provider's own list."""
        found = count(self.of, self.simulator.accepted())
        assert (found.double, found.unrecorded, found.never_sent, found.lost) == (0, 0, 0, 0), (step, found)
        assert after_stop(self.of, breaking.begun(self.begun)) == 0, step
        with acting_for(self.of.id):
            said_no = Suppression.objects.get()
            assert said_no.enforced_at is not None, step


def case(simulator: Simulator, number: int, step: str, begun: Path) -> Case:
    # Unknown outcomes, so that there is something to ask the provider about.
    simulator.faults(**({"accepted_500": 1.0} if step.startswith("recon") else {}))
    return Case(simulator, number, begun)


def ended(pid: int) -> int:
    """The signal that ended a child; 0 when it lived to its end."""
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at(simulator: Simulator, number: int, step: str, begun: Path) -> None:
    of = case(simulator, number, step, begun)
    assert ended(of.child(step, "kill")) == signal.SIGKILL, f"{step} was never reached"
    of.rest()
    of.held_true(step)


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_step_no_promise_breaks(quiet: Simulator, tmp_path: Path) -> None:
    for number, step in enumerate(STEPS):
        killed_at(quiet, number, step, tmp_path / "begun")


@pytest.mark.django_db(transaction=True)
def test_frozen_past_its_two_seconds_a_worker_begins_nothing(quiet: Simulator, tmp_path: Path) -> None:
    frozen_at(quiet, 0, "tx1.after_commit", tmp_path / "begun", 3.2)


def frozen_at(simulator: Simulator, number: int, step: str, begun: Path, seconds: float) -> None:
    """While it is frozen the first person says no, and that is enforced."""
    of = case(simulator, number, step, begun)
    pid = of.child(step, "freeze")
    _, status = os.waitpid(pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"{step} was never reached"
    before = time.monotonic()
    if not step.startswith("hook"):  # its transaction is open: the provider gets no answer
        of.stop()
        barrier.enforce(of.of.id)
    time.sleep(max(0.0, seconds - (time.monotonic() - before)))
    os.kill(pid, signal.SIGCONT)
    ended(pid)
    of.rest()
    of.held_true(step)
    if step in BEFORE_THE_CALL and not step.startswith("hook"):
        assert of.of.phones[0] not in {each["to"] for each in simulator.accepted()}, step


@pytest.mark.reliability
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_frozen_at_any_step_no_promise_breaks(quiet: Simulator, tmp_path: Path, step: str) -> None:
    frozen_at(quiet, 0, step, tmp_path / "begun", FREEZE)


@pytest.mark.reliability
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ["term", "cut", "flush"])
@pytest.mark.parametrize("step", STEPS)
def test_told_to_leave_or_cut_off_at_any_step_no_promise_breaks(
    quiet: Simulator, tmp_path: Path, step: str, action: str
) -> None:
    of = case(quiet, 0, step, tmp_path / "begun")
    assert ended(of.child(step, action)) == 0
    if action == "term" and not step.startswith("recon"):
        with acting_for(of.of.id):  # a deploy leaves nothing unknown behind
            assert not Message.objects.filter(status__in=[Status.HANDING, Status.UNKNOWN]).exists()
    of.rest()
    of.held_true(step)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_for_a_moment_costs_no_outcome(quiet: Simulator, tmp_path: Path) -> None:
    of = case(quiet, 0, "tx2.before", tmp_path / "begun")
    assert ended(of.child("tx2.before", "cut")) == 0
    with acting_for(of.of.id):
        assert set(Message.objects.values_list("status", flat=True)) == {"accepted"}
