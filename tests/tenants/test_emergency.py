"""Breaking the glass: two people, an alert, some hours, reading only, everything on record."""

from __future__ import annotations

from datetime import timedelta
from inspect import getsource, unwrap
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client as Browser
from pytest_django import DjangoCaptureOnCommitCallbacks

from tenants import emergency
from tenants.clock import db_now
from tenants.emergency import CannotBreak
from tenants.models import AuditEvent, Client, EmergencyAccess, Membership, Role, User
from tenants.scope import acting_for
from tests import people
from tests.test_walker import CLIENT_PAGES, entries

pytestmark = pytest.mark.django_db
SHOWING = {"clear_show", "clear_hide", "contact_search", "booking_search", "preview", "content_findings"}
WHY = "The launch of this morning goes wrong and nobody answers."


class House:
    """Bess is staff of the agency, bound to another client; Olive owns the agency; Bob is the clinic's contact."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        self.other = people.client_of(people.agency(), "Second Smiles")
        self.bess = people.member("Bess", Role.STAFF, of=people.agency(), client=self.other)
        self.olive, self.bob = people.olive(), people.bob(self.clinic)

    def ask(self) -> EmergencyAccess:
        with acting_for(self.clinic.pk):
            return emergency.ask(self.clinic, self.bess, WHY, 2)

    def grant(self, by: User) -> EmergencyAccess:
        row = self.ask()
        with acting_for(self.clinic.pk):
            return emergency.grant(row, by)

    def opens(self, page: str = "") -> int:
        return int(people.sign_in(Browser(), self.bess).get(f"/c/{self.clinic.slug}/{page}").status_code)


@pytest.fixture
def house() -> House:
    return House()


def test_asked_alone_nothing_opens(house: House) -> None:
    house.ask()
    assert house.opens() == 404


@pytest.mark.parametrize("second", ["olive", "bob"])
def test_a_second_person_opens_it_for_reading_and_every_page_is_on_record(house: House, second: str) -> None:
    house.grant(getattr(house, second))
    assert house.opens() == 200
    assert house.opens("contacts/") == 200
    assert house.opens("settings/") == 403
    with acting_for(house.clinic.pk):
        verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", "detail__page"))
    assert verbs[:2] == [("access.emergency_asked", None), ("access.emergency_granted", None)]
    assert {("access.emergency_used", "client"), ("access.emergency_used", "contacts")} <= set(verbs)


def test_a_guest_posts_to_nothing_that_changes_anything(house: House) -> None:
    """A viewer may opt somebody out or settle a reply; a guest looks."""
    house.grant(house.bob)
    browser = people.sign_in(Browser(), house.bess)
    taken = set()
    looked_at_only = {e.name for e in entries() if "require_GET" in getsource(unwrap(e.callback))}
    for route in CLIENT_PAGES:
        if route.access and Role.VIEWER in route.access.roles and route.name not in looked_at_only:
            where = route.url(dict.fromkeys(route.kwargs, 1) | {"client": house.clinic.slug})
            if browser.post(where).status_code != 403:
                taken.add(route.name)
    assert taken == SHOWING
    assert {route.name for route in CLIENT_PAGES if route.access and route.access.only_shows} == SHOWING
    Client.objects.filter(pk=house.clinic.pk).update(closed_at=db_now())
    assert browser.post(f"/c/{house.clinic.slug}/contacts/search/").status_code == 403


def test_it_ends_by_itself(house: House) -> None:
    row = house.grant(house.bob)
    with acting_for(house.clinic.pk):
        assert row.until - row.granted_at == timedelta(hours=2)  # type: ignore[operator]
        EmergencyAccess.objects.filter(pk=row.pk).update(ended_at=db_now())
    assert house.opens() == 404


def test_who_left_the_agency_does_not_come_in_by_it(house: House) -> None:
    house.grant(house.bob)
    Membership.objects.filter(user=house.bess).update(ended_at=db_now())
    assert house.opens() == 404


def test_everybody_concerned_is_told(
    house: House, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        house.grant(house.olive)
    told = {"bess@example.org", "olive@example.org", "bob@example.org"}
    asked = {letter.to[0] for letter in mail.outbox if "asks for emergency access" in letter.subject}
    opened = {letter.to[0] for letter in mail.outbox if letter.subject.startswith("ALERT")}
    assert (asked, opened) == (told, told)


def test_nobody_grants_it_to_themselves_nor_without_the_right(house: House) -> None:
    row = house.ask()
    with acting_for(house.clinic.pk):
        for by in (house.bess, people.alice(), people.fred(house.clinic), people.charlie()):
            with pytest.raises(CannotBreak):
                emergency.grant(row, by)


@pytest.mark.parametrize("wrong", ["self", "nine hours", "another granter"])
def test_the_database_holds_the_two_people_and_the_hours(house: House, wrong: str) -> None:
    row, at = house.ask(), db_now()
    values: dict[str, Any] = {"granted_by": house.olive, "granted_at": at, "until": at + timedelta(hours=2)}
    if wrong == "self":
        values["granted_by"] = house.bess
    if wrong == "nine hours":
        values["until"] = at + timedelta(hours=9)
    if wrong == "another granter":
        values["granted_by"] = people.alice()
    with acting_for(house.clinic.pk), pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        EmergencyAccess.objects.filter(pk=row.pk).update(**values)


def test_the_database_takes_no_row_that_is_granted_from_the_start(house: House) -> None:
    at, alice = db_now(), people.alice()
    granted: dict[str, Any] = {
        "granted_by": house.olive,
        "granted_at": at,
        "until": at + timedelta(hours=1),
    }
    with acting_for(house.clinic.pk), pytest.raises(IntegrityError), transaction.atomic():
        EmergencyAccess.objects.create(client=house.clinic, user=alice, reason=WHY, hours=1, **granted)


def test_what_was_granted_is_never_lengthened(house: House) -> None:
    row = house.grant(house.bob)
    with (
        acting_for(house.clinic.pk),
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
    ):
        EmergencyAccess.objects.filter(pk=row.pk).update(until=row.until + timedelta(hours=1))  # type: ignore[operator]


def test_the_page_answers_the_same_whether_there_is_such_a_client(house: House) -> None:
    browser = people.sign_in(Browser(), house.bess)
    rival = people.rival_clinic()
    told = set()
    for slug in (house.clinic.slug, rival.slug, "no-such-client"):
        page = browser.post(
            "/emergency/", {"client": slug, "reason": WHY, "hours": "1"}, follow=True
        ).content.decode()
        told.add("were written to" in page)
    assert told == {True}
    with acting_for(rival.pk):
        assert not EmergencyAccess.objects.exists()
    assert browser.post("/emergency/", {"client": "x y", "reason": "short", "hours": "9"}).status_code == 422


def test_the_contact_agrees_and_shuts_it_on_the_page_of_access(house: House) -> None:
    row = house.ask()
    browser = people.sign_in(Browser(), house.bob)
    where = f"/c/{house.clinic.slug}/"
    assert "asks to come in" in browser.get(where + "records/access/").content.decode()
    browser.post(f"{where}emergency/{row.pk}/grant/")
    assert house.opens() == 200
    page = browser.get(where + "records/access/").content.decode()
    assert "may read until" in page
    assert "reads until" in page, "among those who have access now"
    browser.post(f"{where}emergency/{row.pk}/end/")
    assert house.opens() == 404


def test_a_stranger_and_staff_grant_nothing(house: House) -> None:
    row = house.ask()
    where = f"/c/{house.clinic.slug}/emergency/{row.pk}/grant/"
    assert people.sign_in(Browser(), people.alice()).post(where).status_code == 403
    assert people.sign_in(Browser(), people.charlie()).post(where).status_code == 404
    assert house.opens() == 404
