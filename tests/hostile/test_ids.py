"""Ids of others, of nobody and of no row at all: in addresses, in fields and by the thousand."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from consent.models import Contact, ContactPoint, Suppression
from tenants.models import Location
from tenants.scope import acting_for
from tests import people
from tests.hostile.desk import Desk, desk
from tests.test_walker import CLIENT_PAGES, WITH_OBJECTS, WRITES, WRITTEN_BY_LOOKING
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
NO_NUMBERS = [
    "-1",
    "..",
    "../7",
    "%2e%2e",
    str(uuid.UUID(int=0)),
    "1,2",
    "[1]",
    "1e3",
    "0x1",
    "+1",
    " 1",
    "null",
    "1;2",
    "'",
]


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def olive_and_ids() -> tuple[Browser, dict[str, Any]]:
    clinic = people.clinic()
    ids = objects_of(clinic) | {"client": clinic.slug}
    browser: Browser = people.sign_in(Browser(), people.olive())
    return browser, ids


def test_what_is_no_number_is_no_address() -> None:
    for route in WITH_OBJECTS:
        words = {
            "client": "bright-smiles",
            "channel": "sms",
            "provider": "smtp",
            "code": "opted_out",
            "key": "typical",
        }
        address = route.url(dict.fromkeys(route.kwargs, 7777) | words)
        for word in NO_NUMBERS:
            try:
                other = resolve(address.replace("7777", word))
            except Resolver404:
                continue
            # Beside a client's own templates, which have numbers, stand those of the library, which have keys.
            assert (route.name, other.view_name) == ("template", "starter"), address


def test_numbers_that_no_row_can_have_are_not_found(olive_and_ids: tuple[Browser, dict[str, Any]]) -> None:
    olive, ids = olive_and_ids
    for route in WITH_OBJECTS:
        for number in (2**63, 10**40):
            wrong = {name: number if isinstance(value, int) else value for name, value in ids.items()}
            status = olive.get(route.url(wrong)).status_code
            if status == 405:
                status = olive.post(route.url(wrong)).status_code
            assert status in {403, 404}, (route.name, number)  # 403: for no agency role whatever the id


def test_other_methods_write_nothing_and_break_nothing(olive_and_ids: tuple[Browser, dict[str, Any]]) -> None:
    olive, ids = olive_and_ids
    for turn, route in enumerate(CLIENT_PAGES):
        for method in ("put", ("trace", "delete", "patch", "head", "options")[turn % 5]):
            with CaptureQueriesContext(connection) as asked:
                answer = getattr(olive, method)(route.url(ids), headers={"x-http-method-override": "POST"})
            written = [q["sql"] for q in asked if re.match(WRITES, q["sql"], re.I | re.S)]
            assert answer.status_code < 500, (route.name, method)
            assert [
                sql for sql in written if not any(f'"{table}"' in sql for table in WRITTEN_BY_LOOKING)
            ] == [], (route.name, method)


def test_ids_of_a_rival_in_our_fields_are_no_choice(at: Desk) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        site = Location.objects.create(client=rival, name="Theirs", time_zone="America/New_York")
        them = people.contact(rival, phone=people.a_phone())
        point = ContactPoint.objects.get()
        made = people.campaign(rival)
        sender = made.steps.get().sender_id
    for form, field, value in (
        ("words", "sender", sender),
        ("rule", "location", site.pk),
        ("sender_sms", "location", site.pk),
        ("consent", "point", point.pk),
        ("opt_out", "addresses", [point.address_id]),
        ("hold", "contact_id", them.pk),
        ("pack", "campaign", made.pk),
    ):
        for wrong in (value, "-1", str(2**63), str(uuid.UUID(int=0)), "../1", ["1", "2"]):
            assert at.post(form, {field: wrong}).status_code == 422, (form, wrong)
    assert at.post("hold", {"contact_id": "", "campaign_id": made.pk}).status_code == 422
    for place in (at.clinic, rival):
        with acting_for(place.pk):
            assert not Suppression.objects.exists()


def test_many_ids_in_one_call_are_refused_whole(at: Desk) -> None:
    some = at.post("opt_out", {"addresses": [str(number) for number in range(1500)]})
    assert some.status_code == 422
    many = at.post("opt_out", {"addresses": [str(number) for number in range(10_000)]})
    assert many.status_code == 400
    assert "More was sent at once than a page ever sends" in many.content.decode()
    with acting_for(at.clinic.pk):
        assert not Suppression.objects.exists()
        assert Contact.objects.count() == 1
