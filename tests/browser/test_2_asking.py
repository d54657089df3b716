"""The main job, second part: a campaign is drafted, laid before the client, and signed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.letters import newest
from tests.browser.running_demo import RunningDemo
from tests.browser.steps import (
    GLOW,
    MIA,
    OLIVIA,
    SAM,
    ask,
    certify,
    count,
    days_ago,
    open_campaign,
    open_review,
    post,
    review_link,
    sign,
)

pytestmark = pytest.mark.browser


def test_a_campaign_of_two_steps_is_drafted_and_its_audience_counted(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{GLOW.path}/campaigns/")
    eyes.look("campaigns")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name", exact=True).fill(GLOW.campaign)
    page.get_by_label("Blank").check()
    expect(page.get_by_label("Held out, percent")).to_have_value("10")
    page.get_by_label("Held out, percent").fill("0")  # the walk writes to people by name
    eyes.look("campaign-new")
    page.get_by_role("button", name="Create the draft").click()

    page.get_by_role("button", name="Text", exact=True).click()
    words = page.get_by_role("textbox", name="Words")
    words.fill(", it has been a while. To come by, call us.")
    words.press("Home")
    page.get_by_role("button", name="first_name", exact=True).click()
    expect(words).to_have_value("{{ first_name }}, it has been a while. To come by, call us.")
    expect(page.locator(".phone .bubble")).to_have_text(
        re.compile(r"Glow Med Spa: \w+, it has been a while. To come by, call us.\s*Reply STOP to opt out")
    )
    expect(page.locator(".segments")).to_contain_text("1 segment")
    words.press("End")
    words.press_sequentially(" 🙂")
    expect(page.locator(".segments")).to_contain_text("UCS-2")
    expect(page.locator(".offenders")).to_contain_text("makes every segment shorter")
    words.press("Backspace")
    words.press("Backspace")
    expect(page.locator(".segments")).to_contain_text("GSM-7")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.get_by_role("button", name="E-mail", exact=True).click()
    expect(page.get_by_label("Days after the first day")).to_have_value("3")
    page.get_by_label("Subject").fill("Your place is still here")
    page.get_by_role("textbox", name="Words").fill(
        "Hello {{ first_name }},\n\nyour place at {{ practice_name }} is still here. Call {{ practice_phone }}."
    )
    mail = page.frame_locator(".mailbox iframe")
    expect(mail.get_by_text("is still here. Call")).to_be_visible()
    expect(mail.get_by_text("910 NW Park Avenue")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.get_by_label("Last visit before").fill(days_ago(600))
    for segment in ("New guest", "Regular guest"):
        page.get_by_label(re.compile(f"^{segment}")).check()
    page.get_by_role("button", name="Save who and when").click()
    funnel = page.locator("#funnel table").first
    expect(funnel.get_by_role("row", name=re.compile("^Clear"))).to_be_visible()
    eyes.look("editor-mail")
    page.locator(".line a").first.click()
    eyes.look("editor-text")

    before, held, clear = (
        count(funnel.locator("tr", has_text=label))
        for label in ("Everyone the rule names", "Opt-outs", "Clear")
    )
    assert 0 < held < clear < before
    funnel.get_by_role("link", name="Opt-outs").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(min(held, 50))
    eyes.look("reasons")


def test_after_an_import_the_list_is_certified_again(window: Window) -> None:
    eyes = window(SAM)
    certify(eyes.page, GLOW, eyes)


def test_the_client_asks_for_a_change_and_is_asked_again(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    ask(eyes, "Two short messages for guests we have not seen for a year.")
    mia = window(MIA, phone=True)
    open_review(mia, demo)
    mia.look("review")
    phone = mia.page
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "This is what will be sent in the name of Glow Med Spa"
    )
    expect(phone.locator(".phone .bubble")).to_contain_text("Reply STOP to opt out")
    expect(phone.frame_locator(".mailbox iframe").get_by_text("910 NW Park Avenue")).to_be_visible()
    # Somebody, though the list was not certified yet when its audience was counted.
    expect(phone.locator(".goes-to", has_text=re.compile(r"Goes to\s+[1-9]"))).to_have_count(2)
    phone.get_by_role("link", name="Ask for a change").click()
    phone.get_by_label("About").select_option("Message 1")
    phone.get_by_label("What should be different?").fill("Please say hello first.")
    mia.look("review-change")
    phone.get_by_role("button", name="Send to the agency").click()
    expect(
        phone.get_by_text("Harbor Reactivation was told and will ask again. Nothing is sent.")
    ).to_be_visible()
    mia.look("review-objected")

    assert "Please say hello first." in newest(demo.simulator, SAM, "")
    open_campaign(page)
    expect(page.locator("blockquote", has_text="Please say hello first.")).to_be_visible()
    page.get_by_role("textbox", name="Words").fill(
        "Hello {{ first_name }}, it has been a while. To come by, call us."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    ask(eyes, "It says hello now.")
    eyes.look("approval-asked")


def test_nobody_of_the_agency_can_sign(window: Window, demo: RunningDemo) -> None:
    link = review_link(demo)
    for email in (SAM, OLIVIA):
        eyes = window(email)
        page = eyes.page
        open_campaign(page)
        page.get_by_role("link", name="Approval", exact=True).click()
        expect(page.get_by_text("Nobody of the agency can sign, whatever their role.")).to_be_visible()
        expect(page.get_by_role("button", name="Review and sign")).to_have_count(0)
        eyes.expected = {403}
        assert post(page, f"{page.url}review/")[0] == 403
        eyes.expected = set()
        # With the link from Mia's mailbox they still lack the code that is mailed to her.
        signature = {"typed_name": "Mia Chen", "title": "Owner", "agree": "on", "code": "123456"}
        for deed, given in (("sign/", signature), ("open/", {"code": "123456"}), ("sign/", signature)):
            assert post(page, f"{link}{deed}", given)[1] == link
        page.goto(link)
        expect(
            page.get_by_role("button", name="Open the review").or_(
                page.get_by_role("button", name="Mail me the code")
            )
        ).to_be_visible()
        eyes.look("review-closed")
    page = window(SAM).page
    page.goto(f"{GLOW.path}/campaigns/")
    expect(page.get_by_role("row", name=GLOW.campaign)).to_contain_text("Awaiting approval")


def test_the_compliance_contact_signs_on_a_phone(window: Window, demo: RunningDemo) -> None:
    mia = window(MIA, phone=True)
    page = mia.page
    open_review(mia, demo)
    expect(page.get_by_text("It says hello now.")).to_be_visible()
    expect(page.locator(".phone .bubble")).to_contain_text("Hello ")
    page.get_by_role("link", name="Approve").click()
    expect(page.get_by_label("Your title")).to_have_value("Owner")
    sign(page, "Mia Chen", code="000000")
    mia.wrong.clear()  # the refusal is a 422
    expect(page.get_by_text("That code is not right")).to_be_visible()
    mia.look("review-sign")
    sign(page, "Mia Chen")
    expect(page.get_by_role("heading", name="Signed", exact=True)).to_be_visible()
    mia.look("review-signed")
    assert "Mia Chen" in newest(demo.simulator, MIA, "signed")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Take the sealed PDF").click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
