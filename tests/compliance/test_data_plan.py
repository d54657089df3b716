"""The data-handling plan is a card drawn from what is set, beside what somebody stated by name."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from compliance import statements
from compliance.data_plan import plan_of
from messaging.evidence.purging import set_days
from messaging.models import Kind
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    with acting_for(clinic.pk):
        people.contact(clinic, phone=people.a_phone())
        made: Campaign = people.campaign(clinic, {"channel": "sms"}, by=people.alice())
        return made


def page(clinic: Client, campaign: Campaign) -> str:
    alice = people.sign_in(Browser(), people.user("Alice"))
    return str(alice.get(reverse("flight_check", args=[clinic.slug, campaign.pk])).content.decode())


def test_the_card_says_flow_access_retention_and_deletion_as_they_are_set(
    clinic: Client, campaign: Campaign
) -> None:
    with acting_for(clinic.pk):
        set_days(clinic, Kind.WORDS, 45, people.olive())
        told = dict(plan_of(campaign))
    assert set(told) == {
        "What goes where", "Who sees it", "Under which agreements", "How long", "How it ends",
    }  # fmt: skip
    assert "Words of messages as sent are thrown away after 45 days." in told["How long"]
    assert "Words of replies are thrown away after 2,190 days." in told["How long"]
    assert "run out" in told["How long"]
    assert "45 days" in page(clinic, campaign)


def test_what_is_set_otherwise_since_it_was_stated_is_pointed_out(clinic: Client, campaign: Campaign) -> None:
    assert "Drawn from what is set" in page(clinic, campaign)
    with acting_for(clinic.pk):
        statements.state(campaign, campaign.fingerprint, people.user("Alice"), paid_by_others=False)
    assert "Stated by Alice" in page(clinic, campaign)
    assert "Changed since" not in page(clinic, campaign)
    with acting_for(clinic.pk):
        set_days(clinic, Kind.WORDS, 45, people.olive())
    assert "Changed since" in page(clinic, campaign)


def test_a_rivals_times_are_not_ours(clinic: Client, campaign: Campaign) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        set_days(rival, Kind.WORDS, 45, people.olive())
    with acting_for(clinic.pk):
        assert "45 days" not in dict(plan_of(campaign))["How long"]
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("flight_check", args=[clinic.slug, campaign.pk])).status_code == 404
