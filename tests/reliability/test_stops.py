"""Opt-outs of many at once: of those waiting nobody is written to, and those in hand are waited for (reliability G6, G7)."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from django.db import connections

from consent.models import Address, ConsentRecord, Contact, ContactPoint, Suppression
from consent.suppressing import Wish, suppress_many
from messaging import barrier, delivery, outbox
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Attempt, Inbound, Message, RawHook, Status
from messaging.preparing import prepare
from tenants.models import Channel
from tenants.scope import acting_for
from tenants.statistics import gather
from tests.reliability.killing import ENOUGH_QUEUED, Run, stage
from tests.reliability.lives import Case
from tests.simulators import Simulator, eventually

pytestmark = pytest.mark.django_db(transaction=True)
PACE = 0.02  # seconds between two people's STOP
STOPS = int(os.environ.get("STOPS", "10000"))


def stamped(of_id: int) -> int:
    with acting_for(of_id):
        enforced: int = Suppression.objects.exclude(enforced_at=None).count()
        return enforced


def said_by_all(quiet: Simulator, home: Path, monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    """A fifth of them are in hand when everybody says no at once; the others' words are written already."""
    monkeypatch.setattr(barrier, "BOUND", 60.0)
    of = Case(quiet, 0, home / "begun", texts=people).of
    outbox.plan(of.launch)
    gather(Contact, ContactPoint, Address, ConsentRecord, Message)  # as autovacuum does in a minute
    fifth = people // 5
    with Locks() as worker, Locks() as later:
        in_hand = claim(of.id, prepare(of.id, "twilio", fifth), worker)
        assert len(in_hand.outgoing) == fifth
        written = prepare(of.id, "twilio", people)
        with acting_for(of.id):
            everybody = Address.objects.resolve(Channel.SMS, of.phones).values()
            suppress_many(of.id, {Wish(each, Channel.SMS, Suppression.Source.KEYWORD) for each in everybody})
        enforcing = threading.Thread(target=enforce, args=[of.id])
        enforcing.start()
        eventually(lambda: stamped(of.id) == people - fifth, within=60)
        assert enforcing.is_alive()
        assert claim(of.id, written, later).outgoing == []
        worker.release({key for keys in in_hand.keys.values() for key in keys}, in_hand.under)
        enforcing.join(60)
    assert stamped(of.id) == people
    delivery.drain(of.id)
    with acting_for(of.id):
        assert Attempt.objects.count() == fifth
        assert Message.objects.filter(status=Status.HELD).count() == people - fifth
    assert quiet.accepted() == []


def test_of_many_who_say_stop_those_in_hand_are_waited_for_and_nobody_else_is_written_to(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_by_all(quiet, tmp_path, monkeypatch, people=50)


@pytest.mark.reliability
def test_of_five_hundred_who_say_stop_those_in_hand_are_waited_for_and_nobody_else_is_written_to(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_by_all(quiet, tmp_path, monkeypatch, people=500)


def enforce(client_id: int) -> None:
    try:
        barrier.enforce(client_id)
    finally:
        connections.close_all()


class Said(Run):
    """Nobody is killed; so many people say STOP, many a second, while they are being written to."""

    def faults(self) -> dict[str, float]:
        return {"latency_ms": 20.0}

    def _killing(self) -> None:
        while len(self._stopped) < self.kills:
            if self._waiting() < ENOUGH_QUEUED:
                self._another()
            time.sleep(0.2)
        self.done = len(self._stopped)

    def _stopping(self) -> None:
        while len(self._stopped) < self.kills and not self._said.wait(PACE):
            self._stop_one()
        connections.close_all()

    def took(self) -> list[float]:
        """Seconds from a webhook's row until its person's opt-out was enforced, the fastest first."""
        with acting_for([each.id for each in self.clinics]):
            came = dict(RawHook.objects.filter(kind="inbound").values_list("delivery_id", "received_at"))
            of = dict(Inbound.objects.values_list("address_id", "provider_id"))
            rows = list(Suppression.objects.values_list("address_id", "enforced_at"))
        return sorted((enforced - came[of[address]]).total_seconds() for address, enforced in rows)


@pytest.mark.reliability
def test_three_hundred_stops_while_sending_are_all_in_force_and_nothing_begins_after(tmp_path: Path) -> None:
    with stage(tmp_path, DAWDLES="0") as on:
        run = Said(on, kills=300, seed=1)
        verdict = run.verdict()
        took = run.took()
    print(
        f"{verdict}: in force p50 {took[len(took) // 2]:.3f} s, p99 {took[int(len(took) * 0.99) - 1]:.3f} s, "
        f"the slowest {took[-1]:.3f} s"
    )
    assert verdict.kept, verdict
    assert len(took) == 300


class Aimed(Said):
    """Whoever says STOP is being written to at that moment."""

    share = 1.0

    def _aim(self) -> Status:
        return Status.HANDING

    def in_hand(self) -> int:
        """Of those who said it how many were still in hand when their opt-out was stored."""
        with acting_for([each.id for each in self.clinics]):
            since = dict(Suppression.objects.values_list("address_id", "since"))
            rows = Attempt.objects.filter(message__address__in=since)
            return sum(
                claimed <= since[address] and (finished is None or since[address] <= finished)
                for address, claimed, finished in rows.values_list(
                    "message__address_id", "claimed_at", "finished_at"
                )
            )


@pytest.mark.reliability
def test_of_ten_thousand_stops_aimed_at_what_is_in_flight_none_is_overtaken(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        run = Aimed(on, kills=STOPS, seed=1, batch=400)
        verdict = run.verdict()
        in_hand = run.in_hand()
    print(f"{verdict}: {in_hand} were in hand when their opt-out was stored")
    assert verdict.kept, verdict
    assert verdict.kills == STOPS
    assert in_hand > STOPS / 10
