"""A number never goes faster than it is registered for, nor further in a day, however many workers serve it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from campaigns.models import Campaign, Launch
from compliance import pace
from compliance.allowance import allowances, sent_of
from compliance.models import Bucket, OwnWindow, SendingWindow, SentSegments, SmsRegistration
from consent.models import Touch
from messaging import delivery, live_counts, pacing, telling
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Attempt, Message, Status
from messaging.models.message import Delivery
from messaging.preparing import prepare
from messaging.providers.base import Outcome
from messaging.providers.hooks import Notice
from tenants.clock import db_now
from tenants.models import Client, Sender
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed, handed
from tests.messaging.world import MAIL, launched, statuses

pytestmark = pytest.mark.django_db(transaction=True)


def registered(of: Client, **seen: Any) -> None:
    """The clinic's number as a brand with these marks; without any, low volume: 3.75 segments a second, 2,000 a day."""
    with acting_for(of.pk):
        for row in SmsRegistration.objects.all():
            row.seen = {"brand": {"sid": "BN1", **seen}, "campaign": {"sid": "QE1"}}
            row.save()


def day_of(of: Client, segments: int, ago: timedelta = timedelta(hours=2)) -> None:
    """So many segments of the brand have left, that long ago."""
    with acting_for(of.pk):
        SentSegments.objects.create(client=of, key="BN1", minute=db_now() - ago, segments=segments)


def counted() -> int:
    """Segments that count, in whichever minutes."""
    return sum(SentSegments.objects.values_list("segments", flat=True))


def all_due(of: Client) -> None:
    with acting_for(of.pk):
        Message.objects.filter(status=Status.QUEUED).update(due_at=db_now())


def test_a_wave_takes_no_more_than_the_rate_holds_and_leaves_the_rest_queued() -> None:
    clinic = people.clinic()
    launched(clinic, texts=30)
    registered(clinic)
    begun = db_now()
    assert len(claimed(clinic)) == 12  # three seconds of 3.75
    assert statuses(clinic).count("queued") == 18
    more = len(claimed(clinic))
    assert more <= 3.75 * (db_now() - begun).total_seconds() + 1
    with acting_for(clinic.pk):
        taken = Message.objects.filter(status=Status.HANDING).count()
        assert Message.objects.filter(status=Status.QUEUED, failed=[]).count() == 30 - taken
        assert counted() == taken


