"""A stop that is pressed while a wave is prepared claims nothing of it; pressed a moment later, it waits for the calls."""

from __future__ import annotations

import threading
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["campaign", "client", "everything"])
def test_a_stop_stands_only_when_the_call_that_was_judged_before_is_over(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
    monkeypatch.setattr(stopping, "BOUND", 60.0)
    of = Case(quiet, 0, tmp_path / "begun", texts=1).of
    outbox.plan(of.launch)
    committed, over = threading.Event(), threading.Event()
    stands: list[bool] = []
    sent: list[int] = []

    def pressed() -> None:
        try:
            made = press(of, what)
            committed.set()
            stands.append(stopping.stands(made))
            sent.append(len(quiet.accepted()))
        finally:
            over.set()
            connections.close_all()

    early: list[bool] = []

    def heard(step: str) -> None:
        if step == "begin.check":
            failpoints.arm(None)
            threading.Thread(target=pressed).start()
            assert committed.wait(30)
            early.append(over.wait(0.15))

    failpoints.arm(heard)
    try:
        assert delivery.drain(of.id) == 1
    finally:
        failpoints.arm(None)
    assert over.wait(30)
    assert (early, stands, sent) == ([False], [True], [1])


@pytest.mark.django_db(transaction=True)
def test_a_hold_after_a_restore_waits_for_the_call_that_was_judged_before(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
    monkeypatch.setattr(stopping, "BOUND", 60.0)
    of = Case(quiet, 0, tmp_path / "begun", texts=1).of
    outbox.plan(of.launch)
    begun, over = threading.Event(), threading.Event()
    sent: list[int] = []

    def held() -> None:
        try:
            begun.set()
            holding.hold("A backup was restored.", db_now())
            sent.append(len(quiet.accepted()))
        finally:
            over.set()
            connections.close_all()

    early: list[bool] = []

    def heard(step: str) -> None:
        if step == "begin.check":
            failpoints.arm(None)
            threading.Thread(target=held).start()
            assert begun.wait(30)
            early.append(over.wait(0.3))

    failpoints.arm(heard)
    try:
        assert delivery.drain(of.id) == 1
    finally:
        failpoints.arm(None)
    assert over.wait(30)
    assert (early, sent) == ([False], [1])
