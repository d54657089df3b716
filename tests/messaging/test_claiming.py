"""The only door to handing: judged clear at the instant of the claim, locked, with everything on disk before the call."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from campaigns.models import Approval, Campaign, Launch, Step
from compliance import gate
from compliance.checks import CHECKS
from compliance.models import OwnWindow, Stop
from consent.models import ContactPoint, Suppression, Touch
from messaging import judging, outbox
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Attempt, Message, Status
from messaging.models.message import TRANSITIONS
from messaging.outbox import NotApproved
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.encryption import decrypt
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import MAIL, TEXT, launched, statuses

pytestmark = pytest.mark.django_db(transaction=True)


def take(client_id: int, locks: Locks, provider: str = "twilio") -> list[str]:
    wave = claim(client_id, prepare(client_id, provider, 64), locks)
    return [each.to for each in wave.outgoing]


def test_a_clear_message_is_handed_with_its_attempt_touch_and_evidence_on_disk() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with Locks() as locks:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks)
    (outgoing,) = wave.outgoing
    with acting_for(clinic.pk):
        message, attempt, touch = Message.objects.get(), Attempt.objects.get(), Touch.objects.get()
        assert message.status == Status.HANDING
        assert message.judged_at == message.claimed_at == attempt.claimed_at == touch.at
        assert attempt.pk == outgoing.attempt_id
        assert attempt.begin_by - attempt.claimed_at == timedelta(seconds=2)
        assert message.evidence["not_approved"] == [str(Approval.objects.get().pk)]
        assert message.evidence["no_consent"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM messaging_attempt")
            stored = cursor.fetchone()[0]
        assert json.loads(decrypt(stored))["text"] == outgoing.text
    assert "Reply STOP to opt out" in outgoing.text
    assert 60 <= outgoing.valid_for <= 4 * 3600


def test_two_workers_begin_at_different_messages() -> None:
    clinic = people.clinic()
    launched(clinic, texts=6)
    first = {each.id for each in prepare(clinic.pk, "twilio", 2)}
    second = {each.id for each in prepare(clinic.pk, "twilio", 2, second=True)}
    assert len(first) == len(second) == 2
    assert not first & second
    assert len(prepare(clinic.pk, "twilio", 4, second=True)) == 4  # nothing is behind so many


def test_a_wave_reads_the_touches_of_its_own_people_only() -> None:
    """By an index that begins with the time, each person's judging would read all that was sent today."""
    text = judging.WAVE.text(client=1, ids=[1], at=db_now()).sql
    assert text.count("\"at\" + interval '0'") > text.count('FROM "consent_touch"') > 5


def test_an_opt_out_between_planning_and_claim_holds_the_message_for_good() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    with acting_for(clinic.pk):
        first = Message.objects.order_by("pk")[0]
        Suppression.objects.create(client=clinic, address=first.address, channel="sms", source="keyword")
    with Locks() as locks:
        assert len(take(clinic.pk, locks)) == 1
    with acting_for(clinic.pk):
        first.refresh_from_db()
        assert (first.status, first.failed) == (Status.HELD, ["opted_out"])
        assert first.evidence["opted_out"] == [str(Suppression.objects.get().pk)]


def test_an_opt_out_between_preparing_and_judging_is_seen() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    prepared = prepare(clinic.pk, "twilio", 64)
    with acting_for(clinic.pk):
        Suppression.objects.create(
            client=clinic, address=Message.objects.get().address, channel="sms", source="keyword"
        )
    with Locks() as locks:
        assert claim(clinic.pk, prepared, locks).outgoing == []


def test_an_address_another_worker_holds_stays_queued() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    prepared = prepare(clinic.pk, "twilio", 64)
    with Locks() as theirs, Locks() as ours:
        assert theirs.take([prepared[0].keys]) == [True]
        assert len(claim(clinic.pk, prepared, ours).outgoing) == 1
    assert sorted(statuses(clinic)) == ["handing", "queued"]


def test_two_workers_never_claim_the_same_message() -> None:
    clinic = people.clinic()
    launched(clinic, texts=5)
    one, two = prepare(clinic.pk, "twilio", 64), prepare(clinic.pk, "twilio", 64)
    with Locks() as first, Locks() as second:
        got = [each.to for each in claim(clinic.pk, one, first).outgoing]
        first.release_all()
        also = [each.to for each in claim(clinic.pk, two, second).outgoing]
    assert (len(got), also) == (5, [])


def test_a_wave_holds_a_household_once() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    with acting_for(clinic.pk):
        Message.objects.filter(campaign=made).update(household=Message.objects.first().household)
    assert len(prepare(clinic.pk, "twilio", 64)) == 1


def test_outside_the_window_it_waits_until_the_next_one_opens() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    opens = db_now() + timedelta(hours=9)
    with acting_for(clinic.pk):
        OwnWindow.objects.all().delete()
        key = Message.objects.get().window_key
        OwnWindow.objects.create(
            client=clinic, window_key=key, opens_at=opens, closes_at=opens + timedelta(hours=4)
        )
    with Locks() as locks:
        assert take(clinic.pk, locks) == []
    with acting_for(clinic.pk):
        message = Message.objects.get()
        assert (message.status, message.failed, message.due_at) == (Status.QUEUED, ["own_hours"], opens)


