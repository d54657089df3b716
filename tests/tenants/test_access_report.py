"""Who may see a client's data, and who did: nobody is left out, nobody of a rival is in it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tenants import audit
from tenants.api import tokens
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Membership, Role, Scope, User
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def before(who: User) -> Browser:
    found: Browser = people.sign_in(Browser(), who)
    return found


def at(clinic: Client, rest: str = "") -> str:
    return f"/c/{clinic.slug}/records/access/{rest}"


def taken(browser: Browser, clinic: Client, **sent: str) -> dict[str, dict[str, str]]:
    answer: Any = browser.post(at(clinic, "file/"), sent)
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")
    return {row["who"]: row for row in csv.DictReader(io.StringIO(text))}


def test_everybody_who_may_come_in_stands_in_it_and_what_they_did(clinic: Client) -> None:
    olive, bob, vera = people.olive(), people.bob(clinic), people.member("Vera", Role.VIEWER, client=clinic)
    with acting_for(clinic.pk):
        jane = people.contact(clinic)
        tokens.make(clinic, name="CRM", scopes=[Scope.CONTACTS_READ], days=30, by=bob)
    viewer = before(vera)
    for _ in range(2):
        viewer.get(f"/c/{clinic.slug}/contacts/{jane.pk}/")
    page = before(olive).get(at(clinic)).content.decode()
    for who in ("Olive", "Bob", "Vera", "Key “CRM”"):
        assert who in page
    rows = taken(before(bob), clinic)
    assert (rows["Vera"]["looks at people"], rows["Vera"]["role"]) == ("2", "Viewer")
    assert "contact.viewed 2" in rows["Vera"]["what"]
    assert rows["Key “CRM”"]["may see"] == "contacts:read"
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="records.access_exported", actor=bob).exists()


def test_what_a_key_read_of_people_is_counted_at_the_key(clinic: Client) -> None:
    crm = Caller(clinic)
    with acting_for(clinic.pk):
        jane = people.contact(clinic)
    for path in (f"contacts/{jane.pk}/", "contacts/", "messages/", "campaigns/"):
        assert crm.get(path).status_code == 200
    row = taken(before(people.bob(clinic)), clinic)["Key “CRM”"]
    assert (row["looks at people"], row["deeds"], row["what"]) == ("3", "4", "api.read 4"), (
        "campaigns are nobody"
    )


def test_who_left_still_stands_in_it_without_access(clinic: Client) -> None:
    bob, vera = people.bob(clinic), people.member("Vera", Role.VIEWER, client=clinic)
    Membership.objects.filter(user=vera).update(ended_at=db_now())
    row = taken(before(bob), clinic)["Vera"]
    assert row["may see"] == "nothing any more"
    assert row["until (UTC)"]


def test_who_did_something_without_any_role_stands_in_it(clinic: Client) -> None:
    bob, ghost = people.bob(clinic), people.user("Ghost")
    with acting_for(clinic.pk):
        audit.record("contact.viewed", client_id=clinic.pk, by=ghost)
    assert taken(before(bob), clinic)["Ghost"]["role"] == "no role any more"


def test_nobody_of_a_rival_and_nobody_bound_to_another_client_stands_in_it(clinic: Client) -> None:
    bob, charlie = people.bob(clinic), people.charlie()
    other = people.client_of(people.agency(), "Second Smiles")
    bound = people.member("Bess", Role.STAFF, of=people.agency(), client=other)
    assert not {"Charlie", "Bess"} & set(taken(before(bob), clinic))
    for stranger in (charlie, bound):
        assert before(stranger).get(at(clinic)).status_code == 404
        assert before(stranger).post(at(clinic, "file/")).status_code == 404


def test_viewers_and_the_front_desk_do_not_read_it(clinic: Client) -> None:
    for who in (people.fred(clinic), people.member("Vera", Role.VIEWER, client=clinic)):
        assert before(who).get(at(clinic)).status_code == 403


@pytest.mark.parametrize("days", ["", "31", "-1", "x", "9" * 40])
def test_a_period_nobody_offers_is_ninety_days(clinic: Client, days: str) -> None:
    page = before(people.bob(clinic)).get(at(clinic), {"days": days}).content.decode()
    assert '<a href="?days=90" aria-current="page">' in page


def test_it_asks_as_often_for_many_people_as_for_few(clinic: Client) -> None:
    browser = before(people.bob(clinic))

    def asked() -> int:
        browser.get(at(clinic))
        with CaptureQueriesContext(connection) as seen:
            browser.get(at(clinic))
        return len(seen)

    few = asked()
    for n in range(5):
        who = people.member(f"Vera{n}", Role.VIEWER, client=clinic)
        with acting_for(clinic.pk):
            audit.record("contact.viewed", client_id=clinic.pk, by=who)
    assert asked() == few
