"""Signing in: by invitation only, a second factor before anything opens, the address of an account is fixed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as settings_of_django
from django.core import mail
from django.test import Client as Browser

from config.demo.data import firms
from tenants.models import AccountEvent
from tests import people

pytestmark = pytest.mark.django_db


def test_a_password_alone_opens_nothing() -> None:
    people.clinic()
    alice = people.alice()
    browser = Browser()
    assert b"Sign in" in browser.get("/accounts/login/").content
    browser.post("/accounts/login/", {"login": alice.email, "password": people.PASSWORD})
    assert browser.get("/c/bright-smiles/")["Location"] == "/accounts/2fa/totp/activate/"
    assert browser.get("/")["Location"] == "/accounts/2fa/totp/activate/"


def test_the_demos_sign_in_page_names_accounts_that_exist() -> None:
    page = Path(settings_of_django.BASE_DIR, "templates/account/demo_accounts.html").read_text()
    made = {person.email for _, staff in firms.AGENCIES.values() for person in staff}
    made |= {person.email for firm in firms.FIRMS for person in firm.people}
    assert set(re.findall(r"[\w.]+@[\w.]+", page)) <= made
    assert firms.PASSWORD in page


def test_the_demo_asks_for_no_second_factor_and_says_that_it_is_one(settings: Any) -> None:
    settings.DEMO = True
    people.clinic()
    browser = Browser()
    assert b"This is a demo" in browser.get("/accounts/login/").content
    browser.post("/accounts/login/", {"login": people.alice().email, "password": people.PASSWORD})
    assert b"Demo: made-up people" in browser.get("/c/bright-smiles/").content


def test_signing_out_needs_a_post() -> None:
    browser = people.sign_in(Browser(), people.alice())
    assert b"Sign out?" in browser.get("/accounts/logout/").content
    assert browser.get("/team/").status_code == 200
    browser.post("/accounts/logout/")
    assert browser.get("/team/")["Location"].startswith("/accounts/login/")


def test_nobody_signs_up_alone() -> None:
    answer = Browser().post(
        "/accounts/signup/",
        {"email": "x@y.example", "password1": people.PASSWORD, "password2": people.PASSWORD},
    )
    assert b"by invitation" in answer.content


def test_an_account_keeps_its_address() -> None:
    browser = people.sign_in(Browser(), people.alice())
    assert b"keeps its address" in browser.get("/accounts/email/").content
    assert browser.post("/accounts/email/", {"action_add": "", "email": "new@y.example"}).status_code == 405
    assert not EmailAddress.objects.filter(email="new@y.example").exists()


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_a_forgotten_password_tells_nobody_whether_there_is_an_account(email: str) -> None:
    people.alice()
    answer = Browser().post("/accounts/password/reset/", {"email": email}, follow=True)
    assert b"Look in your mail" in answer.content
    assert len(mail.outbox) == 1
    assert ("http://testserver/accounts/password/reset/key/" in mail.outbox[0].body) == (
        email.startswith("alice")
    )


@pytest.mark.parametrize(
    "path",
    ["/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/", "/accounts/reauthenticate/"],
)
def test_the_pages_of_the_account_are_in_the_house_style(path: str) -> None:
    browser = people.sign_in(Browser(), people.alice())
    page = browser.get(path, follow=True).content.decode()
    assert "app.css" in page
    assert "<script>" not in page


def test_pages_of_people_signed_in_are_kept_by_no_cache() -> None:
    assert people.sign_in(Browser(), people.alice()).get("/team/")["Cache-Control"] == "no-store, private"


def test_a_form_from_our_own_page_is_not_refused_for_its_origin() -> None:
    # With Referrer-Policy no-referrer browsers send Origin: null and Django refuses every form.
    assert Browser().get("/accounts/login/")["Referrer-Policy"] == "same-origin"


def test_a_sign_in_is_noted() -> None:
    alice = people.alice()
    Browser().post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert not AccountEvent.objects.exists()
    Browser().post("/accounts/login/", {"login": alice.email, "password": people.PASSWORD})
    noted = AccountEvent.objects.get()
    assert (noted.verb, noted.actor, noted.detail) == ("account.signed_in", alice, {})


def test_the_link_for_a_forgotten_password_works_once(client: Browser) -> None:
    alice = people.alice()
    client.post("/accounts/password/reset/", {"email": alice.email})
    found = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert found
    opened = client.get(found[0], follow=True)
    assert "Set a new password" in opened.content.decode()
    chosen = {"password1": "quite another battery staple", "password2": "quite another battery staple"}
    assert client.post(opened.request["PATH_INFO"], chosen)["Location"].endswith("/key/done/")
    alice.refresh_from_db()
    assert alice.check_password("quite another battery staple")
    assert "does not work any more" in Browser().get(found[0], follow=True).content.decode()
