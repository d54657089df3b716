"""Whether this is the database that we lived in the last time; another one holds everything."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance.models import StopEverything
from messaging import holding
from messaging.models import History, Hold, WorkerHeartbeat
from tenants.clock import db_now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name, value", [("system", "another"), ("timeline", "000000FF")])
def test_another_server_or_timeline_holds_everything(name: str, value: str) -> None:
    assert holding.history_is_ours()
    History.objects.update(**{name: value})
    assert not holding.history_is_ours()
    assert StopEverything.objects.filter(ended_at=None).count() == 1
    assert not holding.history_is_ours()  # once is enough
    assert Hold.objects.count() == 1


def test_a_database_that_stands_before_what_was_written_holds_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert holding.history_is_ours()
    monkeypatch.setattr(holding, "_remembered", lambda last: (2**62, None))
    assert not holding.history_is_ours()


def test_a_dump_read_back_into_the_same_server_holds_everything() -> None:
    """System and timeline are the same, and reading it back has moved the clock of writes on."""
    assert holding.history_is_ours()
    dumped = db_now() - timedelta(minutes=10)
    History.objects.update(seen_at=dumped)
    assert holding.history_is_ours()  # seen again now, which the broker remembers
    History.objects.update(seen_at=dumped)
    assert not holding.history_is_ours()
    assert Hold.objects.get().lost_since == dumped
    Hold.objects.update(asked_at=db_now())
    assert holding.history_is_ours()  # noticed once


def test_another_installation_with_the_same_broker_is_no_gap() -> None:
    assert holding.history_is_ours()
    History.objects.update(seen_at=db_now() - timedelta(minutes=10))
    assert holding.history_is_ours()
    History.objects.update(seen_at=db_now() - timedelta(minutes=10), name=uuid.uuid4())
    assert holding.history_is_ours()


def test_what_another_worker_wrote_at_this_very_moment_is_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers look at the same time; the other one's point is later than ours."""
    assert holding.history_is_ours()
    asked = holding._remembered

    def after_another(last: History) -> Any:
        before = now = written_until()
        while now <= before:  # the server writes every fifth of a second
            WorkerHeartbeat.objects.update_or_create(name="another", defaults={"at": db_now()})
            now = written_until()
        holding._note(last, now)
        return asked(last)

    monkeypatch.setattr(holding, "_remembered", after_another)
    for _ in range(3):
        assert holding.history_is_ours()
    assert not Hold.objects.exists()


def written_until() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")
        return int(cursor.fetchone()[0])


def test_a_broker_that_forgot_is_no_reason_to_hold(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert holding.history_is_ours()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert holding.history_is_ours()
