"""A test goes to oneself and nowhere else, marked, and leaves no trace in any figure."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from campaigns.models import Campaign, Step
from compliance.models import Stop, StopEverything
from consent.models import Address, Suppression, Touch
from messaging import delivery
from messaging.models import Attempt, Event, Message
from messaging.providers.base import NotConnected, Outcome, Outgoing, Receipt
from tenants.models import Agency, AuditEvent, Channel, Client, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address
from tests.messaging.world import MAIL, TEXT

pytestmark = pytest.mark.django_db
PHONE = "+15742310999"


class Hands:
    """A provider that takes everything, or answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.answer = Outcome.ACCEPTED
        self.down = False

    def connect(self) -> None:
        if self.down:
            raise NotConnected("connect")

    def send(self, batch: list[Outgoing]) -> list[Receipt]:
        self.sent += batch
        return [
            Receipt(each.attempt_id, self.answer, code="" if self.answer is Outcome.ACCEPTED else "21211")
            for each in batch
        ]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(delivery, "provider_for", lambda account: made)
    return made


def draft(of: Client, *steps: dict[str, Any], mail_by: str = "sendgrid") -> Campaign:
    with acting_for(of.pk):
        people.sms_sender(of)
        people.mail_sender(of, provider=mail_by)
        for provider in ("twilio", mail_by):
            ProviderAccount.objects.create(client=of, provider=provider, settings="{}")
        made: Campaign = people.campaign(of, *steps)
        return made


