"""A provider that refuses an account or a sender: everything that would go on using it is paused, and somebody hears of it."""

from __future__ import annotations

import pytest
from django.core import mail

from campaigns.models import Campaign
from compliance.models import Stop
from messaging import outbox
from messaging.breakers import letters
from messaging.models import Message, Trip
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """A campaign in hand, and another with everything queued, of another number of the same account."""
    of = people.clinic()
    launched(of, texts=2)
    with acting_for(of.pk):
        other = people.sms_sender(of, address="+15742310699")
        made = people.campaign(of, {"channel": "sms", "sender": other}, name="Other")
        people.approve(made, people.user("Bob"))
        made.refresh_from_db()
        launch = outbox.launch(made, by=None)
    outbox.plan(launch)
    return of


def refuse(of: Client, code: str) -> list[str]:
    """The names of what is paused."""
    with acting_for(of.pk):
        Message.objects.filter(campaign__name="Other").update(due_at="2100-01-01T00:00:00Z")
    attempts = claimed(of)
    with acting_for(of.pk):
        for attempt in attempts:
            record_outcomes(of.pk, [Receipt(attempt, Outcome.NOT_SENT, code=code, pause_sender=True)])
        paused = Stop.objects.filter(ended_at=None).values("campaign")
        return sorted(Campaign.objects.filter(pk__in=paused).values_list("name", flat=True))


@pytest.mark.parametrize("code", ["20003", "http_401"])
def test_refused_credentials_pause_whatever_uses_the_account(clinic: Client, code: str) -> None:
    assert refuse(clinic, code) == ["Other", "Spring recall"]


def test_a_refused_number_pauses_what_uses_that_number(clinic: Client) -> None:
    assert refuse(clinic, "30034") == ["Spring recall"]


def test_the_agency_is_mailed_once(clinic: Client) -> None:
    people.alice()
    refuse(clinic, "30034")
    assert letters.tell(clinic.pk) == 1
    assert letters.tell(clinic.pk) == 0
    (letter,) = mail.outbox
    assert "The provider refuses this sender (code 30034)" in letter.body
    with acting_for(clinic.pk):
        assert Trip.objects.get().stop_id == Stop.objects.get().pk
