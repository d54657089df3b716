"""The calendar: what is planned, on the client's own days, for those clients alone that a member can see."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from campaigns.models import AudienceCount, Campaign, ScheduledLaunch
from compliance import stopping
from compliance.models import Stop
from messaging.models import Message
from messaging.planned import Day, Entry, month_of
from messaging.reports.usage import Month
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db
THERE = ZoneInfo("America/Los_Angeles")


def next_month() -> Month:
    return Month.of(db_now().astimezone(THERE).date()).after


def found(of: list[int], month: Month) -> dict[date, list[Entry]]:
    with acting_for(of):
        return {each.day: each.entries for each in month_of(of, month) if each.entries}


def running(month: Month, **values: Any) -> Client:
    """A clinic in California whose text falls due late on the tenth there, already the eleventh in UTC."""
    clinic = people.clinic(time_zone="America/Los_Angeles", **values)
    launched(clinic, TEXT)
    late = datetime(month.first.year, month.first.month, 10, 22, tzinfo=THERE)
    with acting_for(clinic.pk):
        Message.objects.update(due_at=late, expires_at=late + timedelta(days=7))
    return clinic


def test_messages_that_wait_stand_on_the_clients_own_day_exactly_counted() -> None:
    month = next_month()
    clinic = running(month)
    ((day, (entry,)),) = found([clinic.pk], month).items()
    assert day == month.first.replace(day=10)
    assert (entry.kind, entry.people, entry.step.position) == ("running", 3, 1)
    assert entry.begins is not None
    assert entry.begins.astimezone(THERE).hour == 22


def test_what_is_due_already_stands_under_today() -> None:
    clinic = people.clinic(time_zone="America/Los_Angeles")
    launched(clinic, TEXT)
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now() - timedelta(days=40))
    before = db_now().astimezone(THERE).date()
    (day,) = found([clinic.pk], Month.of(before))
    assert before <= day <= db_now().astimezone(THERE).date()


def test_a_scheduled_launch_and_a_drafts_first_day_are_told_with_the_last_count() -> None:
    month = next_month()
    clinic, alice = people.clinic(time_zone="America/Los_Angeles"), people.alice()
    first = month.first.replace(day=5)
    at = datetime(first.year, first.month, 5, 9, 30, tzinfo=THERE)
    with acting_for(clinic.pk):
        put_off = people.campaign(clinic, TEXT, MAIL | {"delay_days": 3})
        ScheduledLaunch.objects.create(client=clinic, campaign=put_off, at=at, by=alice)
        AudienceCount.objects.create(
            client=clinic,
            campaign=put_off,
            fingerprint="",
            people=9,
            steps={"1": {"clear": 4, "waiting": 2, "held": 3}},
        )
        people.campaign(clinic, TEXT, name="Draft", starts_on=first)
        people.campaign(clinic, TEXT, name="Away", starts_on=first, archived_at=db_now())
    planned = found([clinic.pk], month)
    rows = [
        (day.day, each.campaign.name, each.kind, each.people, each.begins)
        for day in planned
        for each in planned[day]
    ]
    assert rows == [
        (5, "Draft", "draft", None, None),
        (5, "Spring recall", "scheduled", 6, at),
        (8, "Spring recall", "scheduled", 9, at + timedelta(days=3)),
    ]


def test_the_front_desk_is_told_how_many_are_more_than_it_can_answer() -> None:
    month = next_month()
    clinic = running(month, first_a_day=2)
    with acting_for(clinic.pk):
        (day,) = [each for each in month_of([clinic.pk], month) if each.entries]
    assert isinstance(day, Day)
    assert [(each.people, each.over) for each in day.desks] == [(3, 1)]


def test_the_page_shows_the_clients_a_member_can_see_and_no_rivals() -> None:
    month = next_month()
    clinic = running(month, first_a_day=2)
    rival = people.rival_clinic()
    launched(rival, TEXT, name="Secret plan")
    key = {"month": month.key}
    alice = people.sign_in(Browser(), people.alice())
    page = " ".join(alice.get("/calendar/", key).content.decode().split())
    assert "Bright Smiles" in page
    assert "3 people to hear of, the front desk answers 2 a day; 1 wait for later days" in page
    assert "PST" in page or "PDT" in page
    assert "Secret plan" not in alice.get("/calendar/").content.decode()
    charlie = people.sign_in(Browser(), people.charlie())
    assert "Secret plan" in charlie.get("/calendar/").content.decode()
    assert charlie.get(f"/c/{clinic.slug}/calendar/").status_code == 404
    bob = people.sign_in(Browser(), people.user("Bob"))
    assert bob.get("/calendar/").status_code == 404
    assert bob.get(f"/c/{clinic.slug}/calendar/", key).status_code == 200


@pytest.mark.parametrize("month", ["2026-13", "soon", "2001-01", "2999-01", "-1"])
def test_a_month_that_is_none_or_far_away_is_no_page(month: str) -> None:
    alice = people.sign_in(Browser(), people.alice())
    assert alice.get("/calendar/", {"month": month}).status_code == 404
    assert "Nothing is planned" in alice.get("/calendar/").content.decode()


def test_what_is_paused_says_so() -> None:
    month = next_month()
    clinic = running(month)
    with acting_for(clinic.pk):
        made = Campaign.objects.select_related("client").get()
        stopping.stop(clinic, made, Stop.Kind.PAUSE, people.alice(), "Wait")
    ((_, (entry,)),) = found([clinic.pk], month).items()
    assert entry.paused


def test_more_clients_ask_no_more_queries() -> None:
    month = next_month()
    first = running(month)
    with acting_for(first.pk):
        people.campaign(first, TEXT, name="Draft", starts_on=month.first)
    with CaptureQueriesContext(connection) as one:
        found([first.pk], month)
    second = people.client_of(people.agency(), "Second Practice", time_zone="America/New_York")
    with acting_for(second.pk):
        for name in ("A", "B"):
            people.campaign(second, TEXT, MAIL, name=name, starts_on=month.first)
    with CaptureQueriesContext(connection) as both:
        found([first.pk, second.pk], month)
    assert len(both) == len(one)
