"""Whoever presses the way back twice, or from two windows at once, came back once and reads so both times."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from consent import choosing, coming_back
from consent.models import ConsentRecord, ContactPoint, PreferenceLink
from tenants.hashing import new_token
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
YES = {"again": "1", "agree": "yes", "signer_name": "Jane Doe"}


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def token(clinic: Client) -> str:
    secret, digest = new_token()
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org")
        address = ContactPoint.objects.get(contact=jane, channel=Channel.EMAIL).address_id
        link = PreferenceLink.objects.create(token_hash=digest, client=clinic, address_id=address)
        choosing.stop_purpose(link, "recall")
    return secret


def test_a_second_press_says_what_the_first_one_said(clinic: Client, token: str) -> None:
    for _ in range(2):
        answer = Browser().post(f"/u/{token}/", YES)
        assert answer.status_code == 200
        assert "may e-mail you again" in answer.content.decode()
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.count() == 1


def test_of_two_presses_at_once_the_second_waits_before_it_looks(clinic: Client, token: str) -> None:
    with acting_for(clinic.pk), CaptureQueriesContext(connection) as asked:
        link = PreferenceLink.objects.select_related("client", "address").get()
        assert coming_back.come_back(link, "Jane Doe", RequestFactory().post("/"))
    statements = [query["sql"] for query in asked]
    waits = next(n for n, sql in enumerate(statements) if "consent_contact" in sql and "FOR UPDATE" in sql)
    assert not [sql for sql in statements[:waits] if "consent_purposeoptout" in sql]
