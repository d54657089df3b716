"""A standing welcome, and whoever is typed in by hand or has told no name."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from consent.consent_forms import script
from consent.models import ContactPoint
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.preparing import prepare
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_greeting import greeted, newcomer, switched_on

pytestmark = pytest.mark.django_db


def test_it_fires_for_whoever_is_typed_in_by_hand_once_their_yes_is_written_down() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    fred = people.sign_in(Browser(), people.fred(clinic))
    person = {"first_name": "Hanna", "last_name": "Hand", "phone": people.a_phone(), "language": "en"}
    there = fred.post(reverse("contact_new", args=[clinic.slug]), person)["Location"]
    assert greeted(clinic) == []
    with acting_for(clinic.pk):
        point = ContactPoint.objects.latest("pk").pk
    fred.post(there, {
        "point": point, "method": "phone", "purposes": ["care"], "wording": script(clinic.name), "day": "2026-03-02",
        "hour": "14:05", "reference": "REC-88", "taken_by": "Fred", "read_back": "on", "told_optional": "on",
    })  # fmt: skip
    assert greeted(clinic) == ["Hanna"]


def test_whoever_told_no_name_is_greeted_in_words_that_read_well_without_one() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    with acting_for(clinic.pk):
        newcomer(clinic, first_name="", last_name="", filled=[])
        newcomer(clinic, first_name="Nora")
    assert sorted(greeted(clinic)) == ["", "Nora"]
    with Locks() as locks:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks)
    assert sorted(each.text.partition(",")[0] for each in wave.outgoing) == ["Hello", "Hi Nora"]
