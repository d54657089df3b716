"""Whatever way the provider's answer goes wrong, we say that we do not know, find out by asking, and send nothing again (G5)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from config.celery import app
from messaging import delivery, live_counts, outbox, reconciling, tasks
from messaging.models import Attempt, Message, Status
from messaging.providers import pool
from tenants.clock import db_now
from tenants.scope import acting_for
from tests.messaging.flight import claimed
from tests.reliability.lives import Case
from tests.reliability.stage import Clinic, count
from tests.simulators import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
# What goes wrong with the call, and whether the provider has the text all the same.
MODES: dict[str, tuple[dict[str, float], bool]] = {
    "timeout": ({"latency_ms": 900.0}, False),
    "reset": ({"lost_reply": 1.0}, True),
    "never arrived": ({"dropped": 1.0}, False),
    "server error": ({"accepted_500": 1.0}, True),
    "half an answer": ({"truncated_201": 1.0}, True),
}
FOR_AS_LONG = reconciling.ASK_FOR


def handed_over(of: Clinic) -> None:
    outbox.plan(of.launch)
    for _ in range(10):  # on a slow machine some begin too late, and wait their turn again
        delivery.drain(of.id)
        with acting_for(of.id):
            if not Message.objects.filter(status=Status.QUEUED).update(due_at=db_now()):
                return


def ended_as(of: Clinic) -> set[str]:
    with acting_for(of.id):
        return set(Message.objects.values_list("status", flat=True))


def mine(simulator: Simulator, of: Clinic) -> list[str]:
    """To whom of its people the provider has a text, once for each."""
    theirs = set(of.phones)
    return [each["to"] for each in simulator.accepted() if each["to"] in theirs]


@pytest.mark.reliability
def test_two_hundred_unclear_answers_are_said_and_found_out_and_nothing_is_sent_again(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = 200 // len(MODES)
    monkeypatch.setattr(reconciling, "ASK_FOR", FOR_AS_LONG)
    for number, (mode, (fault, taken)) in enumerate(MODES.items()):
        of = Case(quiet, number, tmp_path / "begun", texts).of
        quiet.faults(**fault)
        with monkeypatch.context() as hurried:  # nobody waits ten seconds for an answer that never comes
            hurried.setattr(pool, "READ", 0.3 if mode == "timeout" else pool.READ)
            handed_over(of)
        quiet.faults()
        with acting_for(of.id):  # what its page shows
            assert live_counts.live(of.launch.campaign, of.launch).total.unknown == texts, mode
        assert len(mine(quiet, of)) == (texts if taken else 0), mode
        for _ in range(1 + texts // reconciling.AT_ONCE):
            for _ in range(reconciling.ASKS):
                reconciling.find_out(of.id)
        assert ended_as(of) == ({Status.ACCEPTED} if taken else {Status.UNKNOWN}), mode
        with acting_for(of.id):
            Attempt.objects.update(claimed_at=F("claimed_at") - FOR_AS_LONG)
        reconciling.find_out(of.id)
        assert ended_as(of) == ({Status.ACCEPTED} if taken else {Status.UNRESOLVED}), mode
        tasks.send_due()
        found = count(of, quiet.accepted())
        assert (found.double, found.unrecorded, found.never_sent, found.lost) == (0, 0, 0, 0), mode
        assert len(mine(quiet, of)) == (texts if taken else 0), mode


def test_a_call_that_nobody_came_back_from_is_said_to_be_unknown_within_a_minute(
    quiet: Simulator, tmp_path: Path
) -> None:
    of = Case(quiet, 0, tmp_path / "begun", texts=3).of
    outbox.plan(of.launch)
    assert len(claimed(of.client)) == 3
    until_next_round = timedelta(seconds=app.conf.beat_schedule["sweep"]["schedule"])
    with acting_for(of.id):
        Attempt.objects.update(deadline=db_now() - (timedelta(minutes=1) - until_next_round))
    tasks.sweep()
    assert ended_as(of) == {Status.UNKNOWN}
