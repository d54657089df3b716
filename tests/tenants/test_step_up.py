"""Exports, keys and members ask for a sign-in of the last five minutes; looking does not."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from tenants.models import Client, Invitation, Membership, Role
from tests import people
from tests.test_walker import ROUTES, entries

pytestmark = pytest.mark.django_db
DEEDS = [
    ("contacts_file", {}, {}),
    ("person_invite", {}, {"name": "Val", "email": "val@example.org", "role": "viewer"}),
    ("person_end", {"member": 0}, {}),
    ("provider_account", {"provider": "twilio"}, {"account_id": "AC1"}),
    ("opt_outs_file", {}, {}),
    ("records_file", {}, {}),
    ("access_report_file", {}, {}),
    ("evidence", {}, {"since": "2026-01-01"}),
    ("retention_set", {}, {"kind": "words", "days": "60"}),
    ("hold_new", {}, {"reason": "A suit"}),
    ("signing_rule", {}, {"how": "any", "seen": "0"}),
    ("api_keys", {}, {"name": "CRM", "scopes": "contacts:read", "days": "30"}),
]
FILES = ["import_report", "dry_run", "reasons_file", "live_people_file", "consent_scan"]
# Files with nobody of a practice's people in them: figures, contracts, what was signed, a list's line numbers and outcomes.
WITHOUT_PEOPLE = {
    "consent_matrix_file", "usage_file", "campaign_report_pdf", "agreement_file", "opt_out_list_report", "booking_report",
    "approval_document", "review_document",
}  # fmt: skip
# Rooms of signing, keys, members, retention and erasing: whatever is posted there asks again.
GUARDED = {
    "campaigns.bookings.hook_pages", "campaigns.signing_pages", "consent.list_sources.pages", "messaging.ending.pages",
    "messaging.evidence.pages", "messaging.evidence.retention_pages", "messaging.listeners.pages", "tenants.api_key_pages",
    "tenants.emergency_pages", "tenants.people_pages", "tenants.team_pages",
}  # fmt: skip
# But these, which show no key and give nobody access: settings of the agency, a try and another try of what is told, a list looked
# for, a statement about it. And the end of an emergency access, which must not wait.
OPEN_DEEDS = {
    "team_test_phone", "team_questions", "listener_try", "telling_again", "list_source_look", "list_source_state", "emergency_end",
}  # fmt: skip
OF_THE_TEAM = [("team_invite", {}), ("team_end", {"member": 0}), ("team_factor", {"member": 0})]


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.mark.parametrize("name, kwargs, given", DEEDS, ids=[each[0] for each in DEEDS])
def test_a_deed_asks_again_when_the_sign_in_is_older(
    clinic: Client, name: str, kwargs: dict[str, Any], given: dict[str, str]
) -> None:
    olive = people.olive()
    people.bob(clinic)
    ids = {each: Membership.objects.get(role=Role.APPROVER).pk for each in kwargs if each == "member"}
    where = reverse(name, kwargs={"client": clinic.slug, **kwargs, **ids})
    browser: Browser = people.sign_in(Browser(), olive)
    people.proven(browser, olive, ago=301)
    assert browser.post(where, given)["Location"].startswith("/accounts/reauthenticate/")
    assert not Invitation.objects.exists()
    assert Membership.objects.in_force().filter(role=Role.APPROVER).exists()
    people.proven(browser, olive, ago=299)
    answer = browser.post(where, given)
    assert "reauthenticate" not in answer.get("Location", "")
    assert answer.status_code in (200, 302, 422)


@pytest.mark.parametrize("name", FILES)
def test_so_does_each_file_of_people(clinic: Client, name: str) -> None:
    olive, route = people.olive(), next(each for each in ROUTES if each.name == name)
    ids = dict.fromkeys(route.kwargs, 1) | {"client": clinic.slug, "code": "clear"}
    where = route.url(ids)
    browser: Browser = people.sign_in(Browser(), olive)
    people.proven(browser, olive, ago=301)
    assert browser.get(where).status_code == 405
    assert browser.post(where)["Location"].startswith("/accounts/reauthenticate/")


def test_every_file_of_people_is_a_deed_that_asks_again() -> None:
    makes_a_file = re.compile(r"csv_response\(|as_attachment|attachment; filename|as_file\(")
    views = {entry.name: entry.callback for entry in entries()}
    files = {
        name: view
        for name, view in views.items()
        if makes_a_file.search(inspect.getsource(inspect.unwrap(view)))
    }
    assert files.keys() > {*FILES, *WITHOUT_PEOPLE}
    open_ = {name for name, view in files.items() if not getattr(view, "asks_again", False)}
    assert open_ == WITHOUT_PEOPLE
    assert [
        name
        for name in files.keys() - open_
        if "@require_POST" not in inspect.getsource(inspect.unwrap(files[name]))
    ] == []


def test_whatever_is_posted_about_signing_keys_members_and_retention_asks_again() -> None:
    views = {each.name: each.callback for each in entries() if each.callback.__module__ in GUARDED}
    assert {view.__module__ for view in views.values()} == GUARDED
    posted = {name for name, view in views.items() if "POST" in inspect.getsource(inspect.unwrap(view))}
    assert {name for name in posted if not getattr(views[name], "asks_again", False)} == OPEN_DEEDS


@pytest.mark.parametrize("name, kwargs", OF_THE_TEAM, ids=[each[0] for each in OF_THE_TEAM])
def test_so_do_deeds_on_the_team(name: str, kwargs: dict[str, Any]) -> None:
    olive = people.olive()
    people.alice()
    ids = {each: Membership.objects.get(role=Role.STAFF).pk for each in kwargs}
    browser: Browser = people.sign_in(Browser(), olive)
    people.proven(browser, olive, ago=301)
    answer = browser.post(
        reverse(name, kwargs=ids), {"name": "Val", "email": "val@example.org", "role": "staff"}
    )
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Membership.objects.in_force().filter(role=Role.STAFF).exists()
    assert mail.outbox == []


def test_a_proof_of_somebody_else_in_the_same_browser_counts_for_nothing(clinic: Client) -> None:
    olive = people.olive()
    browser: Browser = people.sign_in(Browser(), olive)
    people.proven(browser, people.user("Nora"), ago=0)
    answer = browser.post(reverse("contacts_file", args=[clinic.slug]))
    assert answer["Location"].startswith("/accounts/reauthenticate/")


def test_whoever_confirms_with_their_password_may_go_on(clinic: Client) -> None:
    olive = people.olive()
    browser: Browser = people.sign_in(Browser(), olive)
    people.proven(browser, olive, ago=600)
    where = reverse("contacts", args=[clinic.slug])
    sent = browser.post(
        reverse("contacts_file", args=[clinic.slug]), headers={"Referer": f"http://testserver{where}"}
    )
    page = browser.get(sent["Location"])
    assert "Confirm that it is you" in page.content.decode()
    answer = browser.post(sent["Location"], {"password": people.PASSWORD})
    assert answer["Location"] == where
    assert browser.post(reverse("contacts_file", args=[clinic.slug])).status_code == 200
