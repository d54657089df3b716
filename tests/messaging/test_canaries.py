"""A canary to oneself proves that a sender delivers and that its provider's signed reports reach us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import TestCase
from django.urls import reverse

from compliance.models import Answer, Canary
from compliance.readiness import Card, cards
from messaging import delivery
from messaging.models.message import Delivery
from messaging.providers.base import Outcome, Outgoing, Receipt
from messaging.providers.hooks import Notice
from messaging.telling import tell
from tenants.clock import db_now
from tenants.models import Agency, AuditEvent, Client, ProviderAccount, Sender
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_test_send import Hands

pytestmark = pytest.mark.django_db
PHONE = "+15742310999"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(delivery, "provider_for", lambda account: made)
    return made


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    Agency.objects.filter(pk=clinic.agency_id).update(test_phone=PHONE)
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        people.mail_sender(clinic, provider="smtp")
        for provider in ("twilio", "smtp"):
            ProviderAccount.objects.create(client=clinic, provider=provider, settings="{}")
        people.ready(clinic)
        Canary.objects.all().delete()
    return clinic


@pytest.fixture
def alice(clinic: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def press(alice: Browser, clinic: Client, channel: str = "sms") -> str:
    with acting_for(clinic.pk):
        sender = Sender.objects.get(channel=channel)
    where = reverse("canaries", args=[clinic.slug])
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert alice.post(where, {"sender": sender.pk}).status_code == 302
    return str(alice.get(where).content.decode())


def newest(clinic: Client) -> Canary:
    with acting_for(clinic.pk):
        found: Canary = Canary.objects.latest("pk")
        return found


def report(clinic: Client, canary: Canary, delivery: Delivery, code: str = "") -> Canary:
    """What a webhook said whose signature held."""
    notice = Notice(
        provider="twilio", event_id=f"SM1:{delivery}:{code}", kind=str(delivery), at=db_now(), delivery=delivery, code=code,
        attempt=canary.attempt, channel="sms", address=PHONE,
    )  # fmt: skip
    with acting_for(clinic.pk):
        tell(clinic.pk, [notice])
    return newest(clinic)


def counts(clinic: Client) -> int:
    with acting_for(clinic.pk):
        return int(Canary.objects.good(db_now()).count())


def card(clinic: Client) -> Card:
    with acting_for(clinic.pk):
        return next(each for each in cards(clinic, db_now()) if each.kind == "number")


@pytest.mark.django_db(transaction=True)
def test_a_text_counts_when_a_signed_report_says_that_it_was_delivered(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    assert card(clinic).answer == "held"
    assert f"on its way to {PHONE}" in press(alice, clinic)
    (sent,) = hands.sent
    assert (sent.to, "Reply STOP" in sent.text) == (PHONE, True)
    assert counts(clinic) == 0
    heard = report(clinic, newest(clinic), Delivery.SENT)
    assert (heard.answer, heard.heard_at is not None, counts(clinic)) == ("", True, 0)
    heard = report(clinic, heard, Delivery.DELIVERED)
    assert (heard.answer, counts(clinic)) == (Answer.PASS, 1)
    assert card(clinic).answer == "clear"
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="canary.sent").count() == 1


def test_a_failure_counts_against_the_sender_even_after_an_earlier_pass(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    press(alice, clinic)
    report(clinic, newest(clinic), Delivery.DELIVERED)
    press(alice, clinic)
    failed = report(clinic, newest(clinic), Delivery.FAILED, "30034")
    assert (failed.answer, failed.code, counts(clinic)) == (Answer.FAIL, "30034", 0)
    assert "30034" in alice.get(reverse("canaries", args=[clinic.slug])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_report_that_comes_before_the_providers_answer_finds_its_canary(
    clinic: Client, alice: Browser, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = hands.send

    def reported_at_once(batch: list[Outgoing]) -> list[Receipt]:
        assert not connection.in_atomic_block, "the page's transaction waits for the provider"
        report(clinic, newest(clinic), Delivery.DELIVERED)
        return taken(batch)

    monkeypatch.setattr(hands, "send", reported_at_once)
    press(alice, clinic)
    assert counts(clinic) == 1
    with acting_for(clinic.pk):
        assert not AuditEvent.objects.filter(verb="webhook.named_no_attempt_of_ours").exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_a_failure_and_a_provider_out_of_reach_none(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    hands.down = True
    assert "cannot be reached" in press(alice, clinic)
    with acting_for(clinic.pk):
        assert not Canary.objects.exists()
    hands.down, hands.answer = False, Outcome.REFUSED
    assert "refused it (code 21211)" in press(alice, clinic)
    assert newest(clinic).answer == Answer.FAIL


def test_a_mail_server_reports_nothing_so_there_it_counts_when_it_was_taken(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    press(alice, clinic, "email")
    assert (newest(clinic).answer, counts(clinic)) == (Answer.PASS, 1)
    assert hands.sent[0].to == people.user("Alice").email


def test_one_counts_for_thirty_days_and_new_credentials_ask_for_another(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    press(alice, clinic)
    report(clinic, newest(clinic), Delivery.DELIVERED)
    with acting_for(clinic.pk):
        assert not Canary.objects.good(db_now() + timedelta(days=30, minutes=1)).exists()
        people.proven(alice, people.user("Alice"), 0)
    given = {"account_id": "AC" + "2" * 32, "auth_token": "b" * 32}
    alice.post(reverse("provider_account", args=[clinic.slug, "twilio"]), given)
    assert counts(clinic) == 0


def test_a_report_about_another_clients_canary_changes_nothing(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    press(alice, clinic)
    mine, rival = newest(clinic), people.rival_clinic()
    notice = Notice(
        "twilio", "SM2:delivered", "delivered", db_now(), Delivery.DELIVERED, attempt=mine.attempt
    )
    with acting_for(rival.pk):
        tell(
            rival.pk, [notice, Notice("twilio", "SM3:sent", "sent", db_now(), Delivery.SENT, attempt=uuid4())]
        )
        assert AuditEvent.objects.filter(verb="webhook.named_no_attempt_of_ours").exists()
    assert newest(clinic).answer == ""


def test_a_rival_finds_neither_the_page_nor_a_sender(clinic: Client, hands: Hands) -> None:
    with acting_for(clinic.pk):
        sender = Sender.objects.first()
        assert sender
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("canaries", args=[clinic.slug])).status_code == 404
    rival = people.rival_clinic()
    given: Any = {"sender": sender.pk}
    assert stranger.post(reverse("canaries", args=[rival.slug]), given).status_code == 404
    assert hands.sent == []
