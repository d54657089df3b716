"""The main job from end to end, as people do it: real servers, real worker, simulated phones and mailboxes."""

from __future__ import annotations

import csv
import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Window
from tests.browser.letters import code_in, link_in, newest, totp
from tests.browser.looking import Eyes
from tests.browser.running_demo import RunningDemo
from tests.simulators import Simulator, eventually

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

SAM, OLIVIA, MIA = "sam@harbor.example", "olivia@harbor.example", "mia@glowmedspa.example"
DATA = Path(__file__).parent.parent / "data"
LIST, TRUTH = DATA / "contacts-10k.csv", DATA / "contacts-10k.truth.csv"
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
BECOMES = {  # the columns of the list; "" is left out
    "First Name": "first_name", "Cell Phone": "phone", "E-mail": "email", "OK to text?": "sms_consent", "DOB": "birth_date",
}  # fmt: skip
SENDING = re.compile(
    r"Send [\d,]+ texts and [\d,]+ mails to [\d,]+ people between .* their time, about \$[\d.]+\."
)
NUMBER = "+15035550118"
SPA, NAME = "/c/glow-med-spa", "Summer glow"


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
    page.goto(f"{SPA}/readiness/")
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


def test_a_list_is_imported_and_answered_for_line_by_line(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{SPA}/contacts/")
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


def test_a_campaign_of_two_steps_is_drafted_and_its_audience_counted(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    page.goto(f"{SPA}/campaigns/")
    eyes.look("campaigns")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Blank").check()
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

    page.get_by_label("Last visit before").fill(days_ago(1100))
    page.get_by_label(re.compile("^New guest")).check()
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
    page = eyes.page
    page.goto(f"{SPA}/readiness/")
    certificate = page.locator(".evidence", has=page.get_by_role("heading", name="Certificate"))
    expect(certificate).to_contain_text("a list was imported since. Certify it again.")
    certificate.get_by_role("link", name="Certify").click()
    page.get_by_label("I certify this.").check()
    page.get_by_label("Your name").fill("Sam Ortiz")
    eyes.look("certificate")
    page.get_by_role("button", name="Certify").click()
    expect(certificate).to_contain_text("Certified by Sam Ortiz.")


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
    expect(phone.locator(".goes-to")).to_have_count(2)
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
    expect(page.get_by_text("Please say hello first.")).to_be_visible()
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
    page.goto(f"{SPA}/campaigns/")
    expect(page.get_by_role("row", name=NAME)).to_contain_text("Awaiting approval")


def test_the_compliance_contact_signs_on_a_phone(window: Window, demo: RunningDemo) -> None:
    mia = window(MIA, phone=True)
    page = mia.page
    open_review(mia, demo)
    expect(page.get_by_text("It says hello now.")).to_be_visible()
    expect(page.locator(".phone .bubble")).to_contain_text("Hello ")
    page.get_by_role("link", name="Approve").click()
    expect(page.get_by_label("Your title")).to_have_value("Owner")
    page.get_by_label("Your full legal name").fill("Mia Chen")
    page.get_by_role("checkbox").check()
    secret = page.locator("p", has_text="Key:").locator("code").inner_text()
    page.get_by_label("Code of your authenticator app").fill("000000")
    page.get_by_role("button", name="Sign and approve").click()
    mia.wrong.clear()  # the refusal is a 422
    expect(page.get_by_text("That code is not right")).to_be_visible()
    mia.look("review-sign")
    page.get_by_label("Code of your authenticator app").fill(totp(secret.replace(" ", "")))
    page.get_by_role("button", name="Sign and approve").click()
    expect(page.get_by_role("heading", name="Signed", exact=True)).to_be_visible()
    mia.look("review-signed")
    assert "Mia Chen" in newest(demo.simulator, MIA, "signed")


def test_staff_launch_watch_pause_and_resume(window: Window, demo: RunningDemo) -> None:
    eyes, simulator = window(SAM), demo.simulator
    page = eyes.page
    open_campaign(page)
    page.get_by_role("link", name="Flight check").click()
    page.get_by_role("link", name="Launch").click()
    expect(page.locator("#numbers p").first).to_have_text(SENDING)
    eyes.look("launch")
    texts = count(page.locator("#numbers tr", has_text="Text 1"))
    before = len(texted(simulator))
    simulator.faults(latency_ms=1500, provider="twilio")  # so that there is something left to pause
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text("Launched. Every message passes the gate")).to_be_visible()
    expect(big(page, "Handed over")).not_to_have_text("0", timeout=60_000)  # nobody reloads the page

    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("dialog").get_by_label("Why").fill("The front desk asked us to wait")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by Sam Ortiz")).to_be_visible()
    time.sleep(3)  # what was on its way when the button was pressed has arrived
    paused = len(texted(simulator)) - before
    assert 0 < paused < texts
    time.sleep(4)  # beat rings the sending bell every two seconds
    assert len(texted(simulator)) - before == paused
    eyes.look("live-paused")

    simulator.faults()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(big(page, "Handed over")).to_have_text(f"{texts:,}", timeout=120_000)
    expect(big(page, "Delivered")).to_have_text(f"{texts:,}", timeout=60_000)
    sent = texted(simulator)[before:]
    assert len(sent) == len(set(sent)) == texts
    eyes.look("live")


def test_who_says_stop_turns_red_and_is_texted_no_more(window: Window, demo: RunningDemo) -> None:
    eyes, simulator = window(SAM), demo.simulator
    page = eyes.page
    phone = reached_both_ways(page, simulator)
    simulator.reply(phone, "STOP")
    turns_red(page, phone, "Opted out of texts on")
    eyes.look("contact")
    name = page.get_by_role("heading", level=1).inner_text()
    search(page, name.split()[-1])  # several have this name: a list
    expect(page.locator("tr.opted-out", has=page.get_by_role("link", name=name)).first).to_contain_text(
        "Opted out of texts on"
    )
    eyes.look("contacts-opted-out")

    open_live(page)
    expect(big(page, "Opted out")).to_have_text("1")
    page.locator("table.counts tr", has_text="Opted out afterwards").get_by_role("link").first.click()
    expect(page.locator("tbody tr.opted-out")).to_have_count(1)
    eyes.look("live-people")

    other = next(each for each in texted(simulator) if each != phone)
    simulator.reply(other, "Who is this?")
    page.goto(f"{SPA}/inbox/")
    eventually(lambda: page.reload() and page.get_by_text("Who is this?").is_visible(), within=20)
    eyes.look("inbox")


def test_the_mail_three_days_later_passes_over_who_said_stop(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    open_live(page)
    planned = count_in(page, "Planned", 2)
    demo.manage("demo_forward", "3")
    # All but the one whose question nobody has read yet.
    eventually(lambda: count_in(page, "Delivered", 2) + count_in(page, "Held", 2) == planned - 1, within=120)
    expect(
        page.locator("table.counts tr.code", has_text="wrote something that a member should read first")
    ).to_be_visible()
    page.locator("table.counts tr.code", has_text="opted out on another channel").get_by_role(
        "link"
    ).first.click()
    expect(page.locator("tbody tr.opted-out")).to_have_count(1)
    page.get_by_role("link", name="Why?").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("not mailed?")
    expect(page.locator(".verdict")).to_contain_text("opted out on another channel while this campaign ran")
    eyes.look("why-not-mailed")


def test_an_unsubscribe_a_complaint_and_a_bounce_turn_red(window: Window, demo: RunningDemo) -> None:
    eyes, simulator = window(SAM), demo.simulator
    page = eyes.page
    boxes = [each["to"] for each in simulator.accepted() if each["provider"] == "sendgrid"][:4]
    simulator.act(boxes[0], "unsubscribe")
    simulator.act(boxes[1], "spam")
    simulator.act(boxes[2], "bounce")
    for box in boxes[:3]:
        turns_red(page, box, "Opted out of mail on")

    # The link in the words: looking changes nothing, one button does.
    link = link_in(simulator.mail(boxes[3])["text"], "/u/")
    somebody = window()
    somebody.page.goto(link)
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Stop e-mails from Glow Med Spa?")
    somebody.look("unsubscribe")
    search(page, boxes[3])
    expect(page.locator(".wayout.held")).to_have_count(0)
    somebody.page.get_by_role("button", name="Unsubscribe").click()
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    somebody.look("unsubscribed")
    turns_red(page, boxes[3], "Opted out of mail on")

    open_live(page)
    expect(big(page, "Opted out")).to_have_text("3")  # STOP and two unsubscribed
    assert (count_in(page, "Reported as spam", 2), count_in(page, "Bounced", 2)) == (1, 1)
    before = {box: len(simulator.mailbox(box)) for box in boxes}
    demo.manage("demo_forward", "7")
    simulator.settle()
    assert {box: len(simulator.mailbox(box)) for box in boxes} == before


def test_why_one_was_texted_and_another_not(window: Window) -> None:
    eyes = window(SAM)
    page = eyes.page
    open_live(page)
    page.locator("table.counts tr", has_text="Delivered").get_by_role("link").first.click()
    page.get_by_role("link", name="Why?").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Why was .+ texted\?"))
    expect(page.locator(".as-sent")).to_contain_text("Hello ")
    expect(page.get_by_text("Judged and claimed, in one transaction")).to_be_visible()
    expect(page.get_by_text("Mia Chen, Owner", exact=True)).to_be_visible()
    eyes.look("why-texted")
    open_live(page)
    page.locator("table.counts tr.code", has_text="minor with no guardian").get_by_role("link").first.click()
    page.get_by_role("link", name="Why?").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Why was .+ not texted\?"))
    expect(page.locator(".verdict")).to_contain_text("minor")
    eyes.look("why-not-texted")
    page.get_by_role("link", name="Why?").click()
    eyes.look("why-contact")


def bring(page: Page) -> str:
    """Upload the list; the page then shows the columns. Returns its address."""
    page.goto(f"{SPA}/contacts/")
    page.get_by_role("link", name="Import a list").click()
    page.get_by_label("File", exact=True).set_input_files(LIST)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="Check the columns")).to_be_visible()
    return page.url


