"""Deceased, minor, gone from an address: said by hand, in force at once, taken back only by who may release."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client as Browser
from django.urls import reverse

from consent.models import Contact, ContactPoint, Suppression
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, phone=people.a_phone(), email="jane@example.org")


def test_the_front_desk_marks_and_cannot_take_it_back(clinic: Client, jane: Contact) -> None:
    page = reverse("contact_mark", args=[clinic.slug, jane.pk])
    desk = people.sign_in(Browser(), people.fred(clinic))
    desk.post(page, {"deceased": "on", "adult_from": "2090-05"})
    with acting_for(clinic.pk):
        jane.refresh_from_db()
        assert (jane.deceased, jane.adult_from) == (True, date(2090, 5, 1))
        assert AuditEvent.objects.get(verb="contact.marked").detail["fields"] == ["deceased", "adult_from"]
    assert desk.post(page, {"adult_from": "2090-05"}).status_code == 422
    assert desk.post(page, {"deceased": "on", "adult_from": "2020-05"}).status_code == 422
    people.sign_in(Browser(), people.alice()).post(page, {})
    with acting_for(clinic.pk):
        jane.refresh_from_db()
        assert (jane.deceased, jane.adult_from) == (False, None)


def test_an_address_given_up_is_no_opt_out(clinic: Client, jane: Contact) -> None:
    page = reverse("contact_mark", args=[clinic.slug, jane.pk])
    with acting_for(clinic.pk):
        phone = ContactPoint.objects.get(contact=jane, channel="sms")
    people.sign_in(Browser(), people.alice()).post(page, {"gave_up": [phone.pk]})
    with acting_for(clinic.pk):
        assert ContactPoint.objects.get(contact=jane, ended_at=None).channel == "email"
        assert not Suppression.objects.exists()
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(page).status_code == stranger.post(page).status_code == 404
