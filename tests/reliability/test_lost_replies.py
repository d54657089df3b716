"""People's texts whose webhooks never came: all of them are found by asking, and nobody is written to before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from compliance.models import ReplyCheck
from consent.models import Suppression
from messaging import outbox, polling, tasks
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.scope import acting_for
from tests.reliability.lives import Case
from tests.reliability.stage import ENOUGH
from tests.simulators import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def asked_in_vain_then_found(simulator: Simulator, home: Path, people: int) -> None:
    """Half of the people say no; the simulator's clinics have no address for it."""
    of = Case(simulator, 0, home / "begun", texts=people).of
    outbox.plan(of.launch)
    for phone in of.phones[::2]:
        simulator.reply(phone, ENOUGH, of.number)
    with acting_for(of.id):  # nobody asked for sixteen minutes
        at = db_now()
        ReplyCheck.objects.update(
            checked_at=at - timedelta(minutes=16), valid_until=at - timedelta(minutes=1)
        )
    assert tasks.send_due() == 0
    assert simulator.accepted() == []
    assert polling.poll_if_due(of.id) == len(of.phones[::2])
    with acting_for(of.id):
        assert Suppression.objects.exclude(enforced_at=None).count() == len(of.phones[::2])
    for _ in range(people):
        with acting_for(of.id):
            if not Message.objects.filter(status=Status.QUEUED).update(due_at=db_now()):
                break
        tasks.send_due()
    assert {each["to"] for each in simulator.accepted()} == set(of.phones[1::2])


def test_replies_without_webhooks_are_all_found_and_hold_their_texts(
    quiet: Simulator, tmp_path: Path
) -> None:
    asked_in_vain_then_found(quiet, tmp_path, people=16)


@pytest.mark.reliability
def test_a_thousand_replies_without_webhooks_are_all_found(quiet: Simulator, tmp_path: Path) -> None:
    asked_in_vain_then_found(quiet, tmp_path, people=2_000)
