"""Numbers and addresses are masked for everybody, names in lists for who need not see them, until a deed that is on record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from consent.models import ContactPoint, Suppression
from consent.suppressing import suppress
from tenants import masking
from tenants.models import AuditEvent, Client, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
LISTS = ("contacts/", "opt-outs/")


@pytest.fixture
def clinic() -> Client:
    made = people.clinic()
    with acting_for(made.pk):
        people.contact(
            made, first_name="Jane", last_name="Doe", phone="+15742310677", email="jane@example.org"
        )
    return made


def before(who: User) -> Browser:
    found: Browser = people.sign_in(Browser(), who)
    return found


def listed(browser: Browser, clinic: Client) -> str:
    return str(browser.get(f"/c/{clinic.slug}/contacts/").content.decode())


def show(browser: Browser, clinic: Client, **sent: str) -> Any:
    return browser.post(
        f"/c/{clinic.slug}/clear/", sent, headers={"referer": f"http://testserver/c/{clinic.slug}/contacts/"}
    )


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF, Role.VIEWER])
def test_who_need_not_see_them_reads_initials_and_ends(clinic: Client, role: Role) -> None:
    own = {"client": clinic} if role == Role.VIEWER else {"of": people.agency()}
    page = listed(before(people.member("Quentin", role, **own)), clinic)
    assert "J.\N{NO-BREAK SPACE}D." in page
    assert "••• 77" in page
    assert "j•••@•••" in page
    for secret in ("Jane", "Doe", "231-0677", "jane@example.org"):
        assert secret not in page


@pytest.mark.parametrize("role", [Role.APPROVER, Role.FRONT_DESK])
def test_who_speaks_with_them_reads_names_and_one_press_shows_the_numbers(clinic: Client, role: Role) -> None:
    browser = before(people.member("Quentin", role, client=clinic))
    page = listed(browser, clinic)
    assert "Jane Doe" in page
    assert "231-0677" not in page
    assert "jane@example.org" not in page
    show(browser, clinic)
    assert "(574) 231-0677" in listed(browser, clinic)
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="contact.lists_shown").detail == {"role": role, "minutes": 15}


def test_the_agency_says_why_and_sees_them_for_a_while(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = before(people.alice())
    assert show(browser, clinic, reason="list_check").url == f"/c/{clinic.slug}/contacts/"
    assert "Jane Doe" in listed(browser, clinic)
    with acting_for(clinic.pk):
        [event] = AuditEvent.objects.filter(verb="contact.lists_shown")
        assert event.detail == {"role": "staff", "minutes": 15, "reason": "list_check"}
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 15 * 60 + 1)
    assert not masking.clear_until(_request(browser, clinic))


def _request(browser: Browser, clinic: Client) -> Any:
    class Request:
        session, client, member = browser.session, clinic, None

    return Request()


@pytest.mark.parametrize("sent", [{}, {"reason": ""}, {"reason": "because"}], ids=str)
def test_without_a_reason_the_agency_sees_nothing(clinic: Client, sent: dict[str, str]) -> None:
    browser = before(people.olive())
    show(browser, clinic, **sent)
    assert "Jane" not in listed(browser, clinic)
    with acting_for(clinic.pk):
        assert not AuditEvent.objects.filter(verb="contact.lists_shown").exists()


def test_a_viewer_of_the_practice_needs_no_reason_but_is_on_record(clinic: Client) -> None:
    browser = before(people.member("Vera", Role.VIEWER, client=clinic))
    show(browser, clinic)
    assert "Jane Doe" in listed(browser, clinic)
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="contact.lists_shown").detail["role"] == "viewer"


def test_it_is_for_one_client_and_one_session_and_ends_at_once_when_asked(clinic: Client) -> None:
    other = people.client_of(people.agency(), "Second Smiles")
    alice = people.alice()
    with acting_for(other.pk):
        people.contact(other, first_name="Jane", last_name="Roe")
    browser = before(alice)
    show(browser, clinic, reason="fault")
    assert "Jane" not in listed(browser, other)
    assert "Jane" not in listed(before(alice), clinic)
    browser.post(f"/c/{clinic.slug}/clear/end/")
    assert "Jane" not in listed(browser, clinic)


def test_masking_asks_no_query(clinic: Client) -> None:
    def asked(who: User) -> int:
        browser = before(who)
        listed(browser, clinic)
        with CaptureQueriesContext(connection) as seen:
            listed(browser, clinic)
        return sum(each["sql"].startswith("SELECT") for each in seen)

    assert asked(people.member("Vera", Role.VIEWER, client=clinic)) == asked(people.fred(clinic))


@pytest.mark.parametrize("page, verb", [("contacts/", "contacts"), ("opt-outs/", "opt_outs")])
def test_a_list_read_in_clear_is_on_record_by_its_number_alone(clinic: Client, page: str, verb: str) -> None:
    with acting_for(clinic.pk):
        [point] = ContactPoint.objects.filter(channel="sms")
        suppress(clinic.pk, point.address_id, "sms", Suppression.Source.KEYWORD)
    before(people.alice()).get(f"/c/{clinic.slug}/{page}")  # masked: nothing was read
    fred = people.fred(clinic)
    for _ in range(2):
        assert "Jane Doe" in before(fred).get(f"/c/{clinic.slug}/{page}").content.decode()
    with acting_for(clinic.pk):
        for event in (found := AuditEvent.objects.filter(verb="contact.list_viewed")):
            assert (event.actor, event.what, event.detail) == (fred, "", {"page": verb, "count": 1})
        assert len(found) == 2


def test_the_first_lines_of_a_list_of_opt_outs_are_shown_on_record_to_who_chooses_its_columns(
    clinic: Client, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    bob, fay = before(people.bob(clinic)), before(people.fred(clinic))
    file = SimpleUploadedFile("stops.csv", b"Name,Cell\nJane Doe,5742310611\n")
    there = bob.post(f"/c/{clinic.slug}/opt-outs/bring/", {"file": file})["Location"]
    assert "5742310611" in bob.get(there).content.decode()
    assert "5742310611" not in fay.get(there).content.decode()
    with acting_for(clinic.pk):
        event = AuditEvent.objects.get(verb="contact.list_viewed")
        assert event.detail == {"page": "opt_out_columns", "count": 1}


def test_looking_shows_nothing_and_a_stranger_finds_nothing(clinic: Client) -> None:
    assert before(people.alice()).get(f"/c/{clinic.slug}/clear/").status_code == 405
    charlie = before(people.charlie())
    assert show(charlie, clinic, reason="fault").status_code == 404
    assert Browser().post(f"/c/{clinic.slug}/clear/").status_code == 302