def press(browser: Browser, of: Client, made: Campaign, position: int = 1, **given: str) -> str:
    with acting_for(of.pk):
        step = Step.objects.get(campaign=made, position=position)
    answer = browser.post(address("test_send", of, made, step=step.pk), given, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_mail_goes_to_ones_own_address_marked_as_a_test(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(
        clinic,
        MAIL | {"subject": "{{ first_name }}, your visit", "body": "Dear {{ first_name }}, come and see us."},
    )
    people.sign_in(client, people.alice())
    assert "on its way to alice@example.org" in press(client, clinic, made)
    (sent,) = hands.sent
    assert (sent.to, sent.subject) == ("alice@example.org", "[Test] Maria, your visit")
    assert "Dear Maria" in sent.text
    assert "/u/test/" in sent.text


def test_each_wording_is_tried_by_itself(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(
        clinic,
        MAIL
        | {
            "subject": "A visit",
            "body": "Come by.",
            "spanish_subject": "Una visita",
            "spanish_body": "Venga.",
        },
    )
    people.sign_in(client, people.alice())
    press(client, clinic, made, wording="s")
    press(client, clinic, made)
    assert [each.subject for each in hands.sent] == ["[Test] Una visita", "[Test] A visit"]


def test_a_text_goes_to_the_agencys_test_number_only(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(clinic, TEXT)
    people.sign_in(client, people.alice())
    assert "has no number for test texts" in press(client, clinic, made)
    assert hands.sent == []
    Agency.objects.update(test_phone=PHONE)
    press(client, clinic, made)
    (sent,) = hands.sent
    assert sent.to == PHONE
    assert sent.text.startswith("[Test] Bright Smiles")
    assert "Reply STOP to opt out" in sent.text


def test_a_test_counts_nowhere_and_its_attempt_is_in_no_table(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(clinic, MAIL)
    people.sign_in(client, people.alice())
    press(client, clinic, made)
    press(client, clinic, made)
    assert hands.sent[0].attempt_id != hands.sent[1].attempt_id
    with acting_for(clinic.pk):
        assert not any(model.objects.exists() for model in (Message, Attempt, Touch, Event))
        events = list(AuditEvent.objects.filter(verb="step.test_sent"))
    assert [(event.actor.email, event.detail["outcome"]) for event in events] == [
        ("alice@example.org", "accepted")
    ] * 2
    assert "alice@" not in str([event.detail for event in events])


def test_sendgrid_carries_no_test_of_a_covered_client(client: Browser, hands: Hands) -> None:
    for covered in (Client.Covered.COVERED, Client.Covered.UNSET):
        clinic = people.client_of(people.agency(), f"Clinic {covered}", covered=covered)
        made = draft(clinic, MAIL)
        people.sign_in(client, people.user("Alice") if covered == Client.Covered.UNSET else people.alice())
        assert "SendGrid signs no business associate agreement" in press(client, clinic, made)
    assert hands.sent == []


def test_a_covered_clients_own_mail_server_carries_it(client: Browser, hands: Hands) -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    made = draft(clinic, MAIL, mail_by="smtp")
    people.sign_in(client, people.alice())
    press(client, clinic, made)
    assert len(hands.sent) == 1


@pytest.mark.parametrize("everything", [True, False])
def test_while_sending_is_stopped_no_test_is_sent(client: Browser, hands: Hands, everything: bool) -> None:
    clinic = people.clinic()
    made = draft(clinic, MAIL)
    with acting_for(clinic.pk):
        if everything:
            StopEverything.objects.create(reason="Drill.")
        else:
            Stop.objects.create(client=clinic, reason="Drill.")
    people.sign_in(client, people.alice())
    assert "Sending is stopped" in press(client, clinic, made)
    assert hands.sent == []


def test_a_test_address_that_opted_out_gets_none(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(clinic, TEXT)
    Agency.objects.update(test_phone=PHONE)
    with acting_for(clinic.pk):
        known = Address.objects.resolve(Channel.SMS, [PHONE])[PHONE]
        Suppression.objects.create(client=clinic, address_id=known, channel="sms", source="keyword")
    people.sign_in(client, people.alice())
    assert "opted out" in press(client, clinic, made)
    assert hands.sent == []


def test_the_twenty_first_test_of_an_hour_is_not_sent(
    client: Browser, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.test_send.AN_HOUR", 2)
    clinic = people.clinic()
    made = draft(clinic, MAIL)
    people.sign_in(client, people.alice())
    answers = [press(client, clinic, made) for _ in range(3)]
    assert "You sent 2 tests in the last hour" in answers[2]
    assert len(hands.sent) == 2


def test_what_the_provider_says_is_said(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(clinic, MAIL)
    people.sign_in(client, people.alice())
    hands.answer = Outcome.REFUSED
    assert "did not take the test (code 21211)" in press(client, clinic, made)
    hands.answer = Outcome.UNKNOWN
    assert "may reach alice@example.org, or not" in press(client, clinic, made)
    hands.down = True
    assert "cannot be reached" in press(client, clinic, made)


def test_words_that_cannot_be_rendered_say_what_is_missing(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    no_website = TEXT | {"body": "Bright Smiles: see {{ practice_website }}. Reply STOP to opt out."}
    made = draft(clinic, no_website, TEXT | {"body": "Hello {{ nobody }}"})
    Agency.objects.update(test_phone=PHONE)
    people.sign_in(client, people.alice())
    assert "the practice has none" in press(client, clinic, made)
    press(client, clinic, made, position=2)
    assert hands.sent == []


def test_an_account_not_connected_says_so(client: Browser, hands: Hands) -> None:
    clinic = people.clinic()
    made = draft(clinic, MAIL)
    with acting_for(clinic.pk):
        ProviderAccount.objects.all().delete()
    people.sign_in(client, people.alice())
    assert "not connected to a provider" in press(client, clinic, made)


def test_the_owner_sets_the_test_number_and_staff_does_not(client: Browser) -> None:
    people.alice()
    people.sign_in(client, people.olive())
    assert client.post("/team/test-phone/", {"test_phone": "12"}).status_code == 422
    client.post("/team/test-phone/", {"test_phone": "(574) 231-0999"})
    assert Agency.objects.get().test_phone == PHONE
    people.sign_in(client, people.user("Alice"))
    assert client.post("/team/test-phone/", {"test_phone": ""}).status_code == 403
    assert Agency.objects.get().test_phone == PHONE


def test_only_staff_sends_tests_and_a_stranger_finds_no_step(client: Browser, hands: Hands) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    made = draft(clinic, MAIL)
    with acting_for(clinic.pk):
        step = Step.objects.get()
    people.sign_in(client, people.fred(clinic))
    assert client.post(address("test_send", clinic, made, step=step.pk)).status_code == 403
    people.sign_in(client, people.charlie())
    for of in (clinic, rival):
        assert client.post(address("test_send", of, made, step=step.pk)).status_code == 404
    assert hands.sent == []
