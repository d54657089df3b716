"""Why was this person texted, and why not that one: the answer in one sentence, and the rows it rests on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils.html import strip_tags

from campaigns.models import Approval, Campaign, Launch
from compliance.checks import BY_CODE, CHECKS
from compliance.gate import applies_to
from compliance.models import OwnWindow
from consent.models import ConsentRecord, Contact, Suppression, Touch
from consent.suppressing import suppress
from messaging.models import Attempt, Event, Message, Status
from messaging.models.message import Delivery
from messaging.outbox import finish_planning
from messaging.providers.base import Outcome
from messaging.why_words import MET, VERDICT_WORDS, row_of
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, claimed, handed, queries_of, reply, unresolved
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def message_of(of: Client, **values: Any) -> Message:
    with acting_for(of.pk):
        found: Message = Message.objects.get(**values)
        return found


def asked(browser: Browser, of: Client, who: Contact, made: Campaign) -> str:
    """The page about a person and a campaign that has no message for them."""
    return text_of(browser.get(address("why_contact", of, contact=who.pk), {"campaign": made.pk}))


def why(browser: Browser, of: Client, ident: int) -> Any:
    return browser.get(address("why_message", of, message=ident))


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def test_every_check_and_every_state_has_its_words() -> None:
    assert set(MET) == {check.code for check in CHECKS}
    assert set(VERDICT_WORDS) == set(Status)


def test_a_person_who_was_texted_is_answered_with_the_proof(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        Message.objects.update(delivery=Delivery.DELIVERED)
        Event.objects.create(
            client=clinic, provider="twilio", event_id="e1", kind="delivered", message_id=ident, at=db_now()
        )
        consent, approval, attempt = (
            ConsentRecord.objects.get(),
            Approval.objects.get(),
            Attempt.objects.get(),
        )
    people.sign_in(client, people.alice())
    shown = text_of(why(client, clinic, ident))
    assert "Why was Jane0 Doe texted?" in shown
    asked = sum(applies_to(check, "sms") for check in CHECKS)
    assert (
        f"because all {asked} checks were clear at that moment. The provider says it was delivered." in shown
    )
    assert f"Consent record {consent.pk}" in shown
    assert "Yes, text me." in shown
    assert f"Approval {approval.pk}" in shown
    assert approval.fingerprint in shown
    assert "Signed by" in shown
    assert str(attempt.pk) in shown
    assert "Reply STOP to opt out" in shown  # the words as sent
    assert "47 CFR 64.1200(c)(1)" in shown
    assert "Asked now" not in text_of(
        client.get(address("why_now", clinic, message=ident))
    )  # the answer is the same


def test_a_person_who_opted_out_before_is_answered_with_the_dated_sentence(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        out = suppress(clinic.pk, Message.objects.get().address_id, "sms", Suppression.Source.KEYWORD)
    claimed(clinic)
    people.sign_in(client, people.alice())
    message = message_of(clinic)
    shown = text_of(why(client, clinic, message.pk))
    assert (
        "Jane0 Doe was not texted, and this message never will be sent: " + BY_CODE["opted_out"].says in shown
    )
    assert f"Suppression {out.pk}" in shown
    assert "Nothing was handed over, so nothing was said." in shown


def test_what_is_different_now_stands_beside_what_was_decided(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        suppress(clinic.pk, Message.objects.get().address_id, "sms", Suppression.Source.KEYWORD)
        Approval.objects.update(ended_at=db_now())
    people.sign_in(client, people.alice())
    answer = why(client, clinic, ident)
    assert answer.context["sentence"].which == "clear"
    shown = text_of(answer)
    assert "Opted out: Replied with a stop word" in shown
    now = client.get(address("why_now", clinic, message=ident))
    assert [each.check.code for _, answers in now.context["groups"] for each in answers] == [
        "opted_out",
        "not_approved",
    ]
    assert "The answer would be different today" in text_of(now)
    assert "Withdrawn" in shown


def test_a_waiting_message_says_for_what_and_until_when(client: Browser) -> None:
    clinic = people.clinic(time_zone="America/Chicago")
    launched(clinic, texts=1)
    opens = db_now() + timedelta(hours=5)
    with acting_for(clinic.pk):
        key = Message.objects.get().window_key
        OwnWindow.objects.all().delete()
        OwnWindow.objects.create(
            client=clinic, window_key=key, opens_at=opens, closes_at=opens + timedelta(hours=4)
        )
    claimed(clinic)
    people.sign_in(client, people.alice())
    shown = text_of(why(client, clinic, message_of(clinic).pk))
    assert "has not been texted yet: " + BY_CODE["own_hours"].says + " It is asked again on" in shown
    assert "CST" in shown or "CDT" in shown


def test_a_limit_on_frequency_says_until_when_it_refuses(client: Browser) -> None:
    clinic = people.clinic(time_zone="America/Chicago")
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        due = Message.objects.get()
        Touch.objects.create(
            client=clinic, address_id=due.address_id, household=due.household, channel="sms", purpose="marketing",
            at=datetime(2026, 3, 4, 15, 30, tzinfo=UTC), message_id=due.pk,
        )  # fmt: skip
        Message.objects.update(
            failed=["one_a_day"], judged_at=db_now(), evidence={"one_a_day": [str(Touch.objects.get().pk)]}
        )
    people.sign_in(client, people.alice())
    answers = dict(why(client, clinic, due.pk).context["groups"])["Clock"]
    (told,) = [each for each in answers if each.until]
    assert (told.check.code, told.until) == ("one_a_day", datetime(2026, 3, 5, 15, 30, tzinfo=UTC))
    assert "Until Thu 5 Mar 2026, 09:30 CST" in strip_tags(text_of(why(client, clinic, due.pk)))


@pytest.mark.parametrize(
    "state, says",
    [
        (Status.EXPIRED, "the time for this message ran out"),
        (Status.CANCELLED, "because a newer version of the campaign was launched"),
        (Status.QUEUED, "and is judged then"),
    ],
)
def test_a_message_that_was_never_judged_says_what_became_of_it(
    client: Browser, state: Status, says: str
) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        Message.objects.update(status=state, settled_at=db_now() if state != Status.QUEUED else None)
    people.sign_in(client, people.alice())
    shown = text_of(why(client, clinic, message_of(clinic).pk))
    assert says in shown
    assert "It has not been judged yet" in shown


@pytest.mark.parametrize(
    "outcome, says",
    [
        (Outcome.REFUSED, "but the provider refused the message with code 30008"),
        (Outcome.UNKNOWN, "It is not sent a second time meanwhile"),
    ],
)
def test_what_the_provider_said_is_said(client: Browser, outcome: Outcome, says: str) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic, outcome)
    people.sign_in(client, people.alice())
    assert says in text_of(why(client, clinic, ident))


def test_what_nobody_knows_is_said_so_and_what_a_person_closed_too(client: Browser) -> None:
    from messaging.resolving import resolve

    clinic = people.clinic()
    message = unresolved(clinic)
    alice = people.alice()
    people.sign_in(client, alice)
    assert "We cannot tell whether Jane0 Doe was texted" in text_of(why(client, clinic, message.pk))
    with acting_for(clinic.pk):
        resolve(message, send_again=False, by=alice)
    assert "when a member closed it" in text_of(why(client, clinic, message.pk))


def test_a_mail_needs_no_consent_and_says_so(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, MAIL, texts=1)
    (ident,) = handed(clinic, provider="sendgrid")
    people.sign_in(client, people.alice())
    shown = text_of(why(client, clinic, ident))
    assert "Why was Jane0 Doe mailed?" in shown
    assert "A mail needs no consent beforehand" in shown


def test_evidence_whose_row_is_gone_is_named_all_the_same(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        OwnWindow.objects.all().delete()
    people.sign_in(client, people.alice())
    assert "which is gone" in text_of(why(client, clinic, ident))


def test_every_deciding_row_has_words_and_no_address() -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, MAIL, texts=1)
    handed(clinic)
    with acting_for(clinic.pk):
        from compliance.gate import explain

        for message in Message.objects.all():
            for reason in explain(Message.objects.filter(pk=message.pk), db_now()):
                for row in reason.rows:
                    told = row_of(row, clinic.slug)
                    assert told.says
                    assert "+1574231" not in told.says or told.what == "Sender"


def test_looking_is_on_record(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    message = message_of(clinic)
    people.sign_in(client, people.alice())
    why(client, clinic, message.pk)
    client.get(address("why_contact", clinic, contact=message.contact_id))
    with acting_for(clinic.pk):
        verbs = set(
            AuditEvent.objects.filter(actor__email="alice@example.org").values_list("verb", flat=True)
        )
    assert {"message.explained", "contact.explained"} <= verbs


def test_a_person_is_answered_for_every_message_and_every_campaign_without_one(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, texts=1, name="Spring recall")
    handed(clinic)
    with acting_for(clinic.pk):
        other = people.campaign(clinic, name="Autumn recall")
    message = message_of(clinic)
    people.sign_in(client, people.alice())
    page = address("why_contact", clinic, contact=message.contact_id)
    shown = text_of(client.get(page))
    assert "Spring recall, step 1" in shown
    assert "Every check was clear." in shown
    assert "Autumn recall: why not?" in shown
    shown = text_of(client.get(page, {"campaign": other.pk}))
    assert "but it has not been launched" in shown
    assert BY_CODE["not_approved"].says in shown


def test_a_person_outside_the_audience_is_told_which_part_leaves_them_out(client: Browser) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        person = people.contact(clinic, phone=people.a_phone(), last_visit=date(2024, 1, 15))
        nameless = people.contact(clinic, first_name="", last_name="", last_visit=None)
        made = people.campaign(clinic, last_visit_before=date(2023, 1, 1))
        segment = people.campaign(clinic, segments=["Hygiene"])
    people.sign_in(client, people.alice())
    assert "the last visit was 15 Jan 2024, and it is for visits before 2023-01-01" in asked(
        client, clinic, person, made
    )
    assert "This person is not among the people this campaign is for: no last visit is on record" in asked(
        client, clinic, nameless, made
    )
    assert "it is for the segments Hygiene" in asked(client, clinic, person, segment)
    assert "This person was never contacted" in text_of(
        client.get(address("why_contact", clinic, contact=nameless.pk))
    )


def test_a_person_without_a_number_or_who_came_too_late_or_shares_one_is_told_so(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    with acting_for(clinic.pk):
        nowhere = people.contact(clinic, email="nowhere@example.org")
        late = people.contact(clinic, phone=people.a_phone())
        theirs = Contact.objects.order_by("pk")[0].points.get(channel="sms")
        shares = people.contact(clinic, phone=theirs.value)
    people.sign_in(client, people.alice())
    assert "has no mobile number on record" in asked(client, clinic, nowhere, made)
    assert "when it was planned" in asked(client, clinic, late, made)
    assert "shares an address" in asked(client, clinic, shares, made)
    with acting_for(clinic.pk):
        Launch.objects.update(planned_at=None)
    assert "being planned right now" in asked(client, clinic, late, made)


def test_the_pages_ask_as_often_for_much_history_as_for_little(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    first, _ = handed(clinic)
    people.sign_in(client, people.alice())
    contact = message_of(clinic, pk=first).contact_id
    page, person = (
        address("why_message", clinic, message=first),
        address("why_contact", clinic, contact=contact),
    )
    with acting_for(clinic.pk):
        people.campaign(clinic, name="One more")
    fragments = [address(name, clinic, contact=contact) for name in ("contact_life", "contact_gate")]
    with acting_for(clinic.pk):
        message = Message.objects.get(pk=first)
        reply(message, "in")  # a kind that is not on the line costs nothing
        Event.objects.create(
            client=clinic, provider="twilio", event_id="e", kind="delivered", message=message, at=db_now()
        )
    few = [queries_of(client, each) for each in (page, person, *fragments)]
    with acting_for(clinic.pk):
        for number in range(5):
            Event.objects.create(
                client=clinic,
                provider="twilio",
                event_id=f"e{number}",
                kind="sent",
                message=message,
                at=db_now(),
            )
            reply(message, f"in{number}")
            people.campaign(clinic, name=f"More {number}")
    assert [queries_of(client, each) for each in (page, person, *fragments)] == few


def test_the_contacts_page_shows_what_may_be_sent_now_and_why_not(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, MAIL | {"delay_days": 1}, texts=1)
    handed(clinic)
    with acting_for(clinic.pk):
        message = Message.objects.get(channel="sms")
        people.campaign(clinic, name="Draft for all")
        people.campaign(clinic, name="Not for them", last_visit_before=date(2001, 1, 1))
        suppress(clinic.pk, message.address_id, "sms", Suppression.Source.KEYWORD)
    people.sign_in(client, people.fred(clinic))
    answer = client.get(address("contact_gate", clinic, contact=message.contact_id))
    rows = {row["name"]: row for row in answer.context["rows"]}
    assert set(rows) == {"Spring recall", "Draft for all"}
    assert (rows["Draft for all"]["answer"], rows["Draft for all"]["channel"]) == ("held", "sms")
    assert (rows["Spring recall"]["channel"], rows["Spring recall"]["position"]) == ("email", 2)
    assert rows["Spring recall"]["answer"] == "held"  # the rest of the campaign is not sent to who left it
    assert BY_CODE["left_campaign"].says in text_of(answer)


def test_nothing_to_send_is_said_so(client: Browser) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        person = people.contact(clinic, phone=people.a_phone())
    people.sign_in(client, people.alice())
    assert "nothing to send" in text_of(client.get(address("contact_gate", clinic, contact=person.pk)))


def test_a_person_planned_later_gets_the_gates_answer_for_a_step_without_a_message(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        late = people.contact(clinic, first_name="Late", phone=people.a_phone())
    people.sign_in(client, people.alice())
    rows = client.get(address("contact_gate", clinic, contact=late.pk)).context["rows"]
    assert [(row["name"], row["answer"]) for row in rows] == [("Spring recall", "waiting")]
    assert [title for title, _ in rows[0]["checks"]] == ["Consent", "Owner of the number"]
    assert finish_planning() == 0


def test_a_stranger_gets_no_answer(client: Browser) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    launched(clinic, texts=1)
    message = message_of(clinic)
    people.sign_in(client, people.charlie())
    for of in (clinic, rival):
        assert why(client, of, message.pk).status_code == 404
        assert client.get(address("why_now", of, message=message.pk)).status_code == 404
        for name in ("why_contact", "contact_gate"):
            assert client.get(address(name, of, contact=message.contact_id)).status_code == 404


def test_a_revoked_consent_is_still_shown_as_the_proof_it_was(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        ConsentRecord.objects.update(ended_at=db_now())
    people.sign_in(client, people.alice())
    shown = text_of(why(client, clinic, ident))
    assert "Yes, text me." in shown
    assert "Revoked" in shown
