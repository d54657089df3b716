"""Writing back by hand: through the same outbox, gate and hand-over; never to who opted out, never twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from compliance.models import SendingWindow, Stop, StopEverything
from consent.models import Contact, ContactPoint, Heard, Pause, Suppression, Touch, UnsafeMark
from consent.suppressing import suppress
from messaging import answering
from messaging.models import Answer, Attempt, Inbound, Message
from messaging.providers.base import Outcome
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from messaging.words import words_of
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Sender
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed

pytestmark = pytest.mark.django_db
JANE = "+15742310001"


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
        people.sms_sender(clinic)
        people.ready(clinic)
    return clinic


def wrote(clinic: Client, text: str = "When are you open?", number: int = 1, sender: str = JANE) -> Inbound:
    with acting_for(clinic.pk):
        take_reply(clinic.pk, Answered(f"SM{number}", "sms", sender, "+15742310600", text), db_now())
        found: Inbound = Inbound.objects.get(provider_id=f"SM{number}")
    return found


def send(client: Any, clinic: Client, to: Inbound, words: str = "We open at nine.", key: str = "") -> Any:
    given = {"words": words, "key": key or str(uuid.uuid4())}
    return client.post(f"/c/{clinic.slug}/inbox/{to.pk}/answer/", given)


def thread(client: Any, clinic: Client, of: Inbound, **query: Any) -> str:
    answer = client.get(f"/c/{clinic.slug}/inbox/{of.pk}/", query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def codes(clinic: Client, to: Inbound) -> list[str]:
    with acting_for(clinic.pk):
        now = answering.standing(to, db_now())
        return [check.code for check in (*now.refusing, *now.passing)]


def test_an_answer_is_one_more_row_of_the_outbox(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    alice = people.alice()
    people.sign_in(client, alice)
    assert send(client, clinic, one).status_code == 302
    with acting_for(clinic.pk):
        message = Message.objects.get()
        assert (message.status, message.purpose, message.campaign_id, message.contact.first_name) == (
            "queued", "care", None, "Jane",
        )  # fmt: skip
        assert message.expires_at == Heard.objects.get().at + timedelta(hours=24)
        made = Answer.objects.get()
        assert (made.written_by, made.reply, made.message) == (alice, one, message)
        assert made.words == "Bright Smiles: We open at nine.\nReply STOP to opt out"
        assert Inbound.objects.get().handled_by == alice
        assert AuditEvent.objects.get(verb="reply.answered").actor == alice


def test_it_is_claimed_judged_and_handed_over_like_every_other(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.fred(clinic))
    send(client, clinic, one)
    assert len(handed(clinic)) == 1
    with acting_for(clinic.pk):
        message, attempt = Message.objects.get(), Attempt.objects.get()
        assert (message.status, attempt.outcome) == ("accepted", Outcome.ACCEPTED.value)
        said = words_of(attempt)
        assert said is not None
        assert said.text.startswith("Bright Smiles: We open")
        assert message.evidence["unasked"] == [str(Heard.objects.get().pk)]
        assert "not_approved" not in message.evidence
    shown = thread(client, clinic, one)
    assert shown.index("When are you open?") < shown.index("We open at nine.")
    why = client.get(f"/c/{clinic.slug}/why/{message.pk}/").content.decode()
    assert "Written by" in why
    assert "The person had written within the 24 hours before." in why
    assert "The client had signed" not in why


def test_two_clicks_send_one_text(client: Any, clinic: Client) -> None:
    one, key = wrote(clinic), str(uuid.uuid4())
    people.sign_in(client, people.alice())
    for _ in range(2):
        assert send(client, clinic, one, key=key).status_code == 302
    with acting_for(clinic.pk):
        assert Message.objects.count() == Answer.objects.count() == 1
    send(client, clinic, one)  # another form is another answer
    with acting_for(clinic.pk):
        assert Message.objects.count() == 2


def test_a_key_of_another_conversation_sends_nothing(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Ann", phone="+15742310002")
    one, other, key = wrote(clinic), wrote(clinic, number=2, sender="+15742310002"), str(uuid.uuid4())
    people.sign_in(client, people.alice())
    send(client, clinic, one, key=key)
    assert send(client, clinic, other, key=key).status_code == 422
    with acting_for(clinic.pk):
        assert Message.objects.count() == 1


def test_who_opted_out_cannot_be_written_to_and_the_page_says_why(client: Any, clinic: Client) -> None:
    wrote(clinic)
    one = wrote(clinic, "STOP", 2)
    people.sign_in(client, people.alice())
    shown = thread(client, clinic, one)
    assert "Nobody can write to them" in shown
    assert "Opted out of texts on" in shown
    assert "Send the answer" not in shown
    assert send(client, clinic, one).status_code == 422
    with acting_for(clinic.pk):
        assert not Message.objects.exists()


def test_a_stop_after_the_answer_was_written_holds_it_for_good(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.alice())
    send(client, clinic, one)
    wrote(clinic, "STOP", 2)
    assert handed(clinic) == []
    with acting_for(clinic.pk):
        message = Message.objects.get()
        assert (message.status, message.failed) == ("held", ["opted_out"])


def test_who_wrote_something_unclear_can_be_answered_and_stays_to_be_decided(
    client: Any, clinic: Client
) -> None:
    one = wrote(clinic, "no")
    people.sign_in(client, people.alice())
    assert codes(clinic, one) == []
    assert send(client, clinic, one, "Shall we stop writing to you?").status_code == 302
    with acting_for(clinic.pk):
        assert Inbound.objects.get().handled_at is None
        assert Pause.objects.in_force(db_now()).exists()  # campaigns wait all the same


def test_after_a_day_it_is_no_answer_any_more(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        Heard.objects.update(at=Now() - timedelta(hours=24))
    assert codes(clinic, one) == ["unasked"]
    people.sign_in(client, people.alice())
    assert send(client, clinic, one).status_code == 422
    wrote(clinic, "Hello?", 2)
    assert codes(clinic, one) == []


def test_what_was_touched_or_signed_for_campaigns_does_not_hold_up_an_answer(clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
        Touch.objects.create(
            client=clinic, address_id=one.address_id, household=jane.household, channel="sms", purpose="marketing",
            at=db_now(), message_id=1,
        )  # fmt: skip
    assert codes(clinic, one) == []


@pytest.mark.parametrize(
    "what, code",
    [
        (lambda c, a: suppress(c.pk, a, "sms", "staff"), "opted_out"),
        (lambda c, a: UnsafeMark.objects.create(address_id=a, reason="wrong_number"), "unsafe_address"),
        (lambda c, _: Stop.objects.create(client=c, reason="Holiday"), "client_stopped"),
        (lambda c, _: StopEverything.objects.create(reason="Incident"), "everything_stopped"),
        (lambda c, _: Sender.objects.update(purposes=["marketing"]), "sender_purpose"),
        (lambda c, _: SendingWindow.objects.all().delete(), "quiet_hours"),
        (lambda c, _: Client.objects.filter(pk=c.pk).update(addiction="yes"), "addiction_unanswered"),
    ],
)
def test_what_protects_the_person_and_the_practice_holds_for_answers_too(
    clinic: Client, what: Any, code: str
) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        what(clinic, one.address_id)
    assert codes(clinic, one) == [code]


def test_a_covered_practice_needs_its_agreements_for_an_answer(clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        Client.objects.filter(pk=clinic.pk).update(covered="covered")
    assert codes(clinic, one) == ["no_baa", "provider_not_allowed", "hosting_unsigned"]


def test_outside_the_lawful_hours_it_is_taken_and_waits(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        opens = db_now() + timedelta(hours=3)
        SendingWindow.objects.update(opens_at=opens)
    people.sign_in(client, people.alice())
    assert "It would leave" in thread(client, clinic, one)
    assert send(client, clinic, one).status_code == 302
    assert handed(clinic) == []
    with acting_for(clinic.pk):
        message = Message.objects.get()
        assert (message.status, message.failed, message.due_at) == ("queued", ["quiet_hours"], opens)


def test_an_answer_that_could_only_leave_too_late_is_not_taken(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        SendingWindow.objects.update(opens_at=db_now() + timedelta(hours=25))
    people.sign_in(client, people.alice())
    assert "Call them" in thread(client, clinic, one)
    assert send(client, clinic, one).status_code == 422


def test_a_number_given_up_meanwhile_is_not_written_to(clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        ContactPoint.objects.update(ended_at=db_now())
        assert not answering.standing(one, db_now()).may


@pytest.mark.parametrize(
    "words, says",
    [
        ("", "Write something first"),
        ("Hi {{ guardian_first_name }}", "no value for guardian_first_name"),
        ("Hi {{ nickname }}", "cannot be sent"),
        ("20% off today", "is an offer"),
        ("Reply YES to book", "lifts an opt-out"),
        ("See bit.ly/x", "Carriers block"),
        ("a" * 1001, "at most 1000 characters"),
    ],
)
def test_words_that_cannot_be_sent_stay_in_the_box(
    client: Any, clinic: Client, words: str, says: str
) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.alice())
    answer = send(client, clinic, one, words)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert says in shown
    assert words[:900] in shown
    with acting_for(clinic.pk):
        assert not Message.objects.exists()


def test_the_database_takes_no_message_between_a_step_and_an_answer(clinic: Client) -> None:
    one = wrote(clinic)
    with acting_for(clinic.pk):
        made = answering.write(one, "Hello", uuid.uuid4(), people.alice(), clinic)
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.filter(pk=made.pk).update(purpose="marketing")
        assert not Suppression.objects.exists()


def test_a_stranger_finds_nothing_to_answer(client: Any, clinic: Client) -> None:
    one = wrote(clinic)
    people.sign_in(client, people.charlie())
    rival = people.rival_clinic()
    for slug in (clinic.slug, rival.slug):
        assert (
            client.post(
                f"/c/{slug}/inbox/{one.pk}/answer/", {"words": "Hi", "key": str(uuid.uuid4())}
            ).status_code
            == 404
        )
        assert client.post(f"/c/{slug}/inbox/{one.pk}/assign/", {"to": ""}).status_code == 404
    with acting_for(clinic.pk):
        assert not Message.objects.exists()
