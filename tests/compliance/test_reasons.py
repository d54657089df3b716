"""The people behind a reason: masked like every list, and on record when they are read by name."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def test_the_people_of_a_reason_are_masked_and_on_record_when_read_by_name() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        people.contact(clinic, first_name="Silent", phone=people.a_phone())
    page = reverse("reasons", args=[clinic.slug, made.pk, "no_consent"])
    alice = people.sign_in(Browser(), people.alice())
    assert "Silent" not in alice.get(page).content.decode()
    with acting_for(clinic.pk):
        assert not AuditEvent.objects.filter(verb="contact.list_viewed").exists()
    assert "Silent" in people.in_clear(alice, clinic).get(page).content.decode()
    with acting_for(clinic.pk):
        event = AuditEvent.objects.get(verb="contact.list_viewed")
        assert event.what == f"campaigns.Campaign:{made.pk}"
        assert event.detail == {"page": "reasons", "count": 1}
    charlie = people.sign_in(Browser(), people.charlie())
    assert charlie.get(page).status_code == 404
