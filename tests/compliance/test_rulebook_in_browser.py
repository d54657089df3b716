"""The flight check with its warnings, plan, cost and month, and the rulebook, looked at as their users do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect, sync_playwright

from campaigns.models import Campaign
from compliance.models import Freeze
from compliance.windows import draw
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.browser.looking import Eyes, settled
from tests.chromium import FLAGS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = (
    "Bright Smiles: it is time for a visit. "
    + "We look forward to seeing you again. " * 9
    + "Reply STOP to opt out."
)
PLACES = {
    "FL/America/Chicago|FL/America/New_York": 4,
    "TX/America/Chicago": 3,
    "AL/America/Chicago": 2,
    "?": 1,
    "FL/America/New_York|GU/Pacific/Guam": 1,
}


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Page]:
    settings.DEMO = True  # no second factor to type
    with sync_playwright() as playwright:
        connections.close_all()
        people.olive()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        opened = browser.new_page(base_url=live_server.url)
        opened.goto("/accounts/login/")
        opened.fill("[name=login]", "olive@example.org")
        opened.fill("[name=password]", people.PASSWORD)
        opened.click("text=Sign in >> nth=-1")
        opened.wait_for_url("**/")
        yield opened
        browser.close()
        connections.close_all()


def a_campaign_over_many_states(clinic: Client) -> Campaign:
    people.bob(clinic)
    with acting_for(clinic.pk):
        made = people.campaign(
            clinic, {"channel": "sms", "body": LONG}, {"channel": "email"}, by=people.user("Olive")
        )
        people.ready(clinic)
        for key, number in PLACES.items():
            for _ in range(number):
                somebody = people.contact(
                    clinic, phone=people.a_phone(), email=f"p{_}{number}@example.org", window_key=key
                )
                people.consent(somebody)
    draw(clinic)
    return made


def test_the_flight_check_and_the_rulebook_are_understood_at_a_glance(page: Page) -> None:
    clinic = people.clinic(health_policy="https://brightsmiles.example/health-data")
    made = a_campaign_over_many_states(clinic)
    Freeze.objects.create(state="LA", reason="Hurricane")
    eyes = Eyes(page)
    page.goto(f"/c/{clinic.slug}/campaigns/{made.pk}/flight-check/")
    expect(page.get_by_role("heading", name="Cost and end")).to_be_visible()
    expect(page.get_by_text("Not within 30 days: some run out before")).to_have_count(0)
    expect(page.get_by_text("When texts may go out on each of the next 30 days")).to_be_visible()
    eyes.look("flight-check-states")
    page.get_by_role("button", name="Ask for approval").first.click()
    page.get_by_text("You state how this campaign’s data is handled").click()
    expect(page.locator("#ask").get_by_text("What goes where")).to_be_visible()
    eyes.look("flight-check-ask")
    page.goto("/rulebook/")
    settled(page)
    expect(page.get_by_text("not legal advice")).to_be_visible()
    eyes.look("rulebook")
    page.goto(f"/c/{clinic.slug}/settings/")
    eyes.look("settings")
    page.goto(f"/c/{clinic.slug}/readiness/")
    eyes.look("readiness")
