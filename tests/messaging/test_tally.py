"""The counters of messages are what the messages are, whatever happens to them and whoever writes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import Contact
from messaging import tally
from messaging.duplicates.merging import merge
from messaging.evidence.erasing import erase
from messaging.evidence.purging import purge_all
from messaging.models import Entry, Inbound, Message, Tally
from messaging.models.message import Delivery, Status
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_second_wordings import TWO
from tests.messaging.flight import claimed, handed, reply
from tests.messaging.tallied import same_as_recounted
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db
A_QUARTER = timedelta(minutes=15)


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
    launched(clinic, TWO, MAIL, texts=4)
    at = datetime(2026, 2, 1, 4, 30, tzinfo=UTC)  # 31 January, 23:30 in Indiana
    with acting_for(clinic.pk):
        persons = list(Contact.objects.order_by("pk"))
    for number in range(80):
        with acting_for(clinic.pk):
            some = dice.sample(sorted(Message.objects.values_list("pk", flat=True)), dice.choice((1, 2, 6)))
            change = dice.choice((
                {"status": dice.choice(Status.values), "claimed_at": at, "judged_at": at, "failed": []},
                {"failed": dice.choice(([], ["own_hours"], ["own_hours", "sender_pace"])), "status": Status.QUEUED},
                {"status": Status.HELD, "failed": ["held_out"], "settled_at": at - dice.randrange(9) * A_QUARTER},
                {"delivery": dice.choice(Delivery.values)}, {"segments": dice.randrange(4)}, {"due_at": at},
                dict.fromkeys(("claimed_at", "judged_at"), at - dice.randrange(9) * dice.choice((A_QUARTER / 3, timedelta(days=9)))),
                {"wording": dice.choice("abs")}, {"contact": dice.choice(persons)},
            ))  # fmt: skip
            try:  # what the door refuses is undone, and so are its counts
                with transaction.atomic():
                    Message.objects.filter(pk__in=some).update(**change)
            except DatabaseError:
                continue
            _answered(Message.objects.get(pk=some[0]), number, dice)
        if dice.random() < 0.2:
            tally.join_counts()
        if dice.random() < 0.1:
            Client.objects.filter(pk=clinic.pk).update(
                time_zone=dice.choice(("Pacific/Kiritimati", "America/New_York"))
            )
    same_as_recounted(clinic)


def _answered(message: Message, number: int, dice: random.Random) -> None:
    """Somebody answers, or an answer is read otherwise, put to another message, or goes."""
    label, there = dice.choice(Inbound.Label.values), Inbound.objects.all()
    if dice.random() < 0.5:
        reply(message, f"SM{number}", label=label)
    elif dice.random() < 0.5:
        there.filter(pk__in=sorted(there.values_list("pk", flat=True))[-2:]).update(label=label)
    elif dice.random() < 0.7:
        there.filter(label="other").update(message=dice.choice((message, None)))
    else:
        there.filter(message=message).delete()


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


def test_a_message_that_comes_back_to_the_queue_takes_its_person_along_unless_another_one_went() -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, MAIL, texts=1)
    at = db_now() - timedelta(days=1)
    with acting_for(clinic.pk):
        for hours, channel in enumerate(("sms", "email")):
            rows, when = Message.objects.filter(channel=channel), at + timedelta(hours=hours)
            rows.update(status=Status.HANDING, claimed_at=when, judged_at=when, failed=[])
        assert set(Entry.objects.values_list("at", flat=True)) == {at}
        Message.objects.filter(channel="sms").update(status=Status.QUEUED)
        assert set(Entry.objects.values_list("at", flat=True)) == {at + timedelta(hours=1)}
        Message.objects.update(status=Status.QUEUED)
        assert not Entry.objects.exists()
    same_as_recounted(clinic)


def test_the_database_counts_by_itself_at_every_way_of_writing() -> None:
    """INSERT, DELETE and UPDATE, of messages, of entries and of replies; and where a clock is set."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgrelid::regclass::text, t.tgname, t.tgtype & 28 FROM pg_trigger AS t "
            "WHERE t.tgname ~ '^(tally|entries|answered)_' AND t.tgenabled = 'O'"
        )
        there = cursor.fetchall()
    kinds = (("changed", 16), ("fewer", 8), ("more", 4))
    assert set(there) == {
        *(("messaging_entry", f"entries_tally_{name}", kind) for name, kind in kinds),
        *(("messaging_inbound", f"answered_{name}", kind) for name, kind in kinds),
        *(("messaging_message", f"{of}_{name}", kind) for of in ("entries", "tally") for name, kind in kinds),
        ("messaging_message", "answered_moved", 16),
        ("tenants_client", "entries_by_another_clock", 16),
    }
