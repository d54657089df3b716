"""The counters of messages are what the messages are, whatever happens to them and whoever writes."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from campaigns.models import Campaign
from consent.models import Contact
from messaging import tally
from messaging.duplicates.merging import merge
from messaging.evidence.erasing import erase
from messaging.evidence.purging import purge_all
from messaging.models import Entry, EntryTally, Message, Tally
from messaging.models.message import Delivery, Status
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed, handed
from tests.messaging.reports.recount import HANDED
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db
A_QUARTER = timedelta(minutes=15)


def same_as_recounted(of: Client) -> None:
    """How many of each kind, and their segments, by the counters and by the messages; and who entered which campaign when."""
    with acting_for(of.pk):
        people_same_as_recounted()
        kept: Counter[tuple[object, ...]] = Counter()
        for row in Tally.objects.all():
            kind = (row.campaign, row.step, row.channel, row.provider, row.status, row.delivery, *row.failed)
            kept[*kind, row.quarter, "messages"] += row.number
            kept[*kind, row.quarter, "segments"] += row.segments
        there: Counter[tuple[object, ...]] = Counter()
        for one in Message.objects.all():
            at = one.claimed_at and quarter_of(one.claimed_at)
            kind = (one.campaign_id, one.step_id, one.channel, one.provider, one.status, one.delivery, *one.failed)  # fmt: skip
            there[*kind, at, "messages"] += 1
            there[*kind, at, "segments"] += one.segments
    assert {kind: number for kind, number in kept.items() if number} == {
        kind: number for kind, number in there.items() if number
    }


def people_same_as_recounted() -> None:
    moments: dict[tuple[int, int], list[tuple[bool, datetime]]] = {}
    for one in Message.objects.exclude(campaign=None):
        held_out = one.status == "held" and one.failed == ["held_out"] and one.settled_at
        if held_out or (one.status in HANDED and one.claimed_at):
            at = one.settled_at if held_out else one.claimed_at
            assert at is not None
            moments.setdefault((one.contact_id, one.campaign_id), []).append((bool(held_out), at))
    entered = {pair: min(each) for pair, each in moments.items()}  # a hand-over comes before being held out
    assert {(row.contact, row.campaign): (row.held, row.at) for row in Entry.objects.all()} == entered
    kept: Counter[tuple[object, ...]] = Counter()
    for row in EntryTally.objects.all():
        kept[row.campaign, row.held, row.quarter] += row.number
    there = Counter((pair[1], held, quarter_of(at)) for pair, (held, at) in entered.items())
    assert {kind: number for kind, number in kept.items() if number} == there


def quarter_of(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def test_after_everything_that_can_happen_they_are_a_plain_count_of_the_messages() -> None:
    """Of every outcome by lot the report is counted again in reports/test_report.py."""
    clinic = people.clinic()
    long_ago = db_now() - timedelta(days=4000)
    launched(clinic, TEXT, MAIL, texts=4)
    handed(clinic, Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ACCEPTED)
    with acting_for(clinic.pk):
        Message.objects.filter(status="accepted").update(delivery=Delivery.DELIVERED)
        gone, kept, other = Contact.objects.order_by("pk")[:3]
        erase(gone.pk, people.user("Bob"))
        merge(kept.pk, other.pk, people.user("Bob"))
        Message.objects.filter(claimed_at__isnull=False).update(claimed_at=long_ago, judged_at=long_ago)
    purge_all()
    same_as_recounted(clinic)
    assert tally.join_counts()
    same_as_recounted(clinic)


def test_what_a_provider_tells_late_moves_one_message_from_kind_to_kind() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    first, _ = claimed(clinic)
    with acting_for(clinic.pk):
        record_outcomes(clinic.pk, [Receipt(first, Outcome.UNKNOWN, code="deadline")])
    tally.join_counts()
    with acting_for(clinic.pk):
        record_outcomes(clinic.pk, [Receipt(first, Outcome.ACCEPTED, "SM1")])
        Message.objects.filter(attempts=first).update(delivery=Delivery.DELIVERED)
        assert sum(Tally.objects.filter(status="unknown").values_list("number", flat=True)) == 0
        assert sum(Tally.objects.filter(delivery="delivered").values_list("number", flat=True)) == 1
    same_as_recounted(clinic)


def test_what_was_rolled_back_never_counted() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    with acting_for(clinic.pk):
        before = Tally.objects.count()
        with transaction.atomic():
            Message.objects.update(status=Status.HELD, failed=["opted_out"])
            assert Tally.objects.count() > before
            transaction.set_rollback(True)
        assert Tally.objects.count() == before
    same_as_recounted(clinic)


def test_any_history_of_any_statements_ends_with_the_right_counts() -> None:
    clinic, dice = people.clinic(), random.Random(5)
    launched(clinic, TEXT, MAIL, texts=4)
    at = db_now()
    for _ in range(60):
        with acting_for(clinic.pk):
            some = dice.sample(sorted(Message.objects.values_list("pk", flat=True)), dice.choice((1, 2, 6)))
            change = dice.choice((
                {"status": dice.choice(Status.values), "claimed_at": at, "judged_at": at, "failed": []},
                {"failed": dice.choice(([], ["own_hours"], ["own_hours", "sender_pace"])), "status": Status.QUEUED},
                {"status": Status.HELD, "failed": ["held_out"], "settled_at": at - dice.randrange(9) * A_QUARTER},
                {"delivery": dice.choice(Delivery.values)}, {"segments": dice.randrange(4)}, {"due_at": at},
                dict.fromkeys(("claimed_at", "judged_at"), at - dice.randrange(9) * A_QUARTER / 3),
            ))  # fmt: skip
            try:  # what the door refuses is undone, and so are its counts
                with transaction.atomic():
                    Message.objects.filter(pk__in=some).update(**change)
            except DatabaseError:
                continue
        if dice.random() < 0.2:
            tally.join_counts()
    same_as_recounted(clinic)


def test_joined_they_say_the_same_in_a_row_a_kind() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    launched(clinic, texts=3)
    handed(clinic)
    assert tally.join_counts()
    with acting_for(clinic.pk):
        (row,) = Tally.objects.all()
        assert (row.number, row.segments, row.status, row.joined) == (3, 3, "accepted", True)
        Message.objects.filter(pk__in=Message.objects.values("pk")[:1]).update(delivery="delivered")
    assert tally.join_counts() == 2
    assert tally.join_counts() == 0
    same_as_recounted(clinic)
    with acting_for(rival.pk):
        assert not Tally.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_both_count_and_neither_waits_for_the_other() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    with acting_for(clinic.pk):
        one, other = Message.objects.order_by("pk").values_list("pk", flat=True)
    params = {
        name: value for name, value in connection.get_connection_params().items()
        if name in {"dbname", "user", "password", "host", "port"}
    }  # fmt: skip
    with closing(psycopg2.connect(**params)) as second, second.cursor() as cursor:
        cursor.execute("SELECT set_config('app.clients', %s, true)", [f"{{{clinic.pk}}}"])
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        with acting_for(clinic.pk):
            Message.objects.filter(pk=one).update(status=Status.HELD, failed=["opted_out"])
            cursor.execute("UPDATE messaging_message SET status = 'expired' WHERE id = %s", [other])
            tally.join_counts()  # takes what this transaction sees, and leaves the other's
        second.commit()
    same_as_recounted(clinic)
    with acting_for(clinic.pk):
        assert Campaign.objects.get().pk == made.pk
    tally.join_counts()
    same_as_recounted(clinic)


def test_a_message_that_comes_back_to_the_queue_takes_its_person_along_unless_another_one_went() -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, MAIL, texts=1)
    at = db_now() - timedelta(days=1)
    with acting_for(clinic.pk):
        for hours, channel in enumerate(("sms", "email")):
            rows, when = Message.objects.filter(channel=channel), at + timedelta(hours=hours)
            rows.update(status=Status.HANDING, claimed_at=when, judged_at=when, failed=[])
        assert Entry.objects.get().at == at
        Message.objects.filter(channel="sms").update(status=Status.QUEUED)
        assert Entry.objects.get().at == at + timedelta(hours=1)
        Message.objects.update(status=Status.QUEUED)
        assert not Entry.objects.exists()
    same_as_recounted(clinic)


def test_the_database_counts_by_itself_at_every_way_of_writing() -> None:
    """INSERT, DELETE and UPDATE, of messages and of entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgrelid::regclass::text, t.tgname, t.tgtype & 28 FROM pg_trigger AS t "
            "WHERE (t.tgname LIKE 'tally%%' OR t.tgname LIKE 'entries%%') AND t.tgenabled = 'O' ORDER BY 1, 2"
        )
        there = cursor.fetchall()
    kinds = (("changed", 16), ("fewer", 8), ("more", 4))
    entries = [("messaging_entry", f"entries_tally_{name}", kind) for name, kind in kinds]
    of_messages = [
        ("messaging_message", f"{of}_{name}", kind) for of in ("entries", "tally") for name, kind in kinds
    ]
    assert there == entries + of_messages
