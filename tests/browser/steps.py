"""What people do more than once on the walk, as they do it: with mouse and keys."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.letters import code_in, link_in, newest, totp
from tests.browser.looking import Eyes
from tests.browser.running_demo import RunningDemo
from tests.simulators import Simulator, eventually

SAM, OLIVIA, MIA = "sam@harbor.example", "olivia@harbor.example", "mia@glowmedspa.example"
DANA = "dana@lakesidedental.example"
LIST = Path(__file__).parent.parent / "data" / "contacts-10k.csv"


@dataclass(frozen=True)
class Practice:
    """A client of the demo, the campaign that the walk makes for it, and who signs."""

    path: str
    campaign: str
    number: str
    approver: str


GLOW = Practice("/c/glow-med-spa", "Summer glow", "+15035550118", MIA)
LAKESIDE = Practice("/c/lakeside-dental", "Check-up by mail", "+12075550142", DANA)


def bring(page: Page, practice: Practice = GLOW, file: Path = LIST) -> str:
    """Upload the list; the page then shows the columns. Returns its address."""
    page.goto(f"{practice.path}/contacts/")
    page.get_by_role("link", name="Import a list").click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="Check the columns")).to_be_visible()
    return page.url


def contacts(page: Page, practice: Practice = GLOW) -> list[str]:
    """How many people, opted out of texts, opted out of mail, as the overview says."""
    page.goto(f"{practice.path}/")
    numbers = page.get_by_role("region", name="People", exact=True).locator("dd")
    expect(numbers).to_have_count(3)
    return numbers.all_inner_texts()


def ask(eyes: Eyes, note: str, practice: Practice = GLOW) -> None:
    """Ask for approval from the flight check."""
    page = eyes.page
    open_campaign(page, practice)
    page.get_by_role("link", name="Flight check").click()
    expect(page.locator(".verdict")).to_contain_text("Everything but the signature is in order")
    expect(page.locator("#audience table.funnel").first).to_be_visible()
    eyes.look("flight-check")
    page.get_by_role("button", name="Ask for approval").click()
    dialog = page.get_by_role("dialog")
    for reason in dialog.get_by_placeholder("Why it is sent all the same").all():
        reason.fill("A visit of our own patients is due, and nothing else is advertised.")
    dialog.get_by_label("A word to them").fill(note)
    dialog.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("It lies before the client.")).to_be_visible()


def review_link(demo: RunningDemo, practice: Practice = GLOW) -> str:
    """The path of the link in the approver's newest mail about it."""
    return link_in(newest(demo.simulator, practice.approver, "please review"), "/a/")


def open_review(eyes: Eyes, demo: RunningDemo, practice: Practice = GLOW) -> None:
    """From the mail to the messages: the link, then the code that is mailed apart."""
    page = eyes.page
    page.goto(review_link(demo, practice))
    expect(page.get_by_text("Nothing is sent unless you approve it.")).to_be_visible()
    asked = time.time()
    page.get_by_role("button", name="Mail me the code").click()
    page.get_by_label("The code we mailed you").fill(
        code_in(newest(demo.simulator, practice.approver, "is your code", after=asked))
    )
    eyes.look("review-code")
    page.get_by_role("button", name="Open the review").click()
    expect(page.get_by_role("link", name="Approve")).to_be_visible()


def open_campaign(page: Page, practice: Practice = GLOW) -> None:
    page.goto(f"{practice.path}/campaigns/")
    page.get_by_role("link", name=practice.campaign).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(practice.campaign)


def certify(page: Page, practice: Practice = GLOW, eyes: Eyes | None = None) -> None:
    """Certify again, as after every import, that all past opt-outs are in the list."""
    page.goto(f"{practice.path}/readiness/")
    certificate = page.locator(".evidence", has=page.get_by_role("heading", name="Certificate"))
    expect(certificate).to_contain_text("a list was imported since. Certify it again.")
    certificate.get_by_role("link", name="Certify").click()
    page.get_by_label("I certify this.").check()
    page.get_by_label("Your name").fill("Sam Ortiz")
    if eyes:
        eyes.look("certificate")
    page.get_by_role("button", name="Certify").click()
    expect(certificate).to_contain_text("Certified by Sam Ortiz.")


