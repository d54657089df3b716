"""The frame in a real browser: no policy violation, no accessibility finding, keys, dialogs and search work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Page, expect, sync_playwright

from consent.models import Contact
from tenants import audit
from tenants.hashing import word_hash
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.chromium import FLAGS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Page]:
    """A page of an owner who is signed in; anything the browser complains of fails the test."""
    settings.DEMO = True  # no second factor to type
    complaints: list[str] = []
    with sync_playwright() as playwright:
        # Playwright's event loop keeps connections of its own; the last test's database is gone.
        connections.close_all()
        people.olive()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        opened = browser.new_page(
            base_url=live_server.url,
            viewport={"width": 1280, "height": 844},
        )
        opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto("/accounts/login/")
        opened.fill("[name=login]", "olive@example.org")
        opened.fill("[name=password]", people.PASSWORD)
        opened.click("text=Sign in >> nth=-1")
        opened.wait_for_url("**/")
        yield opened
        browser.close()
        connections.close_all()
    assert [each for each in complaints if "favicon" not in each] == []


def seeded() -> Client:
    clinic = people.clinic()
    people.bob(clinic)
    with acting_for(clinic.pk):
        for name in ("Ann", "Ben"):
            who = people.contact(
                clinic, first_name=name, phone=people.a_phone(), name_words=[word_hash(clinic.pk, name)]
            )
            people.consent(who)
            audit.record("contact.viewed", who, client_id=clinic.pk)
    return clinic


def check(page: Page, path: str, *, phone_in_the_dark: bool = False) -> None:
    page.goto(path)
    if phone_in_the_dark:
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], path
    too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not too_wide, f"{path} scrolls sideways"


def test_every_page_of_the_frame_is_accessible_and_keeps_the_policy(page: Page) -> None:
    clinic = seeded()
    with acting_for(clinic.pk):
        ident = Contact.objects.order_by("id")[0].pk
    for path in (
        "/",
        "/team/",
        "/clients/new/",
        "/c/bright-smiles/",
        "/c/bright-smiles/settings/",
        "/c/bright-smiles/records/",
        "/c/bright-smiles/contacts/",
        f"/c/bright-smiles/contacts/{ident}/",
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/password/change/",
        "/accounts/2fa/totp/activate/",
    ):
        check(page, path)
    for path in ("/", "/c/bright-smiles/contacts/", f"/c/bright-smiles/contacts/{ident}/", "/team/"):
        check(page, path, phone_in_the_dark=True)


def test_keys_dialogs_and_search_work(page: Page) -> None:
    seeded()
    page.goto("/c/bright-smiles/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/contacts/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    page.click("text=Opt out")
    expect(page.locator("dialog#opt-out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#opt-out")).not_to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ben")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    expect(page.locator("h1")).to_have_text("Ben Doe")
    assert "ben" not in page.url
    page.click("text=Opt out")
    page.fill("dialog#opt-out textarea", "Called the desk.")
    page.click("dialog#opt-out button.btn-danger")
    page.wait_for_selector("text=Opted out of texts on")
