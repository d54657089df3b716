"""No more people a day are contacted first than the front desk can answer."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from campaigns.models import Step
from compliance import gate
from compliance.checks import desk
from consent.models import Touch
from messaging import front_desk
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message, Status
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)


def may_answer(of: Client, first_a_day: int | None) -> None:
    Client.objects.filter(pk=of.pk).update(first_a_day=first_a_day)


def test_one_claim_takes_as_many_as_the_desk_can_answer_and_the_gate_says_why_the_rest_wait() -> None:
    clinic = people.clinic()
    launched(clinic, texts=9)
    may_answer(clinic, 4)
    assert len(claimed(clinic)) == 4
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        waiting = Message.objects.filter(status=Status.QUEUED)
        assert {tuple(each.failed) for each in waiting} == {("front_desk_full",)}
        Touch.objects.update(at=db_now() - timedelta(hours=25))
        waiting.update(due_at=db_now())
    assert len(claimed(clinic)) == 4


def test_without_a_limit_nobody_waits_and_a_follow_up_never_does() -> None:
    clinic = people.clinic()
    launched(clinic, texts=5)
    with acting_for(clinic.pk):
        rows = list(Message.objects.values("id", "household"))
        assert len(front_desk.within(clinic.pk, rows)) == 5
        may_answer(clinic, 1)
        assert len(front_desk.within(clinic.pk, rows)) == 1
        Step.objects.update(position=2)
        assert len(front_desk.within(clinic.pk, rows)) == 5
        judged = gate.judged(Message.objects.all(), db_now()).values_list("failed_now", flat=True)
        assert not any("front_desk_full" in failed for failed in judged)


def test_two_workers_share_the_room_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both dawdle between counting and handing over: only the lock stands between them and the double."""
    count = desk.contacted

    def slowly(*args: Any) -> Any:
        found = count(*args)
        list(found)
        time.sleep(1)
        return found

    monkeypatch.setattr(front_desk, "contacted", slowly)
    clinic = people.clinic()
    launched(clinic, texts=12)
    may_answer(clinic, 4)
    both = prepare(clinic.pk, "twilio", 64)
    ready = threading.Barrier(2)

    def work(half: list[Any]) -> None:
        try:
            with Locks() as locks:
                ready.wait(10)
                claim(clinic.pk, half, locks)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=[half]) for half in (both[::2], both[1::2])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with acting_for(clinic.pk):
        assert Message.objects.filter(status=Status.HANDING).count() == 4
