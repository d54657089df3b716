"""The report of a campaign: its numbers are those of the rows, it names nobody, and it owns up to what it cannot say."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from campaigns.models import Booking, Campaign
from compliance.checks import BY_CODE
from consent.models import Contact, Suppression
from messaging.models import Message, Status
from messaging.reports import paper, telling
from messaging.reports.campaign_report import Report, report_of
from messaging.reports.outcomes import Group, Outcomes, outcomes
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.paper import Paper
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_second_wordings import TWO
from tests.messaging.flight import address, queries_of, reply
from tests.messaging.reports.chances import came_about
from tests.messaging.reports.counted import at_random, booked, ran
from tests.messaging.reports.recount import Recount, contacts_of
from tests.messaging.tallied import same_as_recounted as counters_same_as_recounted
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def counted(of: Client, made: Campaign) -> Outcomes:
    with acting_for(of.pk):
        return outcomes(Campaign.objects.select_related("client").get(pk=made.pk), db_now())


def report(of: Client, made: Campaign) -> Report:
    with acting_for(of.pk):
        found = report_of(Campaign.objects.select_related("client__agency").get(pk=made.pk), db_now())
        assert found is not None
        return found


def same_as_recounted(of: Client, made: Campaign) -> Report:
    """Every figure of the report is that of a plain count of the rows, and so is every counter."""
    counters_same_as_recounted(of)
    found = report(of, made)
    with acting_for(of.pk):
        again = Recount(of, made)
    assert (found.texts, found.segments, found.mails, found.dollars) == again.sent()
    total = found.live.total
    kinds, names = again.kinds(), [*Status.values, "waiting", "delivered", "failed", "bounced", "complained"]
    assert {name: getattr(total, name) for name in names} == {name: kinds[name] for name in names}
    assert (total.planned, total.holds) == (len(again.rows), again.holds())
    assert {row["code"]: row["total"] for row in found.held} == again.holds() - Counter(held_out=10**6)
    answered, out = again.answered(), again.opted_out()
    assert (total.replied, total.opted_out) == (len(answered), len(out))
    assert (found.replied, found.opt_outs.number) == (contacts_of(answered), contacts_of(out))
    spans, pending = again.spans()
    middle = spans[len(spans) // 2] if spans else None
    told = found.opt_outs
    assert (told.usual, told.slowest, told.pending) == (middle, max(spans, default=None), pending)
    assert told.after == again.too_late()
    assert some(found.outcomes.written) == again.written()
    assert some(found.outcomes.held_out) == again.held_out()
    assert found.revenue == Decimal(again.written().get("cents", 0)) / 100
    for each in found.wordings:
        for letter in ("a", "b"):
            assert some(each.of(letter), but="credited") == again.of_wording(each.step.pk, letter)
            theirs = [
                [row.wording for row in rows if row.step_id == each.step.pk] for rows in (answered, out)
            ]
            assert [each.replied.get(letter, 0), each.opted_out.get(letter, 0)] == [
                rows.count(letter) for rows in theirs
            ]
    return found


def some(group: Group, but: str = "nothing") -> dict[str, int]:
    """What is not nothing."""
    return {name: value for name, value in asdict(group).items() if value and not name.startswith(but)}


def test_every_figure_is_that_of_the_rows_counted_one_by_one(clinic: Client) -> None:
    found = same_as_recounted(clinic, came_about(clinic, TWO, seed=1, persons=40))
    assert found.wordings
    assert 0 < found.outcomes.written.credited < found.outcomes.written.bookings
    assert found.replied
    assert found.opt_outs.number


@pytest.mark.reliability
@pytest.mark.parametrize("seed", range(8))
def test_so_is_that_of_larger_campaigns_drawn_at_random(clinic: Client, seed: int) -> None:
    same_as_recounted(clinic, came_about(clinic, TWO, seed, persons=300))


def test_a_booking_counts_from_the_message_to_the_last_midnight_at_the_practice(clinic: Client) -> None:
    made = ran(clinic, texts=7, counts_for=1)
    written = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)  # Monday, ten at night, in Indiana
    ends = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # Tuesday is over there
    second = timedelta(seconds=1)
    with acting_for(clinic.pk):
        Message.objects.update(claimed_at=written, judged_at=written)
        people_written = list(Message.objects.order_by("pk").values_list("contact", flat=True))
        for contact, at in zip(
            people_written, (written - second, written, ends - second, ends), strict=False
        ):
            booked(contact, at)
        booked(people_written[4], written + second, status="cancelled")
        booked(people_written[5], written + second, ended_at=db_now())
        booked(
            people_written[6], written + second, by_word=True
        )  # said in a reply: who is held out never is asked
    found = counted(clinic, made)
    assert (found.written.people, found.written.booked, found.written.open) == (7, 2, 0)


def test_a_window_that_is_open_still_is_said_so(clinic: Client) -> None:
    made = ran(clinic, texts=2, days_ago=1)
    assert telling.open_windows(report(clinic, made)).startswith(
        "The time in which a booking counts is not over for 2 people"
    )
    with acting_for(clinic.pk):
        Campaign.objects.filter(pk=made.pk).update(counts_for=60)
    closed = ran(people.client_of(people.agency(), "Old One"), texts=1, days_ago=40)
    assert telling.open_windows(report(Client.objects.get(name="Old One"), closed)) == ""


def test_money_is_what_was_kept_and_cost_what_was_handed_over(clinic: Client) -> None:
    made = ran(clinic, TEXT, texts=3)
    with acting_for(clinic.pk):
        rows = list(Message.objects.order_by("pk"))
        for row, (status, cents) in zip(
            rows, (("kept", 12_000), ("kept", None), ("booked", 50_000)), strict=True
        ):
            booked(row.contact_id, row.claimed_at + timedelta(hours=1), status=status, cents=cents)
    found = report(clinic, made)
    assert (found.revenue, found.texts, found.segments) == (Decimal("120"), 3, 3)
    assert found.dollars == 3 * Decimal("0.0125")
    assert found.each_kept == found.dollars / 2
    assert telling.numbers(found)[1] == ("Appointments kept", "2", "worth $120, 1 without a value")


def test_opt_outs_are_told_with_how_soon_they_held(clinic: Client) -> None:
    made = ran(clinic, texts=3, days_ago=2)
    with acting_for(clinic.pk):
        rows = list(Message.objects.order_by("pk"))
        since = db_now() - timedelta(hours=1)
        for row, seconds in zip(rows[:2], (0.2, 4), strict=True):
            Suppression.objects.create(
                client=clinic, address_id=row.address_id, channel="sms", source="keyword", since=since,
                enforced_at=since + timedelta(seconds=seconds),
            )  # fmt: skip
        reply(rows[0], "SM9")
    found = report(clinic, made)
    assert (found.opt_outs.number, found.opt_outs.slowest, found.opt_outs.after, found.replied) == (
        2,
        timedelta(seconds=4),
        0,
        1,
    )
    assert "within 4.0 seconds at the latest" in dict(telling.compliance(found))["Opted out"]
    with acting_for(clinic.pk):
        Suppression.objects.filter(address=rows[0].address_id).update(
            enforced_at=rows[0].claimed_at - timedelta(seconds=1)
        )
    assert report(clinic, made).opt_outs.after == 1


def test_the_page_is_readable_by_the_clients_people_and_names_no_patient(clinic: Client) -> None:
    made = ran(clinic, TEXT, MAIL, texts=40, hold_out=30, hold_out_seed="seed", name="Spring recall")
    at_random(clinic, made, seed=2)
    for role in (Role.APPROVER, Role.VIEWER, Role.FRONT_DESK):
        browser = people.sign_in(Browser(), people.member(f"Val{role}", role, client=clinic))
        page = browser.get(address("campaign_report", clinic, made))
        text = page.content.decode()
        assert page.status_code == 200
        assert "Approved by" in text
        assert "too small to say" in text
        assert "Held out" in text
        assert not re.search(r"Jane\d|574231\d{4}|231-\d{4}", text)
    file = browser.get(address("campaign_report_pdf", clinic, made))
    assert (file["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert b"/Count 1" in file.content  # one page
    live = browser.get(address("live", clinic, made)).content.decode()
    assert address("campaign_report", clinic, made) in live


def test_the_paper_says_what_the_page_says_on_one_sheet_however_much_there_is(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ran(clinic, TWO, texts=3)
    with acting_for(clinic.pk):
        for row in Message.objects.all():
            booked(row.contact_id, row.claimed_at + timedelta(hours=1), status="kept", cents=12_345)
    said: list[str] = []
    monkeypatch.setattr(Paper, "facts", lambda _, rows: said.extend(text for _, text in rows))
    found = report(clinic, made)
    page = people.sign_in(Browser(), people.alice()).get(address("campaign_report", clinic, made))
    paper.pdf(found)
    shown = html.unescape(page.content.decode())
    monkeypatch.undo()
    assert {text for text in said if text not in shown} == set()
    assert "3 appointments, worth $370" in said
    assert any(text.startswith("about $0.04:") for text in said)
    found.live.total.holds.update(dict.fromkeys(sorted(BY_CODE)[:12], 7))
    full = replace(found, approvals=found.approvals * 3)
    assert (len(telling.held(full)), len(full.wordings)) == (12, 1)
    assert b"/Count 1" in paper.pdf(full)


def test_the_page_costs_a_fixed_number_of_queries(clinic: Client) -> None:
    made = ran(clinic, TEXT, texts=5)
    browser = people.sign_in(Browser(), people.alice())
    before = queries_of(browser, address("campaign_report", clinic, made))
    with acting_for(clinic.pk):
        for contact in Contact.objects.all():
            booked(contact, db_now() - timedelta(days=19))
    assert queries_of(browser, address("campaign_report", clinic, made)) == before
    with acting_for(clinic.pk):
        assert Booking.objects.count() == 5


def test_before_a_launch_there_is_nothing_but_the_way_there(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
    browser = people.sign_in(Browser(), people.alice())
    assert "Not launched yet" in browser.get(address("campaign_report", clinic, made)).content.decode()
    assert browser.get(address("campaign_report_pdf", clinic, made)).status_code == 404


def test_a_stranger_meets_no_report(clinic: Client) -> None:
    made = launched(clinic, texts=1)
    stranger: Any = people.sign_in(Browser(), people.charlie())
    for name in ("campaign_report", "campaign_report_pdf"):
        assert stranger.get(address(name, clinic, made)).status_code == 404