def contacts(page: Page) -> list[str]:
    """How many people, opted out of texts, opted out of mail, as the overview says."""
    page.goto(f"{SPA}/")
    numbers = page.locator("dl.numbers dd")
    expect(numbers).to_have_count(3)
    return numbers.all_inner_texts()


def ask(eyes: Eyes, note: str) -> None:
    """Ask for approval from the flight check."""
    page = eyes.page
    open_campaign(page)
    page.get_by_role("link", name="Flight check").click()
    expect(page.locator(".verdict")).to_contain_text("Everything but the signature is in order")
    expect(page.locator("#audience table.funnel").first).to_be_visible()
    eyes.look("flight-check")
    page.get_by_role("button", name="Ask for approval").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("A word to them").fill(note)
    dialog.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("It lies before the client.")).to_be_visible()


def review_link(demo: RunningDemo) -> str:
    """The path of the link in Mia's newest mail about it."""
    return link_in(newest(demo.simulator, MIA, "please review"), "/a/")


def open_review(eyes: Eyes, demo: RunningDemo) -> None:
    """From the mail to the messages: the link, then the code that is mailed apart."""
    page = eyes.page
    page.goto(review_link(demo))
    expect(page.get_by_text("Nothing is sent unless you approve it.")).to_be_visible()
    asked = time.time()
    page.get_by_role("button", name="Mail me the code").click()
    page.get_by_label("The code we mailed you").fill(
        code_in(newest(demo.simulator, MIA, "is your code", after=asked))
    )
    eyes.look("review-code")
    page.get_by_role("button", name="Open the review").click()
    expect(page.get_by_role("link", name="Approve")).to_be_visible()