def sign(page: Page, name: str, code: str = "") -> None:
    """Type the name, tick, and give the code that the authenticator app shows, or another."""
    page.get_by_label("Your full legal name").fill(name)
    page.get_by_role("checkbox").check()
    secret = page.locator("p", has_text="Key:").locator("code").inner_text()
    page.get_by_label("Code of your authenticator app").fill(code or totp(secret.replace(" ", "")))
    page.get_by_role("button", name="Sign and approve").click()


def texted(simulator: Simulator, practice: Practice = GLOW) -> list[str]:
    """The phones that the practice texted, in order."""
    return [
        each["to"]
        for each in simulator.accepted()
        if each["provider"] == "twilio" and each["from"] == practice.number
    ]


def posted(simulator: Simulator, subject: str) -> list[str]:
    """The mailboxes that were mailed this over a practice's own server, in order."""
    return [
        each["to"]
        for each in simulator.accepted()
        if each["provider"] == "smtp" and each["subject"] == subject
    ]


def settled_in(page: Page, step: int) -> int:
    """How many messages of a step have got as far as they can now."""
    return sum(count_in(page, line, step) for line in ("Handed over", "Held", "Told to wait"))


def big(page: Page, name: str) -> Locator:
    """One of the large numbers of the live page."""
    return page.locator("dl.numbers div", has=page.get_by_text(name, exact=True)).locator("dd")


def open_live(page: Page, practice: Practice = GLOW) -> None:
    open_campaign(page, practice)
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


def search(page: Page, words: str, practice: Practice = GLOW) -> None:
    """By the field at the top: one person's page, or a list of several."""
    page.goto(f"{practice.path}/contacts/")
    page.locator("#q").fill(words)
    with page.expect_navigation():
        page.locator("#q").press("Enter")


def show_names(page: Page, practice: Practice = GLOW) -> None:
    """Lists are masked for the agency until somebody says why not."""
    page.goto(f"{practice.path}/contacts/")
    page.get_by_text("Names and addresses are masked. Show them").click()
    page.get_by_label("Why? It stands in the practice’s record.").select_option(
        "To check whom a campaign reaches"
    )
    page.get_by_role("button", name="Show for 15 minutes").click()
    expect(page.get_by_text("Names and addresses are shown until")).to_be_visible()


def turns_red(page: Page, address: str, says: str, practice: Practice = GLOW) -> None:
    """The person's page says that they are opted out, within moments; the first one's when several share it."""
    search(page, address, practice)
    if page.get_by_role("heading", level=1, name="Contacts").is_visible():
        page.locator("table.rows tbody").get_by_role("link").first.click()
    refused = page.locator(".wayout.held", has_text=says)
    eventually(lambda: page.reload() and refused.is_visible(), within=60)


def reached_both_ways(page: Page, simulator: Simulator) -> Iterator[str]:
    """The phones of those who were texted and will be mailed; each one's page is open when it is given."""
    for phone in sorted(texted(simulator)):  # by number: who is texted first is chance
        search(page, phone)
        reach = page.get_by_role("region", name="Where to reach them")
        if reach.is_visible() and "@" in reach.inner_text():  # a shared phone shows a list
            yield phone


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


def confirm(page: Page, demo: RunningDemo, email: str) -> None:
    """Sign in once more where one stands: a file of people is given within five minutes of that."""
    stood = urlsplit(page.url).path
    page.goto(f"/accounts/reauthenticate/?next={stood}")
    page.get_by_label("Password", exact=True).fill(demo.password(email))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"**{stood}")


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
