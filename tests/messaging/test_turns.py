"""Nobody's large campaign keeps another client waiting: turns go to whoever was served longest ago."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from campaigns.models import Launch
from messaging import delivery, due, holding, outbox, tasks
from messaging.models import Message, Status, Turn
from messaging.providers.base import Outcome, Outgoing, Receipt
from tenants.models import Client, ProviderAccount, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched
from tests.simulators import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Who was served, in order. Each turn of the large one lasts and leaves something; the small one is done in one."""
    turns: list[int] = []

    def drain(client_id: int, seconds: float) -> int:
        turns.append(client_id)
        if len(turns) > 12:
            monkeypatch.setattr(tasks, "told_to_leave", lambda: True)
        return 64

    monkeypatch.setattr(delivery, "drain", drain)
    monkeypatch.setattr(holding, "history_is_ours", lambda: True)
    return turns


def two(large: int = 30) -> tuple[Client, Client]:
    big, small = people.clinic(), people.rival_clinic()
    launched(big, texts=large)
    people.user("Bob")
    with acting_for(big.pk):
        Message.objects.filter(client=big).update(due_at="2020-01-01T00:00Z")
    return big, small


def bring(small: Client) -> None:
    signer = people.member("Rita", Role.APPROVER, client=small)
    with acting_for(small.pk):
        people.sms_sender(small, address="+15742310700")
        people.consent(people.contact(small, phone=people.a_phone()))
        made = people.campaign(small)
        people.ready(small)
        people.approve(made, signer)
        made.refresh_from_db()
        outbox.launch(made, by=None)


def test_a_new_clients_turn_is_next_however_much_another_has_waiting(served: list[int]) -> None:
    big, small = two()
    with due.turn() as first:
        assert first == big.pk
    bring(small)
    outbox.finish_planning()
    tasks.send_due()
    assert served[0] == small.pk
    assert served[1:5] == [big.pk, small.pk, big.pk, small.pk]


def test_a_client_with_nothing_that_may_leave_gives_its_turn_away(
    served: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    big, small = two()
    bring(small)
    outbox.finish_planning()

    def drain(client_id: int, _: float) -> int:
        served.append(client_id)
        return 0

    monkeypatch.setattr(delivery, "drain", drain)
    assert tasks.send_due() == 0
    assert sorted(served) == sorted([big.pk, small.pk])


def test_one_clients_trouble_is_not_anothers(served: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    big, small = two()
    bring(small)
    outbox.finish_planning()

    def drain(client_id: int, _: float) -> int:
        served.append(client_id)
        if client_id == big.pk:
            raise ZeroDivisionError
        return 0

    monkeypatch.setattr(delivery, "drain", drain)
    tasks.send_due()
    assert set(served) == {big.pk, small.pk}


def test_no_more_workers_serve_one_client_than_have_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The places are session locks: another worker's are another session's."""
    big, _ = two()
    inside, leave, got = threading.Barrier(4), threading.Event(), []

    def work() -> None:
        try:
            with due.turn() as client_id:
                got.append(client_id)
                inside.wait(30)
                leave.wait(30)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    inside.wait(30)
    leave.set()
    for worker in workers:
        worker.join(30)
    assert sorted(got, key=str) == [big.pk, big.pk, None]


def test_bells_carry_nothing_and_ring_for_everybody_with_something_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two()
    monkeypatch.setattr(holding, "history_is_ours", lambda: True)
    rung: list[Any] = []
    monkeypatch.setattr(tasks.send_due, "apply_async", lambda *args, **options: rung.append((args, options)))
    assert tasks.ring() == 1
    assert (
        rung == [((), {"expires": 5})] * due.AT_ONCE_PER_CLIENT
    )  # and no time to be run at: the database knows it
    assert Turn.objects.count() == 0


def test_a_small_launch_is_planned_while_a_large_one_still_is(monkeypatch: pytest.MonkeyPatch) -> None:
    big, small = two(large=12)
    with acting_for(big.pk):
        Message.objects.all().delete()
        Launch.objects.update(planned_at=None, progress={})
    bring(small)
    monkeypatch.setattr(outbox, "RANGE", 2)
    insert, order = outbox._insert, []

    def noted(step: Any, *args: Any) -> int:
        order.append(step.client_id)
        return insert(step, *args)

    monkeypatch.setattr(outbox, "_insert", noted)
    assert outbox.finish_planning() == 2
    assert order.index(small.pk) == outbox.AT_ONCE
    assert order.count(big.pk) > 4
    assert outbox.finish_planning() == 0


def test_two_workers_do_not_plan_one_launch() -> None:
    big, _ = two(large=1)
    with acting_for(big.pk):
        launch = Launch.objects.get()
        Launch.objects.update(planned_at=None)
    assert outbox._try_lock("pg_try_advisory_lock", launch)

    def elsewhere() -> int:
        try:
            return outbox.finish_planning()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(elsewhere).result(20) == 0
    outbox._try_lock("pg_advisory_unlock", launch)
    assert outbox.finish_planning() == 1


class Quick:
    """A provider that takes everything after a moment."""

    most_at_once = 1

    def connect(self) -> None: ...

    def groups(self, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
        return [[each] for each in outgoing]

    def send(self, batch: Sequence[Outgoing], *, begin_by: float) -> list[Receipt]:
        time.sleep(0.3)  # 27 a second: 400 last for a quarter of a minute at least
        return [Receipt(each.attempt_id, Outcome.ACCEPTED, f"SM{each.attempt_id.hex}") for each in batch]


def test_a_new_clients_first_text_leaves_within_ten_seconds_of_its_launch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One worker, a client with far more than it can send in that time, and another that launches meanwhile."""
    big, small = two(large=400)
    for each in (big, small):
        with acting_for(each.pk):
            ProviderAccount.objects.create(client=each, provider="twilio", account_id="AC1", settings="{}")
    monkeypatch.setattr(delivery, "provider_for", lambda _: Quick())
    monkeypatch.setattr(holding, "history_is_ours", lambda: True)
    monkeypatch.setattr(delivery, "IN_FLIGHT", 8)

    leave = threading.Event()
    for room in (tasks, delivery):
        monkeypatch.setattr(room, "told_to_leave", leave.is_set)

    def work() -> None:
        try:
            while not leave.is_set():
                tasks.send_due()
        finally:
            connections.close_all()

    def accepted(of: Client, **after: Any) -> Message | None:
        with acting_for(of.pk):
            found: Message | None = Message.objects.filter(status=Status.ACCEPTED, **after).first()
            return found

    bring(small)
    worker = threading.Thread(target=work)
    worker.start()
    try:
        eventually(lambda: accepted(big))
        outbox.finish_planning()
        first = eventually(lambda: accepted(small))
        eventually(lambda: accepted(big, claimed_at__gt=first.claimed_at))  # which is sent on all the same
    finally:
        leave.set()
        worker.join(60)
    assert first.claimed_at - first.planned_at < timedelta(seconds=10)
    with acting_for(big.pk):
        assert Message.objects.filter(status=Status.QUEUED).exists()
