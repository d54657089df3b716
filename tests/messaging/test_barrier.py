"""From the barrier on no hand-off to the address begins: it waits for the one in hand, and never for long."""

from __future__ import annotations

import threading
import time

import psycopg2
import pytest

from compliance import stopping
from compliance.models import Stop
from consent.models import Suppression
from consent.suppressing import suppress
from messaging import barrier, in_hand
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message
from messaging.preparing import prepare
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from messaging.tasks import apply_hooks
from tenants import failpoints
from tenants.hashing import lock_key
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched, statuses
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


def test_a_hand_over_whose_locks_were_lost_with_their_session_is_waited_for_by_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for room, name in ((in_hand, "BEGIN_WITHIN"), (barrier, "BOUND"), (stopping, "BOUND")):
        monkeypatch.setattr(room, name, 60.0)
    clinic = people.clinic()
    campaign = launched(clinic, texts=1)
    with Locks() as worker:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 10), worker)
    (begun,) = wave.outgoing  # the database crashed: no lock is left, and the worker has not begun yet
    with acting_for(clinic.pk):
        address = Message.objects.get().address_id
        suppress(clinic.pk, address, Channel.SMS, Suppression.Source.KEYWORD)
        pause = stopping.stop(clinic, campaign, Stop.Kind.PAUSE, None, "")
    said: list[bool] = []
    waiting = [
        threading.Thread(target=barrier.enforce, args=[clinic.pk]),
        threading.Thread(target=lambda: said.append(stopping.stands(pause))),
    ]
    for each in waiting:
        each.start()
    time.sleep(0.3)
    assert stamped(clinic) == [False]
    assert not said
    with acting_for(clinic.pk):
        record_outcomes(clinic.pk, [Receipt(begun.attempt_id, Outcome.ACCEPTED, provider_id="SM1")])
    for each in waiting:
        each.join(30)
    assert stamped(clinic) == said == [True]


def test_nothing_leaves_of_a_wave_whose_locks_were_lost_before_its_rows_could_be_seen() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)

    def cut(step: str) -> None:
        if step == "tx1.before_commit":
            worker.close()

    failpoints.arm(cut)
    worker = Locks()
    try:
        with pytest.raises(psycopg2.InterfaceError):
            claim(clinic.pk, prepare(clinic.pk, "twilio", 10), worker)
    finally:
        failpoints.arm(None)
    assert statuses(clinic) == ["queued"]
