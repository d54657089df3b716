"""The counters lose nothing when two connections write at once; and were one of their triggers gone, the recount would say so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction

from campaigns.models import Campaign
from messaging import tally
from messaging.models import Entry, Inbound, Message, Status
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_second_wordings import TWO
from tests.messaging.flight import reply
from tests.messaging.tallied import same_as_recounted
from tests.messaging.world import MAIL, launched
from tests.tenants.sealed import superuser, tamper

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 2, 1, 4, 30, tzinfo=UTC)  # 31 January, 23:30 in Indiana
HAND_OVER = "UPDATE messaging_message SET status = 'handing', claimed_at = %s, judged_at = %s, failed = '{}' WHERE id = %s"
BACK = "UPDATE messaging_message SET status = 'queued' WHERE id = %s"


class Second:
    """Another connection of the application: in the client's scope, in a transaction that stays open."""

    def __init__(self, of: Client) -> None:
        params = {
            name: value for name, value in connection.get_connection_params().items()
            if name in {"dbname", "user", "password", "host", "port"}
        }  # fmt: skip
        self.connected = psycopg2.connect(**params)
        self.cursor = self.connected.cursor()
        self.cursor.execute("SELECT set_config('app.clients', %s, true)", [f"{{{of.pk}}}"])
        self.cursor.execute("SET LOCAL lock_timeout = '20s'")
        self.pid = self.connected.info.backend_pid

    def close(self) -> None:
        self.connected.close()


@contextmanager
def two(of: Client) -> Iterator[tuple[Second, Second]]:
    with closing(Second(of)) as one, closing(Second(of)) as other:
        yield one, other


def at_once(one: Second, other: Second, first: tuple[str, list[Any]], second: tuple[str, list[Any]]) -> None:
    """The first statement stands uncommitted while the second begins; both end."""
    one.cursor.execute(*first)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(partial(other.cursor.execute, *second))
        until = time.monotonic() + 10
        while not done.done() and not _waits(other.pid) and time.monotonic() < until:
            time.sleep(0.01)
        one.connected.commit()
        done.result(20)
    other.connected.commit()


