"""From the barrier on no hand-off to the address begins: it waits for the one in hand, and never for long."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from compliance import stopping
from consent.models import Suppression
from consent.suppressing import suppress
from messaging import barrier
from messaging.locks import Locks
from messaging.tasks import apply_hooks
from tenants import lost_locks
from tenants.hashing import lock_key
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people
from tests.simulators import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def opted_out(of: Client, phone: str) -> int:
    """The id of the address."""
    with acting_for(of.pk):
        point = people.point(people.contact(of), Channel.SMS, phone)
        suppress(of.pk, point.address_id, Channel.SMS, Suppression.Source.KEYWORD)
    return int(point.address_id)


def stamped(of: Client) -> list[bool]:
    with acting_for(of.pk):
        return [each.enforced_at is not None for each in Suppression.objects.order_by("pk")]


def test_an_opt_out_nobody_is_sending_to_is_enforced_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barrier, "BOUND", 60.0)
    clinic = people.clinic()
    opted_out(clinic, people.a_phone())
    began = time.monotonic()
    assert barrier.enforce(clinic.pk) == 1
    assert time.monotonic() - began < 30
    with acting_for(clinic.pk):
        made = Suppression.objects.get()
        assert made.enforced_at
        assert made.enforced_at > made.since
    assert barrier.enforce(clinic.pk) == 0


def test_it_waits_for_the_call_in_hand_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barrier, "BOUND", 60.0)
    clinic = people.clinic()
    in_hand = opted_out(clinic, people.a_phone())
    opted_out(clinic, people.a_phone())
    with Locks() as worker:
        key = lock_key("address", in_hand)
        assert worker.take([(key, key)]) == [True]
        waiting = threading.Thread(target=barrier.enforce, args=[clinic.pk])
        waiting.start()
        eventually(lambda: stamped(clinic) == [False, True])
        assert waiting.is_alive()
        worker.release([key])
        waiting.join(30)
    assert stamped(clinic) == [True, True]


def test_a_worker_that_is_stuck_holds_it_up_for_three_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(barrier, "BOUND", 2.0)
    clinic = people.clinic()
    held = [opted_out(clinic, people.a_phone()) for _ in range(8)]
    with Locks() as worker:
        worker.take([(lock_key("address", each),) * 2 for each in held])
        began = time.monotonic()
        barrier.enforce(clinic.pk)
        assert 1.9 < time.monotonic() - began < 12, "once for all eight"
    assert stamped(clinic) == [True] * 8


def test_a_claim_cannot_have_an_address_while_the_barrier_has_it() -> None:
    key = lock_key("address", 1)
    with Locks() as worker, Locks() as other:
        assert other.wait(key, 1) is True
        assert worker.take([(key, key)]) == [True]
        assert other.wait(key, 0.05) is False
        worker.release([key])
        assert other.wait(key, 1) is True


def test_the_round_finds_opt_outs_that_came_without_a_webhook() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    opted_out(clinic, people.a_phone())
    opted_out(rival, people.a_phone())
    apply_hooks()
    assert stamped(clinic) == stamped(rival) == [True]


@pytest.mark.parametrize("waits_for", ["an opt-out", "a red button"])
def test_right_after_a_crash_of_the_database_a_free_lock_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, waits_for: str
) -> None:
    """Whoever held it may be about to call: the crash ended only the session."""
    clinic = people.clinic()
    opted_out(clinic, people.a_phone())
    pressed = stopping.stop_everything(None, "Wait")
    monkeypatch.setattr(lost_locks, "since_crash", lambda: lost_locks.BOUND - 0.5)
    began = time.monotonic()
    if waits_for == "an opt-out":
        barrier.enforce(clinic.pk)
    else:
        assert stopping.stands(pressed)
    assert time.monotonic() - began >= 0.5


def test_the_database_tells_since_when_its_sessions_can_have_held_locks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())")
        running = float(cursor.fetchone()[0])
    assert 0 < lost_locks.since_crash() <= running + 60
