"""Every step of the protocol has its failpoint; at each of them the process dies, freezes or loses its database, and
no promise breaks."""

from __future__ import annotations

import ast
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from config.env import ROOT
from messaging import barrier
from messaging.models import Message, Status
from tenants import failpoints
from tenants.failpoints import STEPS, NotHere
from tenants.scope import acting_for
from tests.reliability import breaking
from tests.reliability.lives import case, ended
from tests.simulators import Simulator

BEFORE_THE_CALL = STEPS[: STEPS.index("http.after_headers")]
FREEZE = 30.0  # seconds, in the long run


# The steps of the promise, as they were agreed before there was code. `lock.wait`, one of them, has no place: no sender waits for a lock.
AGREED = (
    "plan.before_insert", "plan.mid", "plan.after", "wake.taken", "lock.got",
    "tx1.before_recheck", "tx1.before_cas", "tx1.after_attempt", "tx1.before_commit", "tx1.after_commit", "begin.check",
    "http.before_connect", "http.after_connect", "http.after_headers", "http.mid_body", "http.after_body", "http.before_read",
    "http.after_read", "tx2.before", "tx2.before_commit", "tx2.after", "unlock",
    "hook.before_verify", "hook.before_commit", "hook.after_commit", "stop.before_lock", "stop.after_lock", "stop.after_commit",
    "recon.before_list", "recon.before_bind", "seal.before", "seal.after", "drain.start",
)  # fmt: skip
ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging", "config")


def steps_in_code() -> set[str]:
    found = set()
    for file in sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and "reach" in (
                getattr(node.func, "id", ""),
                getattr(node.func, "attr", ""),
            ):
                (given,) = node.args
                assert isinstance(given, ast.Constant), f"{file.name}: {ast.unparse(node)} hides its step"
                found.add(str(given.value))
    return found


def test_every_step_that_was_agreed_has_its_failpoint_in_the_code_and_the_other_way_round() -> None:
    assert steps_in_code() == set(STEPS) == set(AGREED)
    assert len(STEPS) == len(set(STEPS))


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
    lived_through(quiet, 0, step, action, tmp_path / "begun")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ["term", "cut", "flush"])
def test_told_to_leave_or_cut_off_around_the_call_no_promise_breaks(
    quiet: Simulator, tmp_path: Path, action: str
) -> None:
    for number, step in enumerate(("tx1.after_commit", "http.before_read")):
        lived_through(quiet, number, step, action, tmp_path / "begun")


def lived_through(simulator: Simulator, number: int, step: str, action: str, begun: Path) -> None:
    of = case(simulator, number, step, begun)
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