def _waits(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", [pid]
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture
def clinic() -> Client:
    made = people.clinic()
    launched(made, TWO, MAIL, texts=1)
    return made


def ids(of: Client) -> list[int]:
    """Texts first."""
    with acting_for(of.pk):
        return list(Message.objects.order_by("-channel", "pk").values_list("pk", flat=True))


def test_two_writers_at_once_both_count_and_neither_waits_for_the_other() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    one, other = ids(clinic)
    with closing(Second(clinic)) as second:
        with acting_for(clinic.pk):
            Message.objects.filter(pk=one).update(status=Status.HELD, failed=["opted_out"])
            second.cursor.execute("UPDATE messaging_message SET status = 'expired' WHERE id = %s", [other])
            tally.join_counts()  # takes what this transaction sees, and leaves the other's
        second.connected.commit()
    same_as_recounted(clinic)
    with acting_for(clinic.pk):
        assert Campaign.objects.get().pk == made.pk
    tally.join_counts()
    same_as_recounted(clinic)


def test_who_is_written_to_twice_at_once_enters_once_and_with_the_earlier(clinic: Client) -> None:
    text, mail = ids(clinic)
    later = AT + timedelta(minutes=1)
    with two(clinic) as (one, other):
        at_once(one, other, (HAND_OVER, [later, later, text]), (HAND_OVER, [AT, AT, mail]))
    with acting_for(clinic.pk):
        assert Entry.objects.get(campaign__gt=0).at == AT
    same_as_recounted(clinic)


def test_who_is_written_to_while_another_message_comes_back_stays_counted(clinic: Client) -> None:
    text, mail = ids(clinic)
    with acting_for(clinic.pk):
        Message.objects.filter(pk=text).update(status=Status.HANDING, claimed_at=AT, judged_at=AT, failed=[])
    with two(clinic) as (one, other):
        at_once(one, other, (HAND_OVER, [AT, AT, mail]), (BACK, [text]))
    with acting_for(clinic.pk):
        assert Entry.objects.filter(campaign__gt=0).exists()
    same_as_recounted(clinic)


def test_who_is_written_to_while_the_clock_is_set_counts_in_the_month_of_the_new_one(clinic: Client) -> None:
    (text, _), elsewhere = (
        ids(clinic),
        "UPDATE tenants_client SET time_zone = 'Pacific/Kiritimati' WHERE id = %s",
    )
    with two(clinic) as (one, other):
        at_once(one, other, (HAND_OVER, [AT, AT, text]), (elsewhere, [clinic.pk]))
    with acting_for(clinic.pk):
        assert Entry.objects.get(campaign=0).month == 202602
    same_as_recounted(clinic)


def test_an_answer_that_comes_while_its_message_goes_to_another_person_counts_for_that_person(
    clinic: Client,
) -> None:
    text, _ = ids(clinic)
    with acting_for(clinic.pk):
        Message.objects.filter(pk=text).update(status=Status.HANDING, claimed_at=AT, judged_at=AT, failed=[])
        there = reply(Message.objects.get(pk=text), "SM1", label=Inbound.Label.HELP)
        other_person = people.contact(clinic, first_name="Kept").pk
    read = ("UPDATE messaging_inbound SET label = 'other' WHERE id = %s", [there.pk])
    moved = "UPDATE messaging_message SET contact_id = %s WHERE id = %s"
    with two(clinic) as (one, other):
        at_once(one, other, read, (moved, [other_person, text]))
    same_as_recounted(clinic)
    with acting_for(clinic.pk):
        Inbound.objects.update(label=Inbound.Label.HELP)
    with two(clinic) as (one, other):
        at_once(one, other, (moved, [there.contact_id, text]), read)
    same_as_recounted(clinic)


def _written_to(**values: Any) -> None:
    given = {"status": Status.HANDING, "claimed_at": AT, "judged_at": AT, "failed": []} | values
    Message.objects.filter(channel="sms").update(**given)


def _another_message() -> None:
    _written_to()
    made = Message.objects.get(channel="sms")
    made.pk, made.address_id = None, Message.objects.get(channel="email").address_id
    made.contact = people.contact(made.client, first_name="New")
    made.save(force_insert=True)


def _none_left() -> None:
    _written_to()
    Message.objects.filter(channel="sms").delete()


def _back() -> None:
    _written_to()
    Message.objects.update(status=Status.QUEUED)


def _earlier() -> None:
    _written_to()
    _written_to(claimed_at=AT - timedelta(hours=1), judged_at=AT - timedelta(hours=1))


def _answered(then: Callable[[Any], object] = lambda _: None) -> None:
    reply(Message.objects.get(channel="sms"), "SM1")
    then(Inbound.objects.all())


def _to_another() -> None:
    _answered()
    Message.objects.update(contact=people.contact(Client.objects.get(), first_name="Kept"))


def _another_clock() -> None:
    _written_to()
    Client.objects.update(time_zone="Pacific/Kiritimati")


DEEDS: dict[str, Callable[[], object]] = {
    "tally_more": _another_message,
    "tally_fewer": lambda: Message.objects.filter(channel="email").delete(),
    "tally_changed": _written_to,
    "entries_more": _another_message,
    "entries_fewer": _none_left,
    "entries_changed": _written_to,
    "entries_tally_more": _written_to,
    "entries_tally_fewer": _back,
    "entries_tally_changed": _earlier,
    "entries_by_another_clock": _another_clock,
    "answered_more": _answered,
    "answered_fewer": partial(_answered, lambda rows: rows.delete()),
    "answered_changed": partial(_answered, lambda rows: rows.update(label="help")),
    "answered_moved": _to_another,
}  # fmt: skip


def test_without_any_one_of_the_triggers_the_recount_finds_a_difference(clinic: Client) -> None:
    with superuser() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = ANY(%s)",
            [list(DEEDS)],
        )
        there = {name: (table, made) for name, table, made in cursor.fetchall()}
    assert there.keys() == DEEDS.keys()
    for name, (table, made) in there.items():
        _tried(clinic, DEEDS[name])
        tamper(f"DROP TRIGGER {name} ON {table}")
        with pytest.raises(AssertionError):
            _tried(clinic, DEEDS[name])
        tamper(made)
    same_as_recounted(clinic)


def _tried(of: Client, deed: Callable[[], object]) -> None:
    """Do it, count, and undo it."""
    with acting_for(of.pk), transaction.atomic():
        deed()
        try:
            same_as_recounted(of)
        finally:
            transaction.set_rollback(True)
