"""What people say by themselves: on the phone, by a word from a poster, in a conversation."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.running_demo import RunningDemo
from tests.browser.steps import LAKESIDE, SAM, days_ago, search, texted
from tests.simulators import eventually

pytestmark = pytest.mark.browser

FAY = "fay@lakesidedental.example"
CALLER, READER = "+12072310977", "+12072310978"  # whom no list names


def test_a_caller_is_typed_in_and_their_yes_written_down(window: Window) -> None:
    eyes = window(FAY)
    page = eyes.page
    page.goto(f"{LAKESIDE.path}/contacts/")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("First name").fill("Hanna")
    page.get_by_label("Last name").fill("Hand")
    page.get_by_label("Mobile number").fill(CALLER)
    eyes.look("contact-new")
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_text("They get no text before a yes is on record")).to_be_visible()
    page.get_by_label("On the phone: they said yes").check()
    page.get_by_label("Care", exact=True).check()
    page.get_by_label("Day", exact=True).fill(days_ago(1))
    page.get_by_label("Time of day").fill("10:30")
    page.get_by_label("the number of the recording").fill("REC-88")
    page.get_by_label("the SHA-256 of a recording").fill("0" * 64)
    page.get_by_label("the version of the script").fill("2")
    page.get_by_label("the number they called from").fill(CALLER)
    page.get_by_label("they were told that the call is recorded").check()
    page.get_by_label("The number was read back to them").check()
    page.get_by_role("button", name="Record it").click()  # the box that they understood is mandatory
    expect(page.get_by_role("heading", name="Record a consent to texts")).to_be_visible()
    page.get_by_label("They were told that texts are optional").check()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("The consent is on record.")).to_be_visible()
    expect(page.locator("ol.life")).to_contain_text("Oral yes on record")
    eyes.look("contact-by-phone")


def test_somebody_texts_the_word_of_a_poster_and_is_on_record(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{LAKESIDE.path}/keywords/")
    page.get_by_label("The word", exact=True).fill("SMILE")
    page.get_by_role("button", name="Make the poster").click()
    expect(page.locator(".poster .call")).to_contain_text("SMILE")
    eyes.look("poster")
    demo.simulator.reply(READER, "Smile!", to=LAKESIDE.number)

    def on_record() -> bool:
        search(page, READER, LAKESIDE)
        page.locator("ol.life").wait_for()  # it comes after the page
        return page.locator("ol.life").get_by_text("Signed").first.is_visible()

    eventually(on_record, within=60)
    page.goto(f"{LAKESIDE.path}/keywords/")
    expect(page.locator("section.panel", has_text="SMILE")).to_contain_text("1 said yes by it")


def test_they_ask_something_are_answered_and_say_stop(window: Window, demo: RunningDemo) -> None:
    eyes, simulator = window(FAY), demo.simulator
    page = eyes.page
    simulator.reply(READER, "When do you open on Friday?", to=LAKESIDE.number)
    asked = page.get_by_text("When do you open on Friday?").first
    page.goto(f"{LAKESIDE.path}/inbox/?show=all")
    eventually(lambda: page.reload() and asked.is_visible(), within=60)
    page.locator("tr, li", has_text="When do you open on Friday?").get_by_role("link").first.click()
    page.get_by_label("Your answer").fill("We open at nine.")
    eyes.look("thread")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is queued")).to_be_visible()
    eventually(lambda: READER in texted(simulator, LAKESIDE), within=60)

    simulator.reply(READER, "stop texting me now", to=LAKESIDE.number)
    refused = page.get_by_text("Nobody can write to them")
    eventually(lambda: page.reload() and refused.is_visible(), within=60)
    eyes.look("thread-opted-out")
