"""Too much of what went wrong pauses the sending, says why, is on record, and begins from zero once a person resumes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from compliance import gate, stopping
from compliance.models import Stop
from consent.models import Suppression
from consent.suppressing import suppress
from messaging import outbox, tasks
from messaging.breakers import counting, letters, tripping
from messaging.breakers.measures import MEASURES
from messaging.breakers.tripping import watch
from messaging.models import Event, Message, Status, Trip
from messaging.models.message import Delivery
from messaging.providers.base import Outcome
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Sender
from tenants.scope import acting_for
from tests import people
from tests.messaging.breakers.world import mails, queue_one_more, sent, stop_of, told
from tests.messaging.flight import handed
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """Twenty mails handed over, one more queued."""
    of = people.clinic()
    launched(of, MAIL, texts=20)
    sent(of, 20)
    queue_one_more(of)
    return of


def test_bounces_over_the_limit_pause_the_campaign_and_say_why(clinic: Client) -> None:
    ids = mails(clinic)
    told(clinic, ids[:2], Delivery.BOUNCED)
    assert watch(clinic.pk) == []  # two say nothing yet
    told(clinic, ids[:5], Delivery.BOUNCED)
    (trip,) = watch(clinic.pk)
    assert (trip.measure, trip.scope, trip.part, trip.whole) == ("bounced", "campaign", 5, 20)
    stop = stop_of(clinic)
    assert stop is not None
    assert (stop.kind, stop.by, stop.campaign_id) == (Stop.Kind.PAUSE, None, trip.campaign_id)
    assert stop.reason.startswith(
        "5 of 20 mails bounced for good (25 %; the limit is 2 %). Look where the list"
    )
    with acting_for(clinic.pk):
        event = AuditEvent.objects.get(verb="campaign.paused_by_breaker")
        assert (event.detail["part"], event.detail["whole"], event.detail["limit"]) == (5, 20, 2.0)
        queued = Message.objects.filter(status=Status.QUEUED)
        (codes,) = gate.judged(queued, db_now()).values_list("failed_now", flat=True)
        assert "campaign_stopped" in codes
    assert watch(clinic.pk) == []  # once


def test_what_a_person_resumes_counts_from_zero(clinic: Client) -> None:
    ids = mails(clinic)
    told(clinic, ids[:5], Delivery.BOUNCED)
    (trip,) = watch(clinic.pk)
    alice = people.alice()
    with acting_for(clinic.pk):
        stopping.release(clinic, Campaign.objects.get(), alice)
    told(clinic, ids[5:10], Delivery.BOUNCED)  # late news of what was sent before
    assert watch(clinic.pk) == []
    with acting_for(clinic.pk):
        tally = counting.tallies(db_now())["campaign", trip.key]
        assert (tally["bounced"].part, tally["bounced"].whole) == (0, 0)
        assert tally["complained"].whole == 20  # only what tripped begins anew
        now = db_now()
        Message.objects.filter(pk__in=ids[:3]).update(claimed_at=now, judged_at=now)
    (again,) = watch(clinic.pk)
    assert (again.part, again.whole) == (3, 3)
    assert again.stop_id != trip.stop_id


def test_a_block_is_no_bounce(clinic: Client) -> None:
    ids = mails(clinic)
    told(clinic, ids[:8], Delivery.FAILED, "5.7.1")
    with acting_for(clinic.pk):
        for ident in ids[:8]:
            Event.objects.create(
                client=clinic, provider="sendgrid", event_id=str(ident), kind="blocked", code="5.7.1", message_id=ident,
                at=db_now(),
            )  # fmt: skip
        tally = counting.tallies(db_now())["client", ""]
        assert (tally["bounced"].part, tally["blocked"].part, tally["failing"].part) == (0, 8, 0)
    (trip,) = watch(clinic.pk)
    assert trip.measure == "blocked"


def test_complaints_are_counted_for_longer_than_bounces(clinic: Client) -> None:
    ids = mails(clinic)
    with acting_for(clinic.pk):
        old = db_now() - timedelta(days=5)
        Message.objects.filter(pk__in=ids).update(claimed_at=old, judged_at=old)
    told(clinic, ids[:5], Delivery.BOUNCED)
    assert watch(clinic.pk) == []
    told(clinic, ids[:5], Delivery.COMPLAINED)
    (trip,) = watch(clinic.pk)
    assert trip.measure == "complained"


@pytest.mark.parametrize(
    "code, trips",
    [("30007", "filtered"), ("30008", "failing"), ("30003", ""), ("30005", ""), ("30006", "")],
)
def test_what_carriers_filter_trips_and_what_is_wrong_with_numbers_does_not(code: str, trips: str) -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    ids = sent(of, 20, provider="twilio")
    queue_one_more(of)
    told(of, ids[:6], Delivery.FAILED, code)
    assert [trip.measure for trip in watch(of.pk)] == ([trips] if trips else [])


def test_only_the_newest_hundreds_count_for_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    ids = sent(of, 20, provider="twilio")
    queue_one_more(of)
    told(of, ids[:6], Delivery.FAILED, "30007")
    with acting_for(of.pk):
        for age, ident in enumerate(reversed(ids)):  # the filtered ones are the oldest
            at = db_now() - timedelta(seconds=age)
            Message.objects.filter(pk=ident).update(claimed_at=at, judged_at=at)
    few = [replace(each, last=10) if each.last else each for each in MEASURES]
    monkeypatch.setattr(counting, "MEASURES", few)
    with acting_for(of.pk):
        tally = counting.tallies(db_now())["client", ""]["filtered"]
    assert (tally.part, tally.whole) == (0, 10)


def test_what_nothing_was_told_of_yet_dilutes_no_share_of_the_last_hundreds() -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    ids = sent(of, 20, provider="twilio")
    told(of, ids[:4], Delivery.FAILED, "30007")
    told(of, ids[6:], Delivery.NONE)
    with acting_for(of.pk):
        tally = counting.tallies(db_now())["client", ""]["filtered"]
    assert (tally.part, tally.whole) == (4, 6)


def test_refusals_and_unknown_outcomes_are_errors() -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    handed(of, *[Outcome.ACCEPTED] * 10, *[Outcome.REFUSED] * 4, *[Outcome.UNKNOWN] * 3)
    (trip,) = watch(of.pk)
    assert (trip.measure, trip.part, trip.whole) == ("failing", 7, 17)


def test_opt_outs_over_the_limit_pause_too() -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    ids = sent(of, 20, provider="twilio")
    queue_one_more(of)
    with acting_for(of.pk):
        for message in Message.objects.filter(pk__in=ids[:5]):
            suppress(of.pk, message.address_id, "sms", Suppression.Source.KEYWORD)
    (trip,) = watch(of.pk)
    assert (trip.measure, trip.part, trip.whole) == ("opted_out", 5, 20)


def test_a_sender_over_its_limit_pauses_another_campaign_that_uses_it(clinic: Client) -> None:
    ids = mails(clinic)
    told(clinic, ids[:5], Delivery.BOUNCED)
    with acting_for(clinic.pk):
        bad = Campaign.objects.get()
        good = people.campaign(
            clinic, {"channel": "email", "sender": Sender.objects.get(channel="email")}, name="Other"
        )
        people.approve(good, people.user("Bob"))
        good.refresh_from_db()
        launch = outbox.launch(good, by=None)
    outbox.plan(launch)
    trips = watch(clinic.pk)
    assert {(trip.campaign_id, trip.scope) for trip in trips} == {(bad.pk, "campaign"), (good.pk, "sender")}
    with acting_for(clinic.pk):
        reason = Stop.objects.get(campaign=good).reason
        assert "5 of 20 mails of hello@mail.brightsmiles.example bounced" in reason
        stopping.release(clinic, good, people.alice())
    assert watch(clinic.pk) == []  # the sender's counting began anew, the bad campaign stays paused


def test_a_mailbox_provider_is_judged_for_itself(clinic: Client) -> None:
    ids = mails(clinic)
    with acting_for(clinic.pk):
        assert set(Message.objects.filter(pk__in=ids).values_list("mailbox", flat=True)) == {"other"}
        Message.objects.filter(pk__in=ids[:5]).update(mailbox="gmail")
    told(clinic, ids[:3], Delivery.COMPLAINED)
    with acting_for(clinic.pk):
        found = counting.tallies(db_now())
    assert (found["mailbox", "gmail"]["complained"].part, found["mailbox", "gmail"]["complained"].whole) == (
        3,
        5,
    )
    assert found["mailbox", "other"]["complained"].part == 0


def test_a_campaign_that_a_person_paused_is_left_alone(clinic: Client) -> None:
    told(clinic, mails(clinic)[:5], Delivery.BOUNCED)
    with acting_for(clinic.pk):
        stopping.stop(clinic, Campaign.objects.get(), Stop.Kind.PAUSE, None, "Lunch")
    assert watch(clinic.pk) == []


def test_opt_outs_that_only_the_provider_knew_of_pause_too() -> None:
    of = people.clinic()
    launched(of, TEXT, texts=20)
    ids = handed(of, *[Outcome.ACCEPTED] * 15, *[Outcome.REFUSED] * 2)
    told(of, ids[-2:], "", "21610")
    (trip,) = watch(of.pk)
    assert (trip.measure, trip.part, trip.whole) == ("missed", 2, 17)


def test_a_large_campaign_leaves_no_small_one_uncounted(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [replace(each, last=3) if each.last else each for each in MEASURES]
    monkeypatch.setattr(counting, "MEASURES", few)
    ids = mails(clinic)
    told(clinic, ids[:3], Delivery.FAILED, "5.7.1")
    with acting_for(clinic.pk):
        blocked = Message.objects.filter(pk__in=ids[:3])
        Event.objects.bulk_create(
            Event(client=clinic, provider="sendgrid", event_id=str(pk), kind="blocked", message_id=pk, at=db_now())
            for pk in ids[:3]
        )  # fmt: skip
        before = db_now() - timedelta(minutes=1)
        blocked.update(claimed_at=before, judged_at=before, mailbox="apple")
        found = counting.tallies(db_now())
    assert (found["mailbox", "apple"]["blocked"].part, found["mailbox", "apple"]["blocked"].whole) == (3, 3)
    assert (found["client", ""]["blocked"].part, found["client", ""]["blocked"].whole) == (0, 3)


def test_a_rivals_bounces_are_not_ours(clinic: Client) -> None:
    told(clinic, mails(clinic)[:5], Delivery.BOUNCED)
    rival = people.rival_clinic()
    assert watch(rival.pk) == []
    with acting_for(rival.pk):
        assert counting.tallies(db_now()) == {}


def test_the_agency_is_mailed_once_and_nothing_personal_stands_in_it(clinic: Client) -> None:
    people.alice()
    people.charlie()
    people.fred(clinic)
    told(clinic, mails(clinic)[:5], Delivery.BOUNCED)
    assert tasks.watch() == 1
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == "Bright Smiles: Spring recall is paused"
    assert "5 of 20 mails bounced for good" in letter.body
    assert "/live/" in letter.body
    assert letters.tell(clinic.pk) == 0
    with acting_for(clinic.pk):
        assert Trip.objects.get().told_at is not None


def test_a_turn_that_handed_something_over_is_followed_by_counting(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(clinic, mails(clinic)[:5], Delivery.BOUNCED)
    monkeypatch.setattr(tripping, "_next", {})
    tripping.soon(clinic.pk)
    assert stop_of(clinic) is not None
    counted: list[int] = []
    monkeypatch.setattr(tripping, "watch", counted.append)
    tripping.soon(clinic.pk)
    assert counted == []  # not again at once


def test_counting_takes_as_many_queries_for_many_as_for_few(clinic: Client) -> None:
    def asked() -> int:
        with acting_for(clinic.pk), CaptureQueriesContext(connection) as queries:
            counting.tallies(db_now())
        return len(queries)

    before = asked()
    with acting_for(clinic.pk):
        for number, ident in enumerate(mails(clinic)):
            Message.objects.filter(pk=ident).update(mailbox=["gmail", "yahoo", "apple"][number % 3])
    assert asked() == before == 5  # the clock's among them
