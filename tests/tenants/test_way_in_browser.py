"""The way in, in a real browser at a desk and on a phone: invitation, second factor, recovery codes, lost password, lost phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client as Browser
from playwright.sync_api import Page, expect, sync_playwright

from tenants.inviting import invite
from tenants.models import Client, Role, User
from tests import people
from tests.browser.letters import totp
from tests.browser.looking import WIDE, Eyes
from tests.campaigns.review import enrol
from tests.chromium import FLAGS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Window = Callable[..., Eyes]


@pytest.fixture
def clinic() -> Client:
    """Made before the browser starts: inside Playwright's loop Django would open a second connection and keep it."""
    made = people.clinic(covered=Client.Covered.NOT_COVERED)
    people.olive()
    alice = people.alice()
    enrol(alice)
    return made


@pytest.fixture
def joining(clinic: Client) -> str:
    """The link that invites Alice to a second agency."""
    boss = people.member("Rachel", Role.OWNER, of=people.agency("Rival Agency"))
    alice = User.objects.get(email="alice@example.org")
    invite(email=alice.email, name="Alice", role=Role.STAFF, agency=people.agency("Rival Agency"), by=boss)
    return "/" + link_in_mail().partition("://")[2].partition("/")[2]


@pytest.fixture
def window(clinic: Client, live_server: Any, settings: Any) -> Iterator[Window]:
    """A window of its own for each person; with a user it is signed in, second factor and all."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = live_server.url
    settings.ACCOUNT_RATE_LIMITS = {}
    sessions = {who.email: _session(who) for who in User.objects.all()}
    with sync_playwright() as playwright:
        connections.close_all()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))

        def of(email: str = "") -> Eyes:
            context = browser.new_context(base_url=live_server.url, viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
            if email:
                cookie = {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": sessions[email],
                    "url": live_server.url,
                }
                context.add_cookies([cookie])  # type: ignore[list-item]
            return Eyes(context.new_page())

        yield of
        browser.close()
        connections.close_all()


def _session(who: User) -> str:
    return str(people.sign_in(Browser(), who).session.session_key)


def link_in_mail() -> str:
    found = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert found
    return found[0]


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def test_an_invited_person_comes_in_with_a_second_factor_and_recovery_codes(
    window: Window, clinic: Client
) -> None:
    olive = window("olive@example.org")
    olive.expected = {422}
    olive.page.goto(f"/c/{clinic.slug}/settings/")
    olive.page.locator("button[data-opens='person-new']").first.click()
    form = olive.page.locator("form[action$='/people/invite/']")
    form.locator("[name=name]").fill("Paula Viewer")
    form.locator("[name=email]").fill("paula@example.net")
    press(olive.page, "Send the invitation")
    olive.look("way-in-invite-refused")
    expect(form.locator("[name=name]")).to_have_value("Paula Viewer")
    form.locator("[name=title]").fill("Practice manager")
    press(olive.page, "Send the invitation")
    olive.look("way-in-invited")

    paula = window()
    paula.expected = {404, 422}
    invitation = link_in_mail()
    paula.page.goto(invitation)
    paula.look("way-in-invitation")
    paula.page.get_by_label("Password").fill("paula")
    press(paula.page, "Make my account")
    paula.look("way-in-invitation-refused")
    expect(paula.page.get_by_label("Your name")).to_have_value("Paula Viewer")
    paula.page.get_by_label("Password").fill(people.PASSWORD)
    press(paula.page, "Make my account")
    paula.look("way-in-second-factor")
    paula.page.locator("[name=code]").fill("000000")
    press(paula.page, "Switch it on")
    paula.look("way-in-second-factor-refused")
    key = paula.page.locator("code").first.inner_text().strip()
    paula.page.locator("[name=code]").fill(totp(key))
    press(paula.page, "Switch it on")
    paula.look("way-in-recovery-codes")
    code = paula.page.locator("pre").inner_text().split()[0]
    paula.page.goto("/accounts/2fa/")
    paula.look("way-in-second-factor-on")
    for name, address in (
        ("new-codes", "/accounts/2fa/codes/generate/"),
        ("switch-off", "/accounts/2fa/totp/deactivate/"),
        ("password-change", "/accounts/password/change/"),
        ("sessions", "/accounts/sessions/"),
        ("address", "/accounts/email/"),
        ("sign-out", "/accounts/logout/"),
    ):
        paula.page.goto(address)
        paula.look(f"way-in-{name}")
    paula.page.locator("main").get_by_role("button", name="Sign out").click()
    again = window()
    again.page.goto("/accounts/login/")
    again.page.locator("[name=login]").fill("paula@example.net")
    again.page.locator("[name=password]").fill(people.PASSWORD)
    press(again.page, "Sign in")
    again.look("way-in-asked-for-the-code")
    again.page.locator("[name=code]").fill("000000")
    press(again.page, "Sign in")
    again.look("way-in-code-refused")
    again.page.locator("[name=code]").fill(code)
    press(again.page, "Sign in")
    expect(again.page.get_by_text(clinic.name).first).to_be_visible()

    nobody = window()
    nobody.expected = {404}
    nobody.page.goto(invitation)
    expect(nobody.page.get_by_role("heading")).to_contain_text("does not work any more")
    nobody.look("way-in-invitation-over")


def test_somebody_with_an_account_joins_another_place(window: Window, joining: str) -> None:
    nobody, alice, olive = window(), window("alice@example.org"), window("olive@example.org")
    nobody.page.goto(joining)
    nobody.look("way-in-join-sign-in-first")
    olive.page.goto(joining)
    olive.look("way-in-join-somebody-else")
    alice.page.goto(joining)
    alice.look("way-in-join")
    nobody.page.goto("/accounts/signup/")
    nobody.look("way-in-no-signup")
    press(alice.page, "Accept")
    expect(alice.page.get_by_text("You are in")).to_be_visible()


def test_a_forgotten_password_is_set_anew_once(window: Window) -> None:
    alice = window()
    alice.expected = {422}
    page = alice.page
    page.goto("/accounts/login/")
    alice.look("way-in-sign-in")
    page.locator("[name=login]").fill("alice@example.org")
    page.locator("[name=password]").fill("not this one")
    press(page, "Sign in")
    alice.look("way-in-sign-in-refused")
    page.get_by_role("link", name="Forgotten password").click()
    alice.look("way-in-forgotten")
    page.get_by_label("Email").fill("alice@example.org")
    press(page, "Send the link")
    alice.look("way-in-forgotten-sent")
    link = link_in_mail()
    page.goto(link)
    alice.look("way-in-new-password")
    page.locator("[name=password1]").fill("short")
    page.locator("[name=password2]").fill("other")
    press(page, "Set the password")
    alice.look("way-in-new-password-refused")
    page.locator("[name=password1]").fill("quite another battery staple")
    page.locator("[name=password2]").fill("quite another battery staple")
    press(page, "Set the password")
    alice.look("way-in-new-password-set")
    page.goto(link)
    expect(page.get_by_role("heading")).to_contain_text("does not work any more")
    alice.look("way-in-new-password-link-over")


def test_changing_how_the_account_is_protected_asks_again_who_it_is(window: Window) -> None:
    alice = window("alice@example.org")
    alice.page.goto("/accounts/2fa/totp/deactivate/")
    alice.look("way-in-who-is-it")
    alice.page.goto("/accounts/reauthenticate/?next=/accounts/2fa/")
    alice.look("way-in-who-is-it-password")


def test_the_owner_resets_a_lost_second_factor(window: Window) -> None:
    olive = window("olive@example.org")
    olive.page.goto("/team/")
    olive.look("way-in-team")
    olive.page.get_by_role("row", name="Alice").get_by_role("button", name="Reset second factor").click()
    olive.look("way-in-lost-phone")
    olive.page.get_by_role("dialog").get_by_role("button", name="Reset it").click()
    olive.look("way-in-lost-phone-done")
    assert "second factor was reset" in mail.outbox[-1].subject
