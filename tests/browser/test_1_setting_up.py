"""The main job, first part, on real servers: what must be in order, and the list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.running_demo import RunningDemo
from tests.browser.steps import (
    GLOW,
    LIST,
    OLIVIA,
    SAM,
    bring,
    confirm,
    contacts,
    days_ago,
    lines,
)

pytestmark = pytest.mark.browser

TRUTH = LIST.with_name("contacts-10k.truth.csv")
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
BECOMES = {  # the columns of the list; "" is left out
    "First Name": "first_name", "Cell Phone": "phone", "E-mail": "email", "OK to text?": "sms_consent", "DOB": "birth_date",
}  # fmt: skip


def test_staff_see_each_fact_with_its_evidence_and_check_it_now(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    eyes.look("home")
    page.get_by_role("link", name="Glow Med Spa").click()
    expect(page.get_by_text("Opted out of texts")).to_be_visible()
    eyes.look("overview")
    page.locator("nav.rail").get_by_role("link", name="Readiness").click()
    expect(page.locator(".verdict")).to_contain_text("Everything about this client is in order.")
    expect(page.locator(".evidence .answer.held")).to_have_count(0)

    domain = page.locator(".evidence", has=page.get_by_role("heading", name="mail.glowmedspa.example"))
    expect(domain).to_contain_text("has one SPF record: v=spf1 include:sendgrid.net -all")
    domain.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("mail.glowmedspa.example was looked up")).to_be_visible()
    number = page.locator(".evidence", has=page.get_by_role("heading", name="(503) 555-0118"))
    number.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("The registration was read")).to_be_visible()
    eyes.look("readiness")


def test_a_broken_domain_turns_red_and_says_what_to_add(window: Window, demo: RunningDemo) -> None:
    """The look-up is a real one: what the name server says decides."""
    page = window(SAM).page
    page.goto(f"{GLOW.path}/readiness/")
    domain = page.locator(".evidence", has=page.get_by_role("heading", name="mail.glowmedspa.example"))
    demo.simulator.faults(provider="dns", status_500=1)
    try:
        domain.get_by_role("button", name="Check now").click()
        expect(domain.get_by_text("Could not check").first).to_be_attached()
        expect(domain).to_contain_text("the pass before it still counts")
    finally:
        demo.simulator.faults()
    domain.get_by_role("button", name="Check now").click()
    expect(domain).to_contain_text("SPF, DKIM, DMARC and MX are in order.")


def test_a_covered_clients_list_is_refused_until_its_agreement_is_filed(window: Window) -> None:
    eyes = window(OLIVIA)
    page = eyes.page
    page.get_by_role("link", name="New client").click()
    page.get_by_label("Name", exact=True).fill("Harbor Orthodontics")
    page.get_by_label("Covered by HIPAA", exact=True).check()
    eyes.look("client-new")
    page.get_by_role("button", name="Set up the client").click()
    expect(page.get_by_text("Harbor Orthodontics is set up.")).to_be_visible()
    eyes.look("settings")
    page.goto("/c/harbor-orthodontics/imports/new/")
    expect(page.get_by_text("No list can be imported yet.")).to_be_visible()
    expect(page.get_by_text("no business associate agreement is in force")).to_be_visible()
    expect(page.get_by_label("File", exact=True)).to_have_count(0)
    eyes.look("import-refused")

    page.get_by_role("link", name="File the agreement").click()
    expect(page.locator(".verdict")).to_contain_text("Not ready")
    eyes.look("readiness-red")
    page.locator("#baa").get_by_role("link", name="File the agreement").click()
    page.get_by_label("Parties").fill("Harbor Reactivation and Harbor Orthodontics")
    page.get_by_label("Signed on").fill(days_ago(30))
    page.get_by_label("The signed document").set_input_files(
        {"name": "baa.pdf", "mimeType": "application/pdf", "buffer": PAPER}
    )
    eyes.look("agreement")
    page.get_by_role("button", name="File it").click()
    agreement = page.locator(
        ".evidence", has=page.get_by_role("heading", name="Business associate agreement")
    )
    expect(agreement).to_contain_text("In force between Harbor Reactivation and Harbor Orthodontics.")
    page.goto("/c/harbor-orthodontics/imports/new/")
    expect(page.get_by_label("File", exact=True)).to_be_visible()


def test_a_list_is_imported_and_answered_for_line_by_line(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{GLOW.path}/contacts/")
    eyes.look("contacts")
    first = bring(page)
    for column, becomes in BECOMES.items():
        expect(page.get_by_label(f"What {column} becomes")).to_have_value(becomes)
        expect(page.locator("s", has_text=column)).to_have_count(0 if becomes else 1)
    eyes.look("import-columns")
    page.get_by_label("gave us this list for its own messages").check()
    page.get_by_role("button", name="Import the list").click()
    expect(page.locator("progress")).to_be_visible()
    expect(page.get_by_role("button", name="Report as a file")).to_be_visible(timeout=120_000)
    eyes.look("import-report")
    confirm(page, demo, SAM)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Report as a file").click()
    reported = lines(taken.value.path())
    assert {line: each[3:] for line, each in reported.items()} == {
        line: each[1:3] for line, each in lines(TRUTH).items()
    }
    assert {each[1] for each in reported.values()} == {"taken", "merged", "refused"}
    assert all(each[2] for each in reported.values() if each[1] == "refused")

    people = contacts(page)
    assert bring(page) != first
    page.get_by_label("gave us this list for its own messages").check()
    page.get_by_role("button", name="Import the list").click()
    expect(page.get_by_role("button", name="Report as a file")).to_be_visible(timeout=120_000)
    assert page.locator("dl.numbers div", has_text="Taken").locator("dd").inner_text() == "0"
    assert contacts(page) == people
