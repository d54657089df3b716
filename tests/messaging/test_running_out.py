"""A launch that cannot finish while its messages are valid asks a person why (rule A2P-VOLUME)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from campaigns.models import Campaign, Launch
from compliance.models import SentSegments, SmsRegistration
from messaging import launching, scheduling
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address
from tests.messaging.test_launch import signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    cache.clear()
    return people.clinic()


@pytest.fixture
def made(clinic: Client) -> Campaign:
    """Valid for a day, by a number whose low-volume day is used up."""
    campaign = signed(clinic, days_valid=1)
    with acting_for(clinic.pk):
        row = SmsRegistration.objects.get()
        row.seen = {}
        row.save()
        SentSegments.objects.create(client=clinic, key=row.day_key, minute=db_now(), segments=2_000)
    return campaign


def launches(clinic: Client) -> int:
    with acting_for(clinic.pk):
        return int(Launch.objects.count())


@pytest.mark.parametrize("given", [{}, {"despite": ""}, {"despite": "because"}], ids=str)
def test_what_cannot_finish_in_time_is_not_launched_without_a_reason(
    client: Browser, clinic: Client, made: Campaign, given: dict[str, str]
) -> None:
    people.sign_in(client, people.alice())
    answer = client.post(address("launch", clinic, made), given)
    assert (answer.status_code, launches(clinic)) == (409, 0)
    assert "some would run out before their turn" in answer.content.decode()


def test_the_page_asks_for_the_reason_and_the_record_holds_who_gave_it(
    client: Browser, clinic: Client, made: Campaign
) -> None:
    people.sign_in(client, people.alice())
    page = client.get(address("launch_numbers", clinic, made)).content.decode()
    assert "It cannot finish in time." in page
    assert 'name="despite" required' in page
    assert client.post(address("launch", clinic, made), {"despite": "rate_rises"}).status_code == 302
    with acting_for(clinic.pk):
        event = AuditEvent.objects.get(verb="campaign.launched_too_late")
        assert (event.actor.email, event.detail) == (
            "alice@example.org",
            {"reason": "rate_rises", "steps": [1]},
        )


def test_what_finishes_in_time_is_asked_for_no_reason(client: Browser, clinic: Client) -> None:
    made = signed(clinic, days_valid=1)
    people.sign_in(client, people.alice())
    assert "despite" not in client.get(address("launch_numbers", clinic, made)).content.decode()
    assert client.post(address("launch", clinic, made)).status_code == 302
    with acting_for(clinic.pk):
        assert not AuditEvent.objects.filter(verb="campaign.launched_too_late").exists()


def _scheduled(clinic: Client, made: Campaign) -> Any:
    from campaigns.models import ScheduledLaunch

    with acting_for(clinic.pk):
        return ScheduledLaunch.objects.create(
            client=clinic, campaign=made, at=db_now() - timedelta(minutes=1), by=people.alice()
        )


def test_the_clock_which_can_give_no_reason_leaves_it_to_a_person(clinic: Client, made: Campaign) -> None:
    row = _scheduled(clinic, made)
    assert scheduling.launch_due() == 0
    with acting_for(clinic.pk):
        row.refresh_from_db()
    assert (row.outcome, row.why, launches(clinic)) == ("refused", [launching.TOO_LATE], 0)
    assert "launch it by hand with a reason" in scheduling.sentences(row.why)[0]


def test_the_clock_waits_while_a_worker_counts_a_long_list(
    clinic: Client, made: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = _scheduled(clinic, made)
    monkeypatch.setattr("messaging.consequences.counted", lambda campaign, older: None)
    assert scheduling.launch_due() == 0
    with acting_for(clinic.pk):
        row.refresh_from_db()
    assert (row.ended_at, launches(clinic)) == (None, 0)
