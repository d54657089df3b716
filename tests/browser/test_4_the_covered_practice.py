"""The same for a practice that HIPAA covers: by texts, and by mails over the practice's own server."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.letters import newest
from tests.browser.running_demo import RunningDemo
from tests.browser.steps import (
    DANA,
    LAKESIDE,
    LIST,
    SAM,
    ask,
    big,
    bring,
    certify,
    count_in,
    days_ago,
    open_campaign,
    open_live,
    open_review,
    posted,
    settled_in,
    sign,
    texted,
    turns_red,
)
from tests.simulators import eventually

pytestmark = pytest.mark.browser

FAY = "fay@lakesidedental.example"
MAIL_FROM, SUBJECT = "mail.lakesidedental.example", "Time for your regular visit"


def test_from_a_launched_campaign_over_appointments_to_the_clients_pdf(
    window: Window, demo: RunningDemo, tmp_path: Path
) -> None:
    """The practice brings its appointments; what the campaign brought stands on the report, and in the PDF that it keeps."""
    fay = window(FAY)
    page, now = fay.page, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    seeded = replace(LAKESIDE, campaign="Autumn hygiene recall")
    phones = sorted(set(texted(demo.simulator, seeded)))[
        :12
    ]  # some are shared, and of those nobody is guessed
    lines = [f"{phone},{now},{now},Completed,150" for phone in phones]
    file = tmp_path / "appointments.csv"
    file.write_text("\n".join(["Phone,Booked at,Appointment date,Status,Value", *lines]))
    page.goto(f"{seeded.path}/bookings/new/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Bring it").click()
    taken = page.get_by_role("navigation", name="Outcome").get_by_role("link", name="Taken")
    expect(taken).to_be_visible(timeout=60_000)
    many = int(taken.locator(".num").inner_text())
    assert 0 < many <= len(phones)

    open_live(page, seeded)
    page.get_by_role("link", name="Report").click()
    counted = page.get_by_role("region", name="Counted")
    expect(counted).to_contain_text(f"{many} appointment")
    expect(counted).to_contain_text(f"worth ${many * 150:,}")
    fay.look("report-booked")
    with page.expect_download() as brought:
        page.get_by_role("link", name="As a PDF").click()
    assert Path(brought.value.path()).read_bytes().startswith(b"%PDF-")


def test_its_readiness_names_the_agreements_that_cover_it(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{LAKESIDE.path}/readiness/")
    expect(page.locator(".verdict")).to_contain_text("Everything about this client is in order.")
    agreement = page.locator(
        ".evidence", has=page.get_by_role("heading", name="Business associate agreement")
    ).first
    expect(agreement).to_contain_text("In force between Harbor Reactivation and Lakeside Dental")
    eyes.look("readiness-covered")


def test_its_list_is_imported_and_certified(window: Window, tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    with LIST.open(encoding="utf-8") as whole:
        part.write_text("".join(islice(whole, 1500)))
    page = window(SAM).page
    bring(page, LAKESIDE, part)
    page.get_by_label("gave us this list for its own messages").check()
    page.get_by_role("button", name="Import the list").click()
    expect(page.get_by_role("button", name="Report as a file")).to_be_visible(timeout=120_000)
    certify(page, LAKESIDE)


def test_its_numbers_are_looked_up_in_the_do_not_call_registry(window: Window, tmp_path: Path) -> None:
    """The registry's file of every area code, in each of which it names a number that nobody here has."""
    file = tmp_path / "registry.txt"
    file.write_text("".join(f"{code},9990001\n" for code in range(201, 990)))
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{LAKESIDE.path}/readiness/do-not-call/")
    page.get_by_label("The day it shows").fill(days_ago(1))
    page.get_by_label("Account number or service").fill("10555-1")
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Bring it").click()
    eventually(lambda: page.reload() and page.get_by_text("0 of our numbers listed").count(), within=180)
    eyes.look("do-not-call")


def test_a_recall_is_drafted_and_signed_on_a_phone(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{LAKESIDE.path}/campaigns/")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name", exact=True).fill(LAKESIDE.campaign)
    page.get_by_label("Blank").check()
    expect(page.get_by_label("Held out, percent")).to_have_value("10")
    page.get_by_label("Held out, percent").fill("0")  # the walk writes to people by name
    page.get_by_role("button", name="Create the draft").click()
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_role("textbox", name="Words").fill(
        "Hi {{ first_name }}, you are due for your regular visit. Call us at {{ practice_phone }}."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="E-mail", exact=True).click()
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_role("textbox", name="Words").fill(
        "Hello {{ first_name }},\n\nyou are due for your regular visit. Call {{ practice_phone }}."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Purpose").select_option("Recall")
    page.get_by_label("Last visit before").fill(days_ago(700))
    page.get_by_label(re.compile("^New patient exam")).check()
    page.get_by_role("button", name="Save who and when").click()
    expect(page.locator("#funnel table").first).to_be_visible()

    ask(eyes, "A recall for patients we have not seen for two years.", LAKESIDE)
    dana = window(DANA, phone=True)
    open_review(dana, demo, LAKESIDE)
    dana.look("review-covered")
    dana.page.get_by_role("link", name="Approve").click()
    sign(dana.page, "Dana Whitfield")
    expect(dana.page.get_by_role("heading", name="Signed", exact=True)).to_be_visible()
    assert "Dana Whitfield" in newest(demo.simulator, DANA, "signed")


def test_its_texts_go_by_twilio_and_its_mails_by_its_own_server(window: Window, demo: RunningDemo) -> None:
    page, simulator = window(SAM).page, demo.simulator
    before = len(texted(simulator, LAKESIDE))
    open_campaign(page, LAKESIDE)
    page.get_by_role("link", name="Flight check").click()
    page.get_by_role("link", name="Launch").click()
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_text("Launched. Every message passes the gate")).to_be_visible()
    expect(big(page, "Delivered")).not_to_have_text("0", timeout=60_000)
    assert len(texted(simulator, LAKESIDE)) > before
    eventually(lambda: page.reload() and count_in(page, "Planned", 1) == settled_in(page, 1), within=180)

    demo.manage("demo_forward", "3")
    eventually(lambda: page.reload() and count_in(page, "Planned", 2) == settled_in(page, 2), within=180)
    assert len(posted(simulator, SUBJECT)) == count_in(page, "Handed over", 2) > 0
    assert not [
        each for each in simulator.accepted() if each["provider"] == "sendgrid" and MAIL_FROM in each["from"]
    ]


def test_its_readers_unsubscribe_bounce_and_say_stop(window: Window, demo: RunningDemo) -> None:
    page, simulator = window(SAM).page, demo.simulator
    boxes = posted(simulator, SUBJECT)[-2:]
    simulator.act(boxes[0], "unsubscribe")
    simulator.act(boxes[1], "bounce")
    phone = texted(simulator, LAKESIDE)[-1]
    simulator.reply(phone, "Stop texting me please")
    turns_red(page, boxes[0], "Opted out of mail on", LAKESIDE)
    turns_red(page, boxes[1], "Opted out of mail on", LAKESIDE)
    turns_red(page, phone, "Opted out of texts on", LAKESIDE)
    open_live(page, LAKESIDE)
    assert count_in(page, "Bounced", 2) == 1
