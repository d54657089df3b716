"""Two campaigns side by side: the numbers of their reports, and a sentence that owns up to small ones."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from messaging.models import Message
from messaging.outbox import launch
from messaging.reports import comparing
from messaging.reports.campaign_report import report_of
from messaging.reports.lift import Difference, Share
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import queries_of
from tests.messaging.reports.counted import booked, ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def two(of: Client) -> tuple[Campaign, Campaign]:
    """One that wrote to two people, and one that was just launched."""
    one = ran(of, texts=2, name="Spring")
    with acting_for(of.pk):
        other = people.campaign(of, name="Autumn")
        people.approve(other, people.user("Bob"))
        launch(Campaign.objects.get(pk=other.pk), by=None)
    return one, other


def where(of: Client, one: object = "", other: object = "") -> str:
    return f"{reverse('campaign_compare', args=[of.slug])}?one={one}&other={other}"


def test_the_page_sets_the_numbers_of_both_reports_side_by_side(clinic: Client) -> None:
    one, other = two(clinic)
    with acting_for(clinic.pk):
        first = Message.objects.filter(campaign=one, claimed_at__isnull=False).order_by("pk")[0]
        booked(first.contact_id, first.claimed_at + timedelta(hours=1), status="kept", cents=9_000)
        mine, theirs = (report_of(Campaign.objects.get(pk=each.pk), db_now()) for each in (one, other))
        assert mine is not None
        assert theirs is not None
        rows = {
            label: both for label, *both in comparing.rows(comparing.Comparison(mine, theirs, {one.pk: 2}))
        }
    assert rows["Kept"] == ["1 appointment, worth $90.00", "0 appointments, worth $0.00"]
    assert rows["Cost of each kept appointment"] == [f"${mine.dollars:.2f}", "–"]
    assert rows["Audience"] == ["2 people", "–"]
    assert rows["Opted out"] == ["0 people (0 %)", "0 people"]
    browser = people.sign_in(Browser(), people.member("Val", Role.VIEWER, client=clinic))
    page = browser.get(where(clinic, one.pk, other.pk)).content.decode()
    assert "1 appointment, worth $90.00" in page
    assert "The numbers are too small to say which of the two brought more" in page
    assert not re.search(r"Jane\d|574231\d{4}|231-\d{4}", page)


@pytest.mark.parametrize(
    "one, other, says",
    [
        (Share(3, 29), Share(300, 1000), "“Spring” has written to 29 people, and it takes 30"),
        (Share(10, 100), Share(11, 100), "the difference lies between −9.8 and +7.8 of every 100"),
        (Share(10, 400), Share(90, 400), "After “Autumn” more people booked than after “Spring”: between"),
        (Share(90, 400), Share(10, 400), "After “Spring” more people booked than after “Autumn”: between"),
    ],
)
def test_the_sentence_says_no_more_than_the_numbers_do(one: Share, other: Share, says: str) -> None:
    assert says in comparing.verdict("Spring", "Autumn", Difference(one, other))


def test_nothing_is_compared_with_itself_or_with_what_never_ran(clinic: Client) -> None:
    one, _ = two(clinic)
    with acting_for(clinic.pk):
        draft = people.campaign(clinic)
    browser = people.sign_in(Browser(), people.alice())
    assert "same campaign twice" in browser.get(where(clinic, one.pk, one.pk)).content.decode()
    for wrong in (draft.pk, "x", 10**30):
        assert browser.get(where(clinic, one.pk, wrong)).status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(clinic: Client) -> None:
    one, other = two(clinic)
    browser = people.sign_in(Browser(), people.alice())
    before = queries_of(browser, where(clinic, one.pk, other.pk))
    with acting_for(clinic.pk):
        for row in Message.objects.filter(campaign=one):
            booked(row.contact_id, row.claimed_at + timedelta(hours=1))
    assert queries_of(browser, where(clinic, one.pk, other.pk)) == before


def test_a_stranger_compares_nothing_and_a_rivals_campaign_is_not_there(clinic: Client) -> None:
    one, other = two(clinic)
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.campaign(rival, name="Theirs")
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(where(clinic, one.pk, other.pk)).status_code == 404
    browser = people.sign_in(Browser(), people.alice())
    assert browser.get(where(clinic, one.pk, theirs.pk)).status_code == 404
    assert "Theirs" not in browser.get(where(clinic)).content.decode()
