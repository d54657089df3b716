"""The main job, third part: real workers send; simulated phones and mailboxes answer."""

from __future__ import annotations

import re
import time
from itertools import islice

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.letters import link_in
from tests.browser.running_demo import RunningDemo
from tests.browser.steps import (
    GLOW,
    SAM,
    big,
    count,
    count_in,
    open_campaign,
    open_live,
    reached_both_ways,
    search,
    show_names,
    texted,
    turns_red,
)
from tests.simulators import eventually

pytestmark = pytest.mark.browser

SENDING = re.compile(
    r"Send [\d,]+ texts and [\d,]+ mails to [\d,]+ people between .* their time, about \$[\d.]+\."
)


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
    assert (
        texts > 280
    )  # two workers hand over 64 at once each: after the first answers 256 may be on their way
    simulator.faults(latency_ms=4000, provider="twilio")  # so that there is something left to pause
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_text("Launched. Every message passes the gate")).to_be_visible()
    expect(big(page, "Handed over")).not_to_have_text("0", timeout=60_000)  # nobody reloads the page

    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("dialog").get_by_label("Why").fill("The front desk asked us to wait")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by Sam Ortiz")).to_be_visible()
    # A call that was on its way arrives within two seconds and four more; beat rings the sending bell every two.
    arrived = [len(texted(simulator))]
    while len(arrived) < 8 or arrived[-1] != arrived[-8]:
        time.sleep(1)
        arrived.append(len(texted(simulator)))
    assert 0 < arrived[-1] - before < texts
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
    asking, phone = islice(reached_both_ways(page, simulator), 2)
    simulator.reply(phone, "STOP")
    turns_red(page, phone, "Opted out of texts on")
    eyes.look("contact")
    show_names(page)
    eyes.look("contacts-shown")
    open_live(page)
    expect(big(page, "Opted out")).to_have_text("1")
    page.locator("table.counts tr", has_text="Opted out afterwards").get_by_role("link").first.click()
    expect(page.locator("tbody tr.opted-out")).to_have_count(1)
    eyes.look("live-people")

    simulator.reply(asking, "Who is this?")
    page.goto(f"{GLOW.path}/inbox/")
    eventually(lambda: page.reload() and page.get_by_text("Who is this?").is_visible(), within=60)
    eyes.look("inbox")


def test_the_mail_three_days_later_passes_over_who_said_stop(window: Window, demo: RunningDemo) -> None:
    eyes = window(SAM)
    page = eyes.page
    open_live(page)
    planned = count_in(page, "Planned", 2)
    demo.manage("demo_forward", "3")
    # All but the one whose question nobody has read yet.
    eventually(lambda: count_in(page, "Delivered", 2) + count_in(page, "Held", 2) == planned - 1, within=240)
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
    mailed = {each["to"] for each in simulator.accepted() if each["provider"] == "sendgrid"}
    boxes = sorted(mailed)[:4]  # by name: who is mailed first is chance
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
    expect(page.locator(".wayout.held", has_text="Opted out of mail on")).to_have_count(0)
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
    page.locator("table.counts tr.code", has_text="This person is a minor").get_by_role("link").first.click()
    page.get_by_role("link", name="Why?").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Why was .+ not texted\?"))
    expect(page.locator(".verdict")).to_contain_text("minor")
    eyes.look("why-not-texted")
    page.get_by_role("link", name="Why?").click()
    eyes.look("why-contact")
