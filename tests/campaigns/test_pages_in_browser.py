"""The editor and the review in a real browser: no policy violation, no accessibility finding, live preview, merge buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from tests import people
from tests.campaigns.review import Asked, asked, mailed_code
from tests.chromium import FLAGS, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def case() -> Asked:
    return asked()


@pytest.fixture
def token(case: Asked) -> str:
    """Made before the browser starts: inside Playwright's loop Django would open a second connection and keep it."""
    return case.token()


@pytest.fixture(params=["light-1280", "dark-390"])
def page(request: pytest.FixtureRequest, token: str, live_server: Any, settings: Any) -> Iterator[Page]:
    """A page of nobody yet; anything the browser complains of fails the test."""
    settings.DEMO = True  # no second factor to type
    scheme, width = request.param.split("-")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        opened = browser.new_page(
            base_url=live_server.url,
            color_scheme=scheme,
            viewport={"width": int(width), "height": 844},
        )
        opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    assert [each for each in complaints if "favicon" not in each] == []


def accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "the page scrolls sideways"
    )


def test_words_typed_are_shown_at_once_with_merge_buttons_and_a_counter(page: Page, case: Asked) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", "alice@example.org")
    page.fill("[name=password]", people.PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/")
    expect(page.locator(".bubble")).to_contain_text("Hi Jane, come by")
    words = page.locator("#words textarea")
    words.fill("It\u2019s time, ")
    page.click("[data-inserts='{{ first_name }}']")
    expect(words).to_have_value("It\u2019s time, {{ first_name }}")
    expect(page.locator(".bubble")).to_contain_text("It\u2019s time, Jane")
    expect(page.locator(".offenders")).to_contain_text("at character")
    page.check("#person-missing")
    expect(page.locator("#preview")).to_contain_text("Nobody is like that")
    accessible(page)
    fits(page)
    page.click("#words >> text=Save")
    expect(page.locator(".flash").first).to_contain_text("Saved")
    page.click(".sequence >> text=E-mail >> nth=0")
    expect(page.frame_locator(".mailbox iframe").locator("body")).to_contain_text("Come by.")


def test_the_contact_reads_signs_and_withdraws_with_a_phone(page: Page, token: str) -> None:
    page.goto(f"/a/{token}/")
    accessible(page)
    page.click("text=Mail me the code")
    page.fill("#code", mailed_code())
    page.click("text=Open the review")
    expect(page.locator(".bubble")).to_contain_text("Hi Jane")
    expect(page.frame_locator(".mailbox iframe").locator("body")).to_contain_text("Come by.")
    accessible(page)
    fits(page)
    yes, no = page.locator(".two a").nth(0).bounding_box(), page.locator(".two a").nth(1).bounding_box()
    assert yes is not None
    assert no is not None
    assert (round(yes["width"]), round(yes["height"])) == (round(no["width"]), round(no["height"]))
    page.click("summary:has-text('Comment on this message') >> nth=0")
    page.fill("#words-1", "Nicely said.")
    page.click("button:has-text('Send the comment') >> visible=true")
    expect(page.locator(".comment")).to_contain_text("Nicely said.")
    accessible(page)
    page.click("a:has-text('Approve')")
    accessible(page)
    fits(page)
    page.reload()  # the code shown for the demo lives for half a minute
    page.fill("#id_typed_name", "Robert Clinic")
    page.check("#id_agree")
    shown = page.locator(".demo-strip >> text=your app would show").inner_text()
    page.fill("#id_code", "".join(each for each in shown if each.isdigit()))
    page.click("button:has-text('Sign and approve')")
    expect(page.locator("h1")).to_have_text("Signed")
    accessible(page)
    with page.expect_download() as taken:
        page.click("text=Take the sealed PDF")
    paper = taken.value.path().read_bytes()
    assert paper.startswith(b"%PDF")
    assert b"/ByteRange" in paper, "it carries its seal"
    page.click("button:has-text('Withdraw my approval')")
    expect(page.locator("h1")).to_have_text("Withdrawn")
