"""The page, as a newcomer uses it in a browser."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.chromium import FLAGS, chromium
from tests.simulator.conftest import Receiver
from tests.simulator.test_sending_mails import letter
from tests.simulator.world import ANNA, SERVICE
from tests.simulators import Simulator, eventually

pytestmark = pytest.mark.browser

SHOWN_ANNA = "(202) 555-0111"
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(params=[1280, 390])
def page(
    browser: Browser, request: pytest.FixtureRequest, simulator: Simulator, twilio: Client
) -> Generator[Page, None, None]:
    twilio.messages.create(to=ANNA, messaging_service_sid=SERVICE, body="Book: https://go.example.org/b/7")
    opened = browser.new_page(viewport={"width": request.param, "height": 844})
    opened.goto(simulator.base)
    yield opened
    opened.close()


def test_a_person_stops_texts_with_one_button(page: Page, simulator: Simulator, receiver: Receiver) -> None:
    page.get_by_role("button", name=SHOWN_ANNA).click()
    link = page.locator(".bubble a")
    expect(link).to_have_attribute("href", "https://go.example.org/b/7")
    expect(link).to_have_attribute("target", "_blank")
    page.get_by_role("button", name="STOP", exact=True).click()
    expect(page.locator("#phone-facts")).to_contain_text("opted out of Bright Smile")
    expect(page.locator(".bubble.own")).to_contain_text("successfully been unsubscribed")
    assert receiver.at("/inbound")[0].form["Body"] == "STOP"
    assert complaints(page) == []


def test_a_mail_is_shown_without_scripts_and_unsubscribed_with_one_click(
    page: Page, simulator: Simulator, sendgrid: SendGridAPIClient, receiver: Receiver
) -> None:
    mail = letter("anna@example.com", unsubscribe=f"{receiver.base}/u/").get()
    script = "<script>document.body.textContent = 'taken over'</script>"
    mail["content"][1]["value"] = f'<p id="w">words</p>{script}'
    sendgrid.client.mail.send.post(request_body=mail)
    if page.get_by_role("button", name="Mailboxes").is_visible():
        page.get_by_role("button", name="Mailboxes").click()
    page.get_by_role("button", name="anna@example.com").click()
    expect(page.frame_locator("#mail-frame").locator("#w")).to_have_text("words")
    page.get_by_role("button", name="Unsubscribe (one click)").click()
    expect(page.locator("#said")).to_contain_text("answered 200")
    assert receiver.at("/u/")[0].body == b"List-Unsubscribe=One-Click"
    assert complaints(page) == []


def test_faults_are_set_and_calls_are_seen(page: Page, simulator: Simulator) -> None:
    if page.get_by_role("button", name="Faults", exact=True).is_visible():
        page.get_by_role("button", name="Faults", exact=True).click()
    page.get_by_label("Reply lost").fill("30")
    eventually(lambda: simulator.call("GET", "/_/faults")["lost_reply"] == 0.3)
    if page.get_by_role("button", name="Calls", exact=True).is_visible():
        page.get_by_role("button", name="Calls", exact=True).click()
    expect(page.locator("#calls")).to_contain_text("Messages.json")
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def complaints(page: Page) -> list[Any]:
    """What axe finds wrong with what is shown."""
    found = Axe().run(page, options=STANDARD).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def test_the_page_allows_no_inline_code(simulator: Simulator) -> None:
    answer = requests.get(simulator.base, timeout=20)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.text
    assert requests.get(f"{simulator.base}/pages/..%2Fworld.py", timeout=20).status_code == 404
