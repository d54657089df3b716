"""A standing welcome, and whoever is typed in by hand or has told no name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.fingerprint import refresh, signed_content
from campaigns.wording import audience
from consent.consent_forms import script
from consent.models import ConsentRecord, ContactPoint, Tier
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.models import Purpose
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.test_greeting import greeted, newcomer, switched_on

pytestmark = pytest.mark.django_db
Method = ConsentRecord.Method


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


def test_a_patient_of_the_list_is_greeted_once_the_call_with_their_first_yes_is_written_down() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        listed = people.contact(clinic, first_name="Listed", phone=people.a_phone())
        people.consent(listed, Purpose.CARE, Tier.NUMBER_GIVEN, method=Method.IMPORTED)
        agreed = newcomer(clinic, first_name="Agreed")
    switched_on(clinic, greets_known=True)
    assert greeted(clinic) == []
    with acting_for(clinic.pk):
        ConsentRecord.objects.filter(contact=agreed).update(ended_at=db_now())
        people.consent(agreed, Purpose.CARE, method=Method.PAPER)
        people.consent(people.contact(clinic, phone=people.a_phone()), Purpose.CARE, method=Method.IMPORTED)
        long_ago = people.consent(people.contact(clinic, phone=people.a_phone()), Purpose.CARE)
        ConsentRecord.objects.filter(pk=long_ago.pk).update(since=db_now() - timedelta(days=3))
        people.consent(listed, Purpose.CARE, Tier.VERBAL, method=Method.PHONE)
        newcomer(clinic, first_name="Nora")
    assert sorted(greeted(clinic)) == ["Listed", "Nora"]
    assert sorted(greeted(clinic)) == ["Listed", "Nora"]
    assert len(claimed(clinic)) == 2


def test_a_welcome_greets_known_people_only_where_that_is_signed() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        listed = people.contact(clinic, phone=people.a_phone())
    made = switched_on(clinic)
    with acting_for(clinic.pk):
        people.consent(listed, Purpose.CARE, Tier.VERBAL, method=Method.PHONE)
    assert greeted(clinic) == []
    with acting_for(clinic.pk):
        before, made.greets_known = made.fingerprint, True
        made.save()
        assert "whether they are new or known already" in audience(signed_content(made))
        assert refresh(made) != before
    assert len(greeted(clinic)) == 1
    assert claimed(clinic) == []  # what was signed does not say so


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
