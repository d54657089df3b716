"""What goes wrong after the last message has left: nothing can be paused, and somebody hears of it all the same."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from messaging import tasks
from messaging.breakers import tripping
from messaging.breakers.tripping import watch
from messaging.models import Trip
from messaging.models.message import Delivery
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.breakers.world import mails, sent, stop_of, told
from tests.messaging.world import MAIL, launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """Twenty mails handed over, none left."""
    of = people.clinic()
    launched(of, MAIL, texts=20)
    sent(of, 20)
    return of


def test_complaints_that_come_when_nothing_is_left_to_pause_are_told_once(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tripping, "RESTING", 0.0)
    people.alice()
    told(clinic, mails(clinic)[:5], Delivery.COMPLAINED)
    assert tasks.watch() == 1
    assert tasks.watch() == 0
    (letter,) = mail.outbox
    assert letter.subject == "Bright Smiles: too much went wrong with what was sent"
    assert "5 of 20 mails were reported as spam" in letter.body
    assert "Nothing was left to pause" in letter.body
    assert stop_of(clinic) is None
    with acting_for(clinic.pk):
        trip = Trip.objects.get()
        assert (trip.stop_id, trip.measure, trip.scope) == (None, "complained", "campaign")
        assert AuditEvent.objects.filter(verb="client.over_a_limit").count() == 1
    page = people.sign_in(Browser(), people.user("Alice")).get(reverse("rates", args=[clinic.slug]))
    assert "Nothing was left to pause" in page.content.decode()


def test_a_client_that_rests_is_not_counted_at_every_round(clinic: Client) -> None:
    assert watch(clinic.pk) == []
    told(clinic, mails(clinic)[:5], Delivery.COMPLAINED)
    assert watch(clinic.pk) == []
    tripping._resting.clear()
    assert len(watch(clinic.pk)) == 1