def test_a_message_past_its_time_expires_instead_of_being_sent() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        Message.objects.update(expires_at=db_now())
    with Locks() as locks:
        assert take(clinic.pk, locks) == []
    assert statuses(clinic) == ["expired"]


def test_words_edited_in_the_database_after_the_signature_are_not_sent() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        Step.objects.update(body="Bright Smiles: half price today only!")
    with Locks() as locks:
        assert take(clinic.pk, locks) == []
    with acting_for(clinic.pk):
        assert Message.objects.get().failed == ["not_approved"]


def test_a_withdrawn_approval_stops_the_next_claim() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        Approval.objects.update(ended_at=db_now())
    with Locks() as locks:
        assert take(clinic.pk, locks) == []


def test_a_paused_campaign_is_not_claimed_and_goes_on_when_released() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=3)
    with Locks() as locks:
        (first,) = claim(clinic.pk, prepare(clinic.pk, "twilio", 1), locks).outgoing
        with acting_for(clinic.pk):
            pause = Stop.objects.create(client=clinic, campaign=made, reason="The front desk is full.")
        assert take(clinic.pk, locks) == []
        with acting_for(clinic.pk):
            Stop.objects.filter(pk=pause.pk).update(ended_at=db_now())
            Message.objects.filter(status=Status.QUEUED).update(due_at=db_now())
            everybody = set(ContactPoint.objects.filter(channel="sms").values_list("value", flat=True))
        others = take(clinic.pk, locks)
    assert len(others) == 2
    assert {first.to, *others} == everybody


def test_planning_twice_writes_nothing_twice_and_launching_twice_is_one_launch() -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=3)
    with acting_for(clinic.pk):
        again = outbox.launch(made, by=None)
        assert Launch.objects.count() == 1
        again.progress = {}
    assert outbox.plan(again) == 0
    assert len(statuses(clinic)) == 6


def test_people_who_share_an_address_get_one_message() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Ann", phone="+15742319999")
        people.contact(clinic, first_name="Ben", phone="+15742319999")
    launched(clinic, texts=0)
    assert len(statuses(clinic)) == 1


def test_a_campaign_nobody_signed_cannot_be_launched() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        unsigned = people.campaign(clinic)
        with pytest.raises(NotApproved):
            outbox.launch(unsigned, by=None)


def test_a_second_version_does_not_text_again_whom_the_first_reached() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    with Locks() as locks:
        assert len(take(clinic.pk, locks)) == 2
    with acting_for(clinic.pk):
        people.consent(people.contact(clinic, first_name="New", phone=people.a_phone()))
        Step.objects.update(body="Bright Smiles: come and see us.")
        people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
        second = outbox.launch(Campaign.objects.get(pk=made.pk), by=None)
    assert outbox.plan(second) == 1


@pytest.mark.parametrize(
    "status", [s for s in Status if s not in (Status.QUEUED, Status.HELD, Status.EXPIRED, Status.CANCELLED)]
)
def test_the_database_refuses_to_hand_over_what_was_not_judged_clear(status: Status) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT judged_at, claimed_at FROM messaging_message")
        assert cursor.fetchone() == (None, None)
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.update(status=status)
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.update(
                status=status, claimed_at=db_now(), judged_at=db_now() - timedelta(seconds=1)
            )
        at = db_now()
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.update(status=status, claimed_at=at, judged_at=at, failed=["opted_out"])


def test_the_database_allows_exactly_the_transitions_of_the_table() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    allowed = {old: set(news) for old, news in TRANSITIONS.items()}
    with acting_for(clinic.pk):
        at = db_now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_transition'")
            source = cursor.fetchone()[0]
        for old in Status:
            for new in Status:
                assert (f"('{old.value}', '{new.value}')" in source) is (new in allowed[old])
        Message.objects.update(status=Status.HELD, failed=["opted_out"], judged_at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.update(status=Status.QUEUED)


def test_the_evidence_names_every_check_that_a_clear_text_rests_on() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with Locks() as locks:
        take(clinic.pk, locks)
    with acting_for(clinic.pk):
        evidence = Message.objects.get().evidence
    rests_on = {check.code for check in CHECKS if not check.refuses_when_found} - {
        "no_postal_address",
        "domain_not_ready",
        "one_click_unsigned",
        "mail_domain_unknown",
        "health_policy_missing",  # asked of people in two states only
        "unasked",  # asked of answers by hand only
        "unconfirmable",  # asked of what confirms an opt-out only
    }
    assert rests_on <= set(evidence)


def test_a_wave_reads_no_more_than_its_own_people_have() -> None:
    # What counts everybody's touches is for audiences: asked at a claim, its cost would grow with the client's history.
    everybodys = "HAVING COUNT"
    at = db_now()
    with acting_for(people.clinic().pk):
        assert everybodys in str(gate.judged(Message.objects.all(), at).query)
        assert everybodys not in judging.wave([1], at).sql
