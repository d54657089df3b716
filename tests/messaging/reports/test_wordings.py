"""Two wordings as sent: each message says which its household drew, and the report says no more than the numbers do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser

from campaigns import wordings
from campaigns.models import Campaign
from messaging.models import Attempt, Message
from messaging.reports.campaign_report import report_of
from messaging.reports.outcomes import Group
from messaging.reports.wordings import Wordings
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_second_wordings import TWO
from tests.messaging.flight import address, reply
from tests.messaging.reports.counted import booked, ran


@pytest.mark.django_db
def test_each_household_gets_the_wording_it_drew_and_the_message_says_which() -> None:
    clinic = people.clinic()
    made = ran(clinic, TWO, texts=12)
    with acting_for(clinic.pk):
        rows = list(Message.objects.filter(campaign=made).select_related("campaign_version"))
        step = rows[0].campaign_version.content["steps"][0]
        assert {row.pk: row.wording for row in rows} == {
            row.pk: wordings.drawn(step, row.household) for row in rows
        }
        words = {each.message_id: json.loads(each.content)["text"] for each in Attempt.objects.all()}
    assert len(words) == 12
    for row in rows:
        assert ("when did we last see you" in words[row.pk]) is (row.wording == wordings.SECOND)


@pytest.mark.django_db
def test_the_report_counts_who_read_which_and_names_nobody() -> None:
    clinic = people.clinic()
    made = ran(clinic, TWO, texts=10)
    with acting_for(clinic.pk):
        rows = list(Message.objects.filter(campaign=made))
        for row in rows:
            if row.wording == wordings.SECOND:
                booked(row.contact_id, row.claimed_at + timedelta(hours=1), status="kept", cents=100)
        answered = next(row for row in rows if row.wording == wordings.FIRST)
        reply(answered, "SM1", received_at=answered.claimed_at + timedelta(hours=1))
        report = report_of(Campaign.objects.select_related("client__agency").get(pk=made.pk), db_now())
    assert report is not None
    (found,) = report.wordings
    first, second = (sum(row.wording == each for row in rows) for each in (wordings.FIRST, wordings.SECOND))
    assert (found.of("a").people, found.of("a").booked) == (first, 0)
    assert (found.of("b").people, found.of("b").booked, found.of("b").kept) == (second, second, second)
    assert (found.replied, found.opted_out) == ({"a": 1}, {})
    page = people.sign_in(Browser(), people.alice()).get(address("campaign_report", clinic, made))
    assert "Message 1: two wordings" in page.content.decode()
    assert "Too small to say which wording is better" in page.content.decode()
    assert "Jane" not in page.content.decode()


@pytest.mark.parametrize(
    "one, other, says",
    [
        (
            Group(people=29, booked=29),
            Group(people=400),
            "Too small to say which wording is better: 29 people",
        ),
        (Group(people=400, booked=90, open=1), Group(people=400), "Too early to say which wording is better"),
        (
            Group(people=400, booked=20),
            Group(people=400, booked=25),
            "Too small to say which wording is better",
        ),
        (
            Group(people=400, booked=90),
            Group(people=400, booked=20),
            "Wording A brought more bookings than wording B",
        ),
        (
            Group(people=400, booked=20),
            Group(people=400, booked=90),
            "Wording B brought more bookings than wording A",
        ),
    ],
)
def test_the_verdict_waits_for_enough_people_and_for_the_last_day(
    one: Group, other: Group, says: str
) -> None:
    assert Wordings(None, {"a": one, "b": other}).says.startswith(says)  # type: ignore[arg-type]
