"""A stop that is pressed while a wave is prepared claims nothing of it; pressed a moment later, it waits for the calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections

from compliance import stopping
from compliance.models import Stop, StopEverything
from messaging import claiming, delivery, holding, outbox
from messaging.models import Attempt, Message, Status
from tenants import failpoints
from tenants.clock import db_now
from tenants.scope import acting_for
from tests.reliability.lives import Case
from tests.reliability.stage import Clinic
from tests.simulators import Simulator


def press(of: Clinic, what: str) -> Stop | StopEverything:
    with acting_for(of.id):
        if what == "everything":
            return stopping.stop_everything(None, "Provider trouble")
        campaign = of.launch.campaign if what == "campaign" else None
        return stopping.stop(of.client, campaign, Stop.Kind.PAUSE, None, "Wait")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["campaign", "client", "everything"])
def test_a_stop_pressed_when_the_locks_are_held_lets_nothing_begin(
    quiet: Simulator, tmp_path: Path, what: str
) -> None:
    of = Case(quiet, 0, tmp_path / "begun").of
    outbox.plan(of.launch)

    def heard(step: str) -> None:
        if step == "lock.got":
            failpoints.arm(None)
            press(of, what)

    failpoints.arm(heard)
    try:
        assert delivery.drain(of.id) == 0
    finally:
        failpoints.arm(None)
    with acting_for(of.id):
        assert not Attempt.objects.exists()
        assert set(Message.objects.values_list("status", flat=True)) == {Status.QUEUED}
    assert quiet.accepted() == []


@pytest.fixture
def one_call(quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """One text that is due, with a minute for its call, and as much for whoever waits for it."""
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
    monkeypatch.setattr(stopping, "BOUND", 60.0)
    of = Case(quiet, 0, tmp_path / "begun", texts=1).of
    outbox.plan(of.launch)
    return of


def beside_its_call(of: Clinic, does: Callable[[Callable[[], None]], None]) -> bool:
    """Send the one text; when its call is about to begin, `does` runs beside it and says when it has begun to wait.

    Whether that was over before the call went on. Both are over at the return.
    """
    waiting, over = threading.Event(), threading.Event()
    early: list[bool] = []

    def beside() -> None:
        try:
            does(waiting.set)
        finally:
            over.set()
            connections.close_all()

    def heard(step: str) -> None:
        if step == "begin.check":
            failpoints.arm(None)
            threading.Thread(target=beside).start()
            assert waiting.wait(30)
            early.append(over.wait(0.3))

    failpoints.arm(heard)
    try:
        assert delivery.drain(of.id) == 1
    finally:
        failpoints.arm(None)
    assert over.wait(30)
    return early[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["campaign", "client", "everything"])
def test_a_stop_stands_only_when_the_call_that_was_judged_before_is_over(
    quiet: Simulator, one_call: Clinic, what: str
) -> None:
    found: list[tuple[bool, int]] = []

    def pressed(waits: Callable[[], None]) -> None:
        made = press(one_call, what)
        waits()
        stands = stopping.stands(made)
        found.append((stands, len(quiet.accepted())))

    assert not beside_its_call(one_call, pressed)
    assert found == [(True, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_hold_after_a_restore_waits_for_the_call_that_was_judged_before(
    quiet: Simulator, one_call: Clinic
) -> None:
    sent: list[int] = []

    def held(waits: Callable[[], None]) -> None:
        waits()
        holding.hold("A backup was restored.", db_now())
        sent.append(len(quiet.accepted()))

    assert not beside_its_call(one_call, held)
    assert sent == [1]
