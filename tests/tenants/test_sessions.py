"""How long a sign-in lasts: fifteen minutes of doing nothing, twelve hours in all, and not beyond a change of password."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from tenants.models import User
from tests import people

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


def signed_in(who: User | None = None) -> Browser:
    browser: Browser = people.sign_in(Browser(), who or people.alice())
    assert is_in(browser)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/team/").status_code == 200


def as_if_ago(browser: Browser, what: str, seconds: int) -> None:
    """Set back the session's beginning or last use."""
    session = browser.session
    session[what] -= seconds
    session.save()


def test_fourteen_idle_minutes_are_no_matter_and_sixteen_end_it() -> None:
    browser = signed_in()
    as_if_ago(browser, "seen", 14 * MINUTE)
    assert is_in(browser)
    as_if_ago(browser, "seen", 16 * MINUTE)
    assert browser.get("/team/")["Location"].startswith("/accounts/login/")
    assert not browser.session.get("_auth_user_id")


def test_twelve_hours_end_it_however_busy_it_was() -> None:
    browser = signed_in()
    as_if_ago(browser, "began", 12 * HOUR - MINUTE)
    assert is_in(browser)
    as_if_ago(browser, "began", 2 * MINUTE)
    assert not is_in(browser)


def test_a_new_password_ends_every_other_session() -> None:
    alice = people.alice()
    mine, elsewhere = signed_in(alice), signed_in(alice)
    chosen = "quite another battery staple"
    answer = mine.post(
        "/accounts/password/change/",
        {"oldpassword": people.PASSWORD, "password1": chosen, "password2": chosen},
    )
    assert answer.status_code == 302
    assert not is_in(elsewhere)
    alice.refresh_from_db()
    assert alice.check_password(chosen)


def test_everybody_sees_where_they_are_signed_in_and_ends_the_other_places() -> None:
    there = "/accounts/sessions/"

    def came_in(who: User) -> Browser:
        browser = Browser()
        browser.post("/accounts/login/", {"login": who.email, "password": people.PASSWORD})
        assert browser.get(there).status_code == 200
        return browser

    alice = people.alice()
    mine, elsewhere, stranger = came_in(alice), came_in(alice), came_in(people.charlie())
    page = mine.get(there).content.decode()
    assert "this one" in page
    assert "End all the others" in page
    mine.post(there)
    assert [each.get(there).status_code for each in (mine, elsewhere, stranger)] == [200, 302, 200]
