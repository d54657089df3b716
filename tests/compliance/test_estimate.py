"""What a campaign would cost and when it ends at its registered rate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from compliance.estimate import Budget, _finish, estimate
from compliance.hours_ahead import of_campaign
from compliance.models import SmsRegistration
from compliance.pace import rate_of
from compliance.preview import audience
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)


def registered(**values: Any) -> SmsRegistration:
    return SmsRegistration(**{"kind": "10dlc", "passed": True, "use_case": "MARKETING", "seen": {}} | values)


@pytest.mark.parametrize(
    "row, a_second, a_day",
    [
        (None, 1.0, 1_000),
        (registered(passed=False, seen={"brand": {"score": 90}}), 1.0, 1_000),
        (registered(), 3.75, 2_000),
        (registered(seen={"brand": {"score": "high"}}), 3.75, 2_000),
        (registered(seen={"brand": {"score": 10}}), 12.0, 2_000),
        (registered(seen={"brand": {"score": 49}}), 12.0, 10_000),
        (registered(seen={"brand": {"score": 74}}), 120.0, 40_000),
        (registered(seen={"brand": {"score": 100}}), 225.0, 200_000),
        (registered(seen={"brand": {"score": 100}}, use_case="LOW_VOLUME"), 3.75, 2_000),
        (registered(seen={"brand": {"type": "SOLE_PROPRIETOR"}}), 1.0, 1_000),
        (registered(kind="toll_free"), 3.0, None),
    ],
)
def test_the_rate_is_the_registrations_and_the_lowest_when_it_says_nothing(
    row: SmsRegistration | None, a_second: float, a_day: int | None
) -> None:
    assert (rate_of(row).a_second, rate_of(row).a_day) == (a_second, a_day)


def days_of(hours: int, number: int = 30) -> list[tuple[datetime, datetime]]:
    return [(NOON + timedelta(days=n), NOON + timedelta(days=n, hours=hours)) for n in range(number)]


def test_the_last_text_leaves_when_the_rate_has_brought_everybody_through() -> None:
    assert _finish({"A": 1800}, {"A": days_of(2)}, 1.0, NOON) == NOON + timedelta(minutes=30)
    assert _finish({"A": 1800}, {"A": days_of(2)}, 0.5, NOON) == NOON + timedelta(hours=1)
    overnight = _finish({"A": 9000}, {"A": days_of(2)}, 1.0, NOON)
    assert overnight == NOON + timedelta(days=1, minutes=30)


def test_a_days_cap_spreads_a_campaign_over_days_and_closed_places_never_end() -> None:
    finish = _finish({"A": 2500}, {"A": days_of(2)}, 100.0, NOON, [Budget(1000, 1)])
    assert finish is not None
    assert finish.date() == (NOON + timedelta(days=2)).date()
    assert _finish({"A": 10, "B": 1}, {"A": days_of(2)}, 100.0, NOON, [Budget(1000, 1)]) is None


def test_the_narrower_of_two_limits_a_day_decides_and_what_was_used_lately_counts() -> None:
    desk = Budget(10, 1, [(NOON - timedelta(hours=3), 10)])
    finish = _finish({"A": 20}, {"A": days_of(8)}, 100.0, NOON, [Budget(1000, 1), desk])
    assert finish is not None
    # Nothing today; ten when this morning's are a day old, or the first hour after that is open; ten more a day later.
    assert finish.date() == (NOON + timedelta(days=2)).date()


@pytest.mark.django_db
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_first_message_ends_no_sooner_than_the_front_desk_can_answer(channel: str) -> None:
    clinic = people.clinic(first_a_day=2)
    with acting_for(clinic.pk):
        made = people.campaign(
            clinic, {"channel": channel}, {"channel": channel, "delay_days": 3}, by=people.alice()
        )
        people.ready(clinic)
        for number in range(5):
            person = people.contact(clinic, phone=people.a_phone(), email=f"a{number}@example.org")
            people.consent(person)
        at = db_now()
        hours = of_campaign(made, at)
        keys, windows = (hours.keys, hours.windows) if hours else ({}, {})
        first, second = estimate(made, audience(made, at), keys, windows, at)
    assert (first.people, first.a_day, second.a_day) == (5, 2, None)
    assert first.finishes_at is not None
    assert timedelta(days=2) <= first.finishes_at - at < timedelta(days=2, hours=3)


@pytest.mark.django_db
def test_the_flight_check_shows_cost_and_end_and_says_when_some_run_out_before() -> None:
    clinic = people.clinic()
    made = _texts(clinic, people_number=3)
    with acting_for(clinic.pk):
        for row in SmsRegistration.objects.all():  # one that says nothing of its brand
            row.seen = {}
            row.save()
        at = db_now()
        hours = of_campaign(made, at)
        assert hours is not None
        (step,) = estimate(made, audience(made, at), hours.keys, hours.windows, at)
        assert (step.people, step.segments, step.dollars) == (3, 1, 3 * Decimal("0.0118"))
        assert step.too_late is False
        (late,) = estimate(made, audience(made, at), hours.keys, {}, at)
        assert late.too_late
    alice = people.sign_in(Browser(), people.user("Alice"))
    page = alice.get(reverse("audience_funnel", args=[clinic.slug, made.pk]) + "?full=1").content.decode()
    assert "Cost and end" in page
    assert "$0.04" in page
    assert "low-volume brand" in page
    charlie = people.sign_in(Browser(), people.charlie())
    assert charlie.get(reverse("audience_funnel", args=[clinic.slug, made.pk])).status_code == 404


def _texts(clinic: Client, people_number: int) -> Campaign:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, by=people.alice())
        people.ready(clinic)
        for _ in range(people_number):
            people.consent(people.contact(clinic, phone=people.a_phone()))
        return made