def open_campaign(page: Page) -> None:
    page.goto(f"{SPA}/campaigns/")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


def texted(simulator: Simulator) -> list[str]:
    """The phones that Glow Med Spa texted, in order."""
    return [
        each["to"] for each in simulator.accepted() if each["provider"] == "twilio" and each["from"] == NUMBER
    ]


def big(page: Page, name: str) -> Locator:
    """One of the large numbers of the live page."""
    return page.locator("dl.numbers div", has=page.get_by_text(name, exact=True)).locator("dd")


def open_live(page: Page) -> None:
    open_campaign(page)
    page.get_by_role("link", name="Watch it live").click()
    expect(page.locator("table.counts")).to_be_visible()


def count_in(page: Page, line: str, step: int) -> int:
    """A number of the live page's table, by its line and step."""
    cell = (
        page.locator("table.counts tr", has=page.get_by_role("rowheader", name=line, exact=True))
        .locator("td")
        .nth(step - 1)
    )
    return int(cell.inner_text().replace(",", ""))


def search(page: Page, words: str) -> None:
    """By the field at the top: one person's page, or a list of several."""
    page.goto(f"{SPA}/contacts/")
    page.locator("#q").fill(words)
    with page.expect_navigation():
        page.locator("#q").press("Enter")


def turns_red(page: Page, address: str, says: str) -> None:
    """The person's page says that they are opted out, within moments."""
    search(page, address)
    refused = page.locator(".wayout.held", has_text=says)
    eventually(lambda: page.reload() and refused.is_visible(), within=20)


def reached_both_ways(page: Page, simulator: Simulator) -> str:
    """The phone of somebody who was texted and will be mailed."""
    for phone in texted(simulator):
        search(page, phone)
        if "@" in page.get_by_role("region", name="Where to reach them").inner_text():
            return phone
    raise AssertionError("Nobody who was texted has an e-mail address.")


def post(page: Page, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """What somebody tries who writes the request themselves; the status and the path where it ends."""
    script = """async ([path, form]) => {
        const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
        const body = new URLSearchParams({...form, csrfmiddlewaretoken: token});
        const answer = await fetch(path, {method: "POST", body});
        return [answer.status, new URL(answer.url).pathname];
    }"""
    status, where = page.evaluate(script, [path, form or {}])
    return status, where


def days_ago(days: int) -> str:
    return (date.today() - timedelta(days=days)).isoformat()


def lines(file: Path) -> dict[str, list[str]]:
    """The rows of a CSV by their first cell."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    return {row[0]: row for row in rows}


def count(row: Locator) -> int:
    """The number in a row of the funnel."""
    return int(row.locator("td.num").first.inner_text().replace(",", ""))