def test_two_workers_with_one_number_never_exceed_its_rate_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have their texts prepared before either claims, and dawdle between reading and spending: only the lock on the
    bucket stands between them and the double."""

    def slowly(*args: Any) -> Any:
        time.sleep(2)
        return sent_of(*args)

    monkeypatch.setattr(pacing, "sent_of", slowly)
    clinic = people.clinic()
    launched(clinic, texts=40)
    registered(clinic)
    with acting_for(clinic.pk):
        for key in ("BN1", "QE1"):
            Bucket.objects.create(client=clinic, key=key)
    both = prepare(clinic.pk, "twilio", 64)
    halves = [both[::2], both[1::2]]
    assert len(halves[1]) >= 12  # each would have its fill
    ready = threading.Barrier(2)

    def work(half: list[Any]) -> None:
        try:
            with Locks() as locks:
                ready.wait(10)
                claim(clinic.pk, half, locks)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=[half]) for half in halves]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with acting_for(clinic.pk):
        claims = sorted(Message.objects.filter(status=Status.HANDING).values_list("claimed_at", flat=True))
    lasted = (claims[-1] - claims[0]).total_seconds()
    assert 12 <= len(claims) <= 3.75 * (lasted + pace.BURST.total_seconds()) + 1


def test_two_numbers_of_one_registered_campaign_share_its_rate() -> None:
    clinic = people.clinic()
    launched(clinic, texts=20)
    with acting_for(clinic.pk):
        other = people.sms_sender(clinic, address="+15742310601")
        SmsRegistration.objects.create(
            client=clinic, sender=other, kind="10dlc", passed=True, checked_at=db_now(),
            valid_until=db_now() + timedelta(hours=1), seen=people.SWIFT,
        )  # fmt: skip
        people.canary(clinic, other)
        half = list(Message.objects.order_by("pk").values_list("pk", flat=True)[:10])
        Message.objects.filter(pk__in=half).update(sender=other)
    registered(clinic)
    assert len(claimed(clinic)) == 12
    with acting_for(clinic.pk):
        assert set(Bucket.objects.values_list("key", flat=True)) == {"QE1", "BN1"}


def test_a_day_ends_at_its_limit_to_the_segment_and_the_rest_wait_with_the_reason() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=20)
    registered(clinic, score=10)  # 12 a second, 2,000 a day
    day_of(clinic, 1_987)
    assert len(claimed(clinic)) == 13  # of 2,000 exactly
    assert claimed(clinic) == []
    assert pacing.put_off(clinic.pk) == 7
    with acting_for(clinic.pk):
        waiting = Message.objects.filter(status=Status.QUEUED)
        assert {tuple(message.failed) for message in waiting} == {("daily_limit",)}
        (due,) = set(waiting.values_list("due_at", flat=True))
        assert timedelta(hours=21) < due - db_now() < timedelta(hours=23)
        assert waiting[0].evidence == {"daily_limit": [str(SmsRegistration.objects.get().pk)]}
        launch = Launch.objects.get(campaign=made)
        (row,) = live_counts.live(made, launch).waits
        assert (row["code"], row["total"], row["until"]) == ("daily_limit", 7, due)
        assert "may send only so many texts a day" in row["says"]
    assert pacing.put_off(clinic.pk) == 0


def test_a_day_is_the_last_24_hours_whatever_midnight_says() -> None:
    clinic = people.clinic()
    launched(clinic, texts=3)
    registered(clinic)
    day_of(clinic, 2_000, timedelta(hours=23, minutes=58))
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        SentSegments.objects.update(minute=db_now() - timedelta(hours=24, minutes=2))
    assert len(claimed(clinic)) == 3


def test_a_text_of_several_segments_uses_as_many() -> None:
    clinic = people.clinic()
    launched(
        clinic,
        {"channel": "sms", "body": "Bright Smiles: " + "visit " * 40 + "Reply STOP to opt out."},
        texts=8,
    )
    registered(clinic)
    number = len(claimed(clinic))
    with acting_for(clinic.pk):
        segments = Message.objects.filter(status=Status.HANDING).first().segments
        assert segments == 2
        assert (number, counted()) == (6, 12)


def test_what_certainly_did_not_leave_is_given_back_to_the_day() -> None:
    clinic = people.clinic()
    launched(clinic, texts=4)
    registered(clinic)
    handed(clinic, *[Outcome.NOT_SENT] * 3, Outcome.ACCEPTED)
    with acting_for(clinic.pk):
        assert counted() == 1


def test_mail_has_no_registered_rate() -> None:
    clinic = people.clinic()
    launched(clinic, MAIL, texts=30)
    registered(clinic)
    day_of(clinic, 2_000)
    assert len(claimed(clinic, provider="sendgrid")) == 30


def test_a_number_that_rests_is_not_judged_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = people.clinic()
    launched(clinic, texts=5)
    registered(clinic)
    with acting_for(clinic.pk):
        Bucket.objects.create(client=clinic, key="QE1", paid_until=db_now() + timedelta(minutes=1))
        assert prepare(clinic.pk, "twilio", 64) == []
        Bucket.objects.update(paid_until=db_now())
        assert len(prepare(clinic.pk, "twilio", 64)) == 5


def test_an_unregistered_number_is_refused_by_name_not_passed_over() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    with acting_for(clinic.pk):
        SmsRegistration.objects.all().delete()
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        assert set(map(tuple, Message.objects.values_list("failed", flat=True))) == {("sms_not_registered",)}


def test_estimates_workers_and_the_gate_read_one_number() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    registered(clinic, score=30)
    with acting_for(clinic.pk):
        (allowed,) = allowances(clinic.pk, Sender.objects.values_list("pk", flat=True), db_now()).values()
        row = SmsRegistration.objects.get()
        rate = pace.rate_of(row)
        assert (row.a_second, row.a_day) == (rate.a_second, rate.a_day) == (12.0, 10_000)
        assert (allowed.room, allowed.at_once(db_now())) == (10_000, 36)


def test_a_provider_may_keep_a_text_until_the_first_of_its_ends() -> None:
    """The law's hours, the client's own, the message's last day: whichever closes first, less five minutes."""
    clinic = people.clinic()
    made: Campaign = launched(clinic, texts=1)
    for end in ("law", "own", "expiry"):
        with acting_for(clinic.pk):
            closes = db_now() + timedelta(minutes=65)
            far = db_now() + timedelta(days=1)
            SendingWindow.objects.update(closes_at=closes if end == "law" else far)
            OwnWindow.objects.update(closes_at=closes if end == "own" else far)
            Message.objects.filter(campaign=made).update(expires_at=closes if end == "expiry" else far)
        with Locks() as locks:
            (outgoing,) = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing
        assert 59 * 60 <= outgoing.valid_for <= 60 * 60, end
        with acting_for(clinic.pk):
            handing = Message.objects.filter(status=Status.HANDING)
            handing.update(status=Status.QUEUED, judged_at=None, claimed_at=None)
            Touch.objects.update(voided_at=db_now())


def test_a_text_whose_day_is_over_expires_and_never_leaves_late() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    registered(clinic)
    day_of(clinic, 2_000)
    pacing.put_off(clinic.pk)
    all_due(clinic)
    with acting_for(clinic.pk):
        Message.objects.update(expires_at=db_now())
        SentSegments.objects.all().delete()
    assert claimed(clinic) == []
    assert statuses(clinic) == ["expired", "expired"]


def test_a_drain_puts_off_what_a_used_up_day_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = people.clinic()
    launched(clinic, texts=3)
    registered(clinic)
    day_of(clinic, 2_000)
    monkeypatch.setattr(pacing, "AT_A_TIME", 2)
    assert delivery.drain(clinic.pk, 1) == 0
    with acting_for(clinic.pk):
        assert set(map(tuple, Message.objects.values_list("failed", flat=True))) == {("daily_limit",)}


def test_a_carrier_that_takes_no_more_today_ends_the_day() -> None:
    """Others may send for the same brand: the carrier's count is the one that holds."""
    clinic = people.clinic()
    launched(clinic, texts=14)
    registered(clinic)
    handed(clinic)
    with acting_for(clinic.pk):
        attempt = Attempt.objects.all()[0]
        notice = Notice(
            provider="twilio", event_id="SM1:undelivered:30023", kind="failed", at=db_now(), delivery=Delivery.FAILED,
            code="30023", attempt=attempt.pk, channel="sms",
        )  # fmt: skip
        telling.tell(clinic.pk, [notice])
        telling.tell(clinic.pk, [notice])
        assert counted() == 2_000
    assert claimed(clinic) == []
    assert pacing.put_off(clinic.pk) == 2


def test_minutes_that_count_no_more_are_forgotten() -> None:
    clinic = people.clinic()
    day_of(clinic, 10, timedelta(days=4))
    day_of(clinic, 20, timedelta(days=1))
    with acting_for(clinic.pk):
        assert pacing.forget_sent(clinic.pk) == 1
        assert SentSegments.objects.get().segments == 20
