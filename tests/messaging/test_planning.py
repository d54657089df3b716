"""Planning: one row for everyone, written range by range on two connections, whatever dies in between."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest
from django.db import connection

from campaigns.models import Campaign, Launch
from messaging import outbox
from messaging.models import Message
from tenants import statistics
from tenants.models import Client, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 23


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RANGE", 2)


def signed(of: Client, signer: User | None = None, number: str = "+15742310600") -> Campaign:
    """People of whom the first and the last share a phone, and a campaign to all of them."""
    signer = signer or people.bob(of)
    with acting_for(of.pk):
        people.sms_sender(of, address=number)
        phones = [people.a_phone() for _ in range(PEOPLE - 1)]
        for phone in [*phones, phones[0]]:
            people.consent(people.contact(of, phone=phone))
        made = people.campaign(of)
        people.ready(of)
        people.approve(made, signer)
        made.refresh_from_db()
    return made


def launch(made: Campaign) -> Launch:
    with acting_for(made.client_id):
        return outbox.launch(made, by=None)


def test_ranges_written_side_by_side_leave_nobody_out_and_reach_a_shared_phone_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    made, insert, numbers = signed(clinic), outbox._insert, itertools.count()
    side_by_side = threading.Barrier(2, timeout=30)

    def noted(*given: Any) -> int:
        if next(numbers) < 2:
            side_by_side.wait()
        return insert(*given)

    monkeypatch.setattr(outbox, "_insert", noted)
    assert outbox.plan(launch(made)) == PEOPLE - 1
    with acting_for(clinic.pk):
        reached = list(Message.objects.values_list("address", flat=True))
        assert len(reached) == len(set(reached)) == PEOPLE - 1
        assert Launch.objects.get().planned == PEOPLE - 1


def test_whom_the_step_reached_already_is_asked_of_each_address_and_never_looked_up_in_a_list_of_all() -> (
    None
):
    made, said = signed(people.clinic()), []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    launched = launch(made)
    with acting_for(made.client_id), connection.execute_wrapper(note):
        assert outbox.plan(launched) == PEOPLE - 1
    written = {sql for sql in said if sql.startswith("INSERT INTO messaging_message")}
    assert written
    assert not [sql for sql in written if '"address_id" IN (SELECT' in sql]
    assert not [sql for sql in written if "NOT EXISTS" in sql], "a first launch reached nobody before"


def test_a_launch_that_cannot_be_planned_keeps_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    insert = outbox._insert

    def fails_for_the_clinic(step: Any, *given: Any) -> int:
        if step.client_id == clinic.pk:
            raise ConnectionError
        return insert(step, *given)

    monkeypatch.setattr(outbox, "_insert", fails_for_the_clinic)
    launch(signed(clinic))
    launch(signed(rival, signer=people.member("Rita", Role.APPROVER, client=rival), number="+15742310700"))
    assert outbox.finish_planning() == 1
    with acting_for(rival.pk):
        assert Message.objects.count() == PEOPLE - 1
    with acting_for(clinic.pk):
        assert Launch.objects.get().planned_at is None


def test_a_range_that_fails_beside_another_is_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = people.clinic()
    made, insert, calls = signed(clinic), outbox._insert, []

    def fails_once(*given: Any) -> int:
        calls.append(threading.current_thread())
        if len(calls) > 4 and calls[-1] is not threading.main_thread() and not failed:
            failed.append(True)
            raise ConnectionError
        return insert(*given)

    failed: list[bool] = []
    monkeypatch.setattr(outbox, "_insert", fails_once)
    launched = launch(made)
    with pytest.raises(ConnectionError):
        outbox.plan(launched)
    with acting_for(clinic.pk):
        assert 0 < Message.objects.count() < PEOPLE - 1
        assert Launch.objects.get().planned_at is None
    assert outbox.finish_planning() == 1
    with acting_for(clinic.pk):
        assert Message.objects.count() == PEOPLE - 1


def _known() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'messaging_message'::regclass")
        return float(cursor.fetchone()[0])


def test_after_a_plan_of_many_the_database_knows_how_many_messages_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "WORTH_COUNTING", PEOPLE - 1)
    outbox.plan(launch(signed(people.clinic())))
    assert _known() == PEOPLE - 1


def test_a_plan_that_adds_little_to_what_is_there_spends_no_time_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "WORTH_COUNTING", 1)
    monkeypatch.setattr(statistics, "gather", lambda *_: pytest.fail("nothing to gather"))
    monkeypatch.setattr(statistics, "outgrown", lambda _, written: written * 10 > 1_000_000)
    assert outbox.plan(launch(signed(people.clinic()))) == PEOPLE - 1
