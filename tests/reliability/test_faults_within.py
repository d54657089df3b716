"""Faults of our own side of a hand-over: what one of them spoils is that one message, and no lock is let go too early."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client as Browser
from django.urls import reverse

from messaging import claiming, delivery, outbox, recording, tasks
from messaging.locks import Locks
from messaging.models import Attempt, Message, Status
from messaging.providers.twilio.provider import Twilio
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.reliability.lives import Case
from tests.reliability.stage import Clinic
from tests.simulators import Simulator, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def of(quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
    made = Case(quiet, 0, tmp_path / "begun").of
    outbox.plan(made.launch)
    return made


class Watched(ThreadPoolExecutor):
    """Keeps its calls."""

    def __init__(self) -> None:
        super().__init__(8)
        self.calls: list[Future[Any]] = []

    def submit(self, *given: Any, **named: Any) -> Future[Any]:
        self.calls.append(super().submit(*given, **named))
        return self.calls[-1]


def test_what_cannot_be_recorded_spoils_itself_only_and_the_locks_stay_until_the_last_call_is_back(
    of: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, close, record = Twilio.send, Locks.close, recording.record_outcomes
    guard, failed, pool = Lock(), Event(), Watched()
    begun: list[int] = []
    back: list[int] = []

    def sending(provider: Twilio, batch: Any, **named: Any) -> Any:
        with guard:
            begun.append(1)
            place = len(begun)
        if place == 3:
            assert failed.wait(30)
        (receipt,) = send(provider, batch, **named)
        return [receipt if place == 3 else replace(receipt, provider_id="SM" + "0" * 32)]

    def recorded(client_id: int, receipts: Any) -> int:
        try:
            return record(client_id, receipts)
        except IntegrityError:
            failed.set()
            raise

    def closing(self: Locks) -> None:
        back.append(sum(call.done() for call in pool.calls))
        close(self)

    monkeypatch.setattr(delivery, "_pool", pool)
    monkeypatch.setattr(Twilio, "send", sending)
    monkeypatch.setattr(delivery, "record_outcomes", recorded)
    monkeypatch.setattr(Locks, "close", closing)
    with pytest.raises(IntegrityError):
        delivery.drain(of.id, 5)
    assert back == [3]
    with acting_for(of.id):
        assert sorted(Attempt.objects.values_list("outcome", flat=True)) == ["", "accepted", "accepted"]


def test_a_wave_whose_locks_died_before_the_first_call_is_queued_again(
    of: Clinic, quiet: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Locks.take

    def gone(*_: Any) -> None:
        raise psycopg2.OperationalError("server closed the connection")

    def dying(self: Locks, pairs: Any, shared: Any = None) -> list[bool]:
        taken = take(self, pairs, shared)
        if shared is not None:
            monkeypatch.setattr(self, "release", gone)
        return taken

    monkeypatch.setattr(Locks, "take", dying)
    with pytest.raises(psycopg2.OperationalError):
        delivery.drain(of.id, 5)
    assert quiet.accepted() == []
    with acting_for(of.id):
        assert set(Message.objects.values_list("status", "requeues")) == {("queued", 1)}
        assert set(Attempt.objects.values_list("outcome", "code")) == {("not_sent", "unlocked")}


def test_one_person_whom_no_key_opens_holds_up_nobody_else(of: Clinic, quiet: Simulator) -> None:
    with acting_for(of.id), connection.cursor() as cursor:
        first = Message.objects.earliest("due_at", "pk")
        cursor.execute(
            "UPDATE consent_contact SET first_name = 'gAAAAAno-key-of-ours' WHERE id = %s", [first.contact_id]
        )
    delivery.drain(of.id, 5)
    assert len(quiet.accepted()) == 2
    with acting_for(of.id):
        left = Message.objects.get(status=Status.QUEUED)
        assert (left.pk, left.failed, left.due_at > db_now()) == (first.pk, ["unreadable"], True)
    page = reverse("live", kwargs={"client": of.client.slug, "campaign": of.launch.campaign_id})
    browser = people.sign_in(Browser(), people.alice())
    assert "cannot be read with the keys in use" in browser.get(page).content.decode()


def test_two_beats_and_two_sweeps_at_the_same_moment_do_nothing_twice(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
    monkeypatch.setattr(tasks.send_due, "apply_async", lambda **_: tasks.send_due())
    of = Case(quiet, 0, tmp_path / "begun", texts=4).of

    def at_once(task: Any) -> None:
        together = Barrier(2)

        def one(_: int) -> None:
            try:
                together.wait(30)
                task()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(2)))

    def all_accepted() -> bool:
        at_once(tasks.sweep)
        at_once(tasks.ring)
        with acting_for(of.id):
            Message.objects.filter(status=Status.QUEUED).update(due_at=db_now())
            return set(Message.objects.values_list("status", flat=True)) == {Status.ACCEPTED}

    eventually(all_accepted, within=60)
    assert sorted(each["to"] for each in quiet.accepted()) == sorted(of.phones)
    with acting_for(of.id):
        assert Attempt.objects.count() == Message.objects.count() == 4
