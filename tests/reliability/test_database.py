"""What stands between a worker and its database, or bars it for a while: a pooler (F16), a migration's lock (F19), a
connection that is cut (F15), a full disk (F27)."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection, connections

from consent.models import Suppression
from messaging import claiming, delivery, outbox, tasks
from messaging.locks import Locks
from messaging.models import Attempt, Message
from tenants import failpoints
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched, statuses
from tests.reliability.lives import Case
from tests.simulators import Simulator, eventually

pytestmark = pytest.mark.django_db(transaction=True)


class Pooled:
    """A connection to a pooler in transaction mode: each statement may meet another of its servers."""

    def __init__(self, servers: list[Any], told: int) -> None:
        self._servers, self._next, self._told = servers, itertools.cycle(servers), told
        self.autocommit = True

    def get_backend_pid(self) -> int:
        return self._told

    def cursor(self) -> Any:
        return next(self._next).cursor()

    def close(self) -> None:
        for server in self._servers:
            server.close()


def pooler(monkeypatch: pytest.MonkeyPatch, servers: int, told: int | None) -> None:
    """`told`: which process the pooler calls itself when it is connected to; None: its first server's."""
    connect = psycopg2.connect

    def connected(**given: Any) -> Pooled:
        made = [connect(**given) for _ in range(servers)]
        for each in made:
            each.autocommit = True
        return Pooled(made, made[0].get_backend_pid() if told is None else told)

    monkeypatch.setattr("messaging.locks.psycopg2.connect", connected)


@pytest.mark.parametrize("servers, told", [(2, None), (1, 4711)], ids=["busy", "idle"])
def test_through_a_pooler_nothing_is_locked_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, servers: int, told: int | None
) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    pooler(monkeypatch, servers, told)
    with pytest.raises(RuntimeError, match="direct database connection"):
        Locks()
    with pytest.raises(RuntimeError, match="direct database connection"):
        delivery.drain(clinic.pk, 1)
    assert statuses(clinic) == ["queued"]


def test_a_direct_connection_is_taken() -> None:
    with Locks() as locks:
        assert locks.take([(1, 2)]) == [True]


@pytest.fixture
def migration(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A migration's connection. Our own statements give up their waiting for locks after a tenth of a second."""
    options = connection.settings_dict["OPTIONS"]
    assert "lock_timeout=10s" in options["options"]
    monkeypatch.setitem(options, "options", options["options"].replace("=10s", "=100ms", 1))
    connection.close()
    owner = psycopg2.connect(os.environ["OWNER_DATABASE_URL"])
    yield owner
    failpoints.arm(None)
    owner.close()
    connection.close()


def bar(migration: Any) -> None:
    migration.cursor().execute("LOCK TABLE messaging_message IN ACCESS EXCLUSIVE MODE")


def test_while_a_migration_bars_the_table_nothing_begins_and_afterwards_all_goes_on(
    quiet: Simulator, tmp_path: Path, migration: Any
) -> None:
    of = Case(quiet, 0, tmp_path / "begun")
    outbox.plan(of.of.launch)
    bar(migration)
    with pytest.raises(OperationalError, match="lock timeout"):
        tasks.send_due()
    assert quiet.accepted() == []
    migration.rollback()
    of.rest()
    of.held_true("barred")


def test_a_migration_between_call_and_record_costs_no_outcome(
    quiet: Simulator, tmp_path: Path, migration: Any
) -> None:
    of = Case(quiet, 0, tmp_path / "begun")
    outbox.plan(of.of.launch)
    barred = threading.Event()

    def heard(step: str) -> None:
        if step == "tx2.before" and not barred.is_set():
            barred.set()
            bar(migration)
            threading.Timer(0.5, migration.rollback).start()

    failpoints.arm(heard)
    tasks.send_due()
    assert barred.is_set()
    with acting_for(of.of.id):
        assert set(Message.objects.values_list("status", flat=True)) == {"accepted"}


@pytest.fixture
def heard() -> Iterator[Any]:
    """Arms what it is given; disarmed at the end."""
    yield failpoints.arm
    failpoints.arm(None)


def cut_the_locks() -> None:
    """The sessions that hold locks end, as when the database's server is replaced; they are gone at the return."""
    holding = (
        "FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) {holding}")

        def gone() -> bool:
            cursor.execute(f"SELECT count(*) {holding}")
            return bool(cursor.fetchone()[0] == 0)

        eventually(gone)


@pytest.mark.parametrize("late", [True, False], ids=["after", "within"])
def test_after_its_locks_were_cut_a_call_begins_within_its_two_seconds_or_never(
    quiet: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: Any, late: bool
) -> None:
    """With the locks gone a STOP waits for its row (tests/messaging/test_barrier.py); here, that nothing begins after its time."""
    within = 0.2 if late else 60.0
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", within)
    of = Case(quiet, 0, tmp_path / "begun", texts=1)
    outbox.plan(of.of.launch)

    def cut(step: str) -> None:
        if step == "begin.check":
            failpoints.arm(None)
            cut_the_locks()
            of.say_stop()
            connections.close_all()
            time.sleep(within if late else 0)

    heard(cut)
    assert delivery.drain(of.of.id, 5) == (0 if late else 1)
    with acting_for(of.of.id):
        assert Suppression.objects.get().enforced_at is not None
        assert Attempt.objects.get().outcome == ("not_sent" if late else "accepted")
        Message.objects.filter(status="queued").update(due_at=db_now())
    delivery.drain(of.of.id, 5)
    assert statuses(of.of.client) == ["held" if late else "accepted"]
    assert len(quiet.accepted()) == (0 if late else 1)


def test_when_the_disk_is_full_at_the_commit_of_a_claim_nothing_is_sent(
    quiet: Simulator, tmp_path: Path, heard: Any
) -> None:
    of = Case(quiet, 0, tmp_path / "begun").of
    outbox.plan(of.launch)

    def full(step: str) -> None:
        if step == "tx1.before_commit":
            raise OperationalError("could not extend file: No space left on device")

    heard(full)
    with pytest.raises(OperationalError, match="No space left"):
        delivery.drain(of.id, 5)
    assert quiet.accepted() == []
    with acting_for(of.id):
        assert not Attempt.objects.exists()
    assert set(statuses(of.client)) == {"queued"}
