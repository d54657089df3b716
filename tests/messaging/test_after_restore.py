"""What would leave by itself after a restore: an answer that waited, and whoever joins a campaign that goes on."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from campaigns.audience import months_before
from campaigns.state import State, state_of
from consent.models import Contact, ContactPoint
from messaging import answering, holding, recovering
from messaging.models import Inbound, Message
from messaging.providers.base import Listed, NotOffered
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_evergreen import MONTHS, on_its_way

pytestmark = pytest.mark.django_db
JANE = "+15742310001"


def test_an_answer_that_waited_is_not_sent_by_itself() -> None:
    """It may have been sent since the backup, and no campaign stands behind it that a person could release."""
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
        people.sms_sender(clinic)
        people.ready(clinic)
        take_reply(clinic.pk, Answered("SM1", "sms", JANE, "+15742310600", "When are you open?"), db_now())
        reply = Inbound.objects.get()
        answering.write(reply, "We open at nine.", uuid.uuid4(), people.alice(), clinic)
    holding.hold("A backup was restored.", db_now())
    assert holding.ask()
    with acting_for(clinic.pk):
        message = Message.objects.get()
    assert (message.status, message.delivery_code) == ("cancelled", "before_restore")


class Remembers:
    """A provider that sent one text in the time that is forgotten."""

    channel = "sms"

    def __init__(self, text: Listed) -> None:
        self.text = text

    def shunned(self, since: datetime) -> Any:
        raise NotOffered

    def replies(self, numbers: Any, since: datetime) -> Any:
        return []

    def listed(self, numbers: Any, since: datetime, until: datetime) -> list[Listed]:
        return [self.text] if since <= self.text.at < until else []


def test_who_joined_in_the_time_that_is_forgotten_does_not_get_the_message_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    made = on_its_way(clinic)
    with acting_for(clinic.pk):
        joined = Contact.objects.get(last_visit__gt=months_before(db_now().date(), MONTHS))
        Contact.objects.filter(pk=joined.pk).update(last_visit=date(2020, 1, 1))
        phone = ContactPoint.objects.get(contact=joined).value
        ProviderAccount.objects.create(client=clinic, provider="twilio", account_id="AC" + "1" * 32)
    remembers = Remembers(Listed("SM" + "7" * 32, phone, "Hello", db_now() - timedelta(minutes=30)))
    monkeypatch.setattr(recovering, "provider_for", lambda account: remembers)
    holding.hold("A backup was restored.", db_now() - timedelta(hours=1))
    assert holding.ask()
    with acting_for(clinic.pk):
        assert Message.objects.get(contact=joined).status == "cancelled"
        assert set(Message.objects.exclude(contact=joined).values_list("status", flat=True)) == {"queued"}
        assert state_of(made) == State.PAUSED
