"""The second transaction: fenced, only from the states it may, and never back to the queue when in doubt."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from campaigns.models import Campaign, Step
from compliance.models import Stop
from consent.models import Suppression, Touch
from messaging import outbox, resolving
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Attempt, Message, Status
from messaging.models.message import BEFORE_RESTORE
from messaging.preparing import prepare
from messaging.providers.base import Outcome, Receipt
from messaging.recording import open_deadlines, record_outcome, record_outcomes
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handed() -> Any:
    """One message in hand: (clinic, attempt id)."""
    clinic = people.clinic()
    launched(clinic, texts=1)
    with Locks() as locks:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks)
    with acting_for(clinic.pk):
        yield clinic, wave.outgoing[0].attempt_id


def tell(handed: tuple[Client, uuid.UUID], outcome: Outcome, **more: Any) -> int:
    clinic, attempt = handed
    return record_outcomes(clinic.pk, [Receipt(attempt, outcome, **more)])


def status() -> str:
    return str(Message.objects.get().status)


@pytest.mark.parametrize(
    "outcome, becomes",
    [
        (Outcome.ACCEPTED, "accepted"),
        (Outcome.REFUSED, "refused"),
        (Outcome.NOT_SENT, "queued"),
        (Outcome.UNKNOWN, "unknown"),
    ],
)
def test_each_outcome_moves_the_message_to_its_state(handed: Any, outcome: Outcome, becomes: str) -> None:
    assert tell(handed, outcome) == 1
    assert status() == becomes


def test_what_was_certainly_not_sent_waits_a_little_and_does_not_count_as_contact(handed: Any) -> None:
    tell(handed, Outcome.NOT_SENT, code="connect")
    message = Message.objects.get()
    assert message.due_at > db_now()
    assert (message.requeues, Touch.objects.get().voided_at is not None) == (1, True)


def test_a_provider_that_names_a_pause_is_given_it(handed: Any) -> None:
    tell(handed, Outcome.NOT_SENT, code="429", retry_after=120.0)
    assert Message.objects.get().due_at > db_now() + timedelta(seconds=60)


def test_the_truth_replaces_unknown_but_nothing_replaces_the_truth(handed: Any) -> None:
    tell(handed, Outcome.UNKNOWN)
    assert record_outcome(handed[1], Outcome.ACCEPTED, "SM1") is True
    assert record_outcome(handed[1], Outcome.REFUSED, "SM1") is False
    assert record_outcome(handed[1], Outcome.ACCEPTED, "SM1") is False
    assert status() == "accepted"


def test_a_worker_that_wakes_after_the_row_moved_on_changes_nothing(handed: Any) -> None:
    clinic, old = handed
    tell((clinic, old), Outcome.NOT_SENT, code="late")
    Message.objects.update(due_at=db_now())
    Touch.objects.update(voided_at=db_now())
    with Locks() as locks:
        new = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing[0].attempt_id
    assert tell((clinic, old), Outcome.ACCEPTED, provider_id="SM-late") == 0
    assert status() == "handing"
    assert tell((clinic, new), Outcome.ACCEPTED, provider_id="SM-new") == 1


def test_an_unknown_is_never_queued_again_by_the_machine(handed: Any) -> None:
    tell(handed, Outcome.UNKNOWN)
    assert tell(handed, Outcome.NOT_SENT) == 0
    assert status() == "unknown"


def test_an_attempt_past_its_deadline_becomes_unknown(handed: Any) -> None:
    clinic, _ = handed
    assert open_deadlines(clinic.pk, db_now()) == 0
    assert open_deadlines(clinic.pk, db_now() + timedelta(seconds=20)) == 1
    assert status() == "unknown"


def test_a_provider_that_knows_of_an_opt_out_teaches_us(handed: Any) -> None:
    tell(handed, Outcome.REFUSED, code="21610", opted_out=True)
    found = Suppression.objects.get()
    assert (found.source, found.address_id) == ("provider", Message.objects.get().address_id)


def test_refused_credentials_pause_the_campaign_once_and_say_so(handed: Any) -> None:
    tell(handed, Outcome.REFUSED, code="20003", pause_sender=True)
    assert "20003" in Stop.objects.get().reason
    assert AuditEvent.objects.filter(verb="campaign.paused_by_provider").count() == 1


def unresolved(handed: tuple[Client, uuid.UUID]) -> Message:
    tell(handed, Outcome.UNKNOWN)
    Message.objects.update(status=Status.UNRESOLVED)
    found: Message = Message.objects.get()
    return found


@pytest.mark.parametrize("send_again, becomes", [(True, "queued"), (False, "cancelled")])
def test_a_named_person_decides_about_the_unresolved(handed: Any, send_again: bool, becomes: str) -> None:
    message = unresolved(handed)
    who = people.user("Alice")
    assert resolving.resolve(message, send_again=send_again, by=who) is not None
    assert resolving.resolve(message, send_again=send_again, by=who) is None
    assert status() == becomes
    assert AuditEvent.objects.filter(actor=who, what=f"messaging.Message:{message.pk}").count() == 1


def test_late_truth_settles_the_unresolved(handed: Any) -> None:
    unresolved(handed)
    assert record_outcome(handed[1], Outcome.ACCEPTED, "SM9") is True
    assert status() == "accepted"


def test_what_was_to_be_sent_again_is_not_once_the_provider_proves_that_it_has_it(handed: Any) -> None:
    clinic, attempt = handed
    message = unresolved(handed)
    resolving.resolve(message, send_again=True, by=people.user("Alice"))
    Message.objects.update(failed=["paused"], judged_at=db_now())  # looked at meanwhile, and put off
    assert record_outcome(attempt, Outcome.ACCEPTED, "SM9") is True
    after = Message.objects.get()
    assert (after.status, after.claimed_at, after.failed) == ("accepted", message.claimed_at, [])
    assert Touch.objects.get().voided_at is None


def sent_again(handed: Any) -> uuid.UUID:
    """Nobody knew of the first attempt, a person chose to send again, and that is in hand."""
    clinic, first = handed
    message = unresolved(handed)
    Touch.objects.update(at=F("at") - timedelta(days=60))
    Attempt.objects.update(claimed_at=F("claimed_at") - timedelta(days=60))
    resolving.resolve(message, send_again=True, by=people.user("Alice"))
    with Locks() as locks:
        second: uuid.UUID = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing[0].attempt_id
    return second


@pytest.mark.parametrize(
    "outcome, proof",
    [(Outcome.NOT_SENT, "before"), (Outcome.NOT_SENT, "after"), (Outcome.REFUSED, "before")],
)
def test_what_the_provider_took_at_the_first_time_is_not_sent_a_third(
    handed: Any, outcome: Outcome, proof: str
) -> None:
    clinic, first = handed
    second = sent_again(handed)
    if proof == "before":
        record_outcome(first, Outcome.ACCEPTED, "SM1")
        assert status() == "handing"
    tell((clinic, second), outcome, code="429")
    if proof == "after":
        assert status() == "queued"
        record_outcome(first, Outcome.ACCEPTED, "SM1")
    assert status() == "accepted"
    assert not AuditEvent.objects.filter(verb="messages.handed_over_twice").exists()


def test_a_second_attempt_that_was_not_sent_voids_its_own_touch_and_not_the_firsts(handed: Any) -> None:
    second = sent_again(handed)
    tell((handed[0], second), Outcome.NOT_SENT, code="429")
    assert [each.voided_at is None for each in Touch.objects.order_by("at")] == [True, False]


def test_two_attempts_that_the_provider_took_are_told(handed: Any) -> None:
    clinic, first = handed
    tell((clinic, sent_again(handed)), Outcome.ACCEPTED, provider_id="SM2")
    assert not AuditEvent.objects.filter(verb="messages.handed_over_twice").exists()
    record_outcome(first, Outcome.ACCEPTED, "SM1")
    told = AuditEvent.objects.get(verb="messages.handed_over_twice")
    assert told.detail["messages"] == [Message.objects.get().pk]


@pytest.mark.parametrize("ended", ["closed", "held", "expired", "refused"])
def test_what_the_provider_took_counts_as_handed_over_however_it_had_ended_here(
    handed: Any, ended: str
) -> None:
    clinic, first = handed
    if ended == "closed":
        resolving.resolve(unresolved(handed), send_again=False, by=people.user("Alice"))
    elif ended == "refused":
        tell((clinic, sent_again(handed)), Outcome.REFUSED, code="21610")
    else:
        resolving.resolve(unresolved(handed), send_again=True, by=people.user("Alice"))
        Message.objects.update(status=ended, failed=["opted_out"], settled_at=db_now())
    assert record_outcome(first, Outcome.ACCEPTED, "SM1") is True
    message, attempt = Message.objects.get(), Attempt.objects.get(pk=first)
    assert (message.status, message.failed, message.delivery_code) == ("accepted", [], "")
    assert message.claimed_at == attempt.claimed_at


@pytest.mark.parametrize(
    "was, planned",
    [(Outcome.UNKNOWN, 0), (Outcome.NOT_SENT, 1)],
    ids=["perhaps reached", "certainly not reached"],
)
def test_a_new_version_leaves_out_whom_the_one_before_may_have_reached(
    handed: Any, was: Outcome, planned: int
) -> None:
    """Though a person closed what nobody could find out: they chose not to send it again, and the machine may not."""
    clinic, _ = handed
    if was is Outcome.UNKNOWN:
        resolving.resolve(unresolved(handed), send_again=False, by=people.user("Alice"))
    tell(handed, was, code="connect")
    assert planned_anew(clinic) == planned


def test_a_new_version_leaves_out_whom_the_provider_wrote_to_before_a_restore(handed: Any) -> None:
    clinic, first = handed
    tell(handed, Outcome.NOT_SENT, code="connect")
    Message.objects.update(status="cancelled", delivery_code=BEFORE_RESTORE)
    assert planned_anew(clinic) == 0


def planned_anew(clinic: Client) -> int:
    """How many messages a second version of the same step is."""
    Step.objects.update(body="Bright Smiles: come and see us. Reply STOP to opt out.")
    campaign = Campaign.objects.get()
    people.approve(campaign, people.user("Bob"))
    return outbox.plan(outbox.launch(Campaign.objects.get(), by=None))


def test_what_was_never_handed_over_is_not_accepted_whatever_is_written(handed: Any) -> None:
    tell(handed, Outcome.NOT_SENT, code="connect")
    at = db_now()
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.update(status="accepted", claimed_at=at, judged_at=at, failed=[], fence=0)


def test_a_rivals_scope_records_nothing(handed: Any) -> None:
    clinic, attempt = handed
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert record_outcome(attempt, Outcome.ACCEPTED, "SM1") is False
        assert record_outcomes(rival.pk, [Receipt(attempt, Outcome.ACCEPTED, "SM1")]) == 0
    assert status() == "handing"


def test_an_attempt_carries_the_fence_of_its_message(handed: Any) -> None:
    assert Attempt.objects.values_list("fence", flat=True).get() == Message.objects.get().fence == 1
