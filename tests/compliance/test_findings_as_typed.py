"""The review of the words as they are typed: the same answers as for saved ones, and nothing is kept."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign, Step
from compliance.models import ContentReview
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
        made: Campaign = people.campaign(clinic, {"channel": "sms"}, {"channel": "email"}, by=people.alice())
        return made


def typed(clinic: Client, campaign: Campaign, step: int, **words: str) -> str:
    alice = people.sign_in(Browser(), people.user("Alice"))
    address = reverse("content_findings", args=[clinic.slug, campaign.pk])
    answer = alice.post(f"{address}?step={step}", words)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_finding_shows_before_anything_is_saved(clinic: Client, campaign: Campaign) -> None:
    assert "bit.ly" in typed(clinic, campaign, 1, body="Bright Smiles: see bit.ly/x")
    assert "RE:, FWD:" in typed(clinic, campaign, 2, subject="RE: your visit", body="Come and see us.")
    assert "merge field" in typed(clinic, campaign, 1, body="Bright Smiles: {{ diagnosis }}").lower()
    with acting_for(clinic.pk):
        assert not ContentReview.objects.exists()
        assert not Step.objects.filter(body__contains="bit.ly").exists()


def test_the_stop_line_that_is_added_counts_as_there(clinic: Client, campaign: Campaign) -> None:
    assert "does not say how to stop" not in typed(
        clinic, campaign, 1, body="Bright Smiles: come and see us."
    )


def test_the_words_of_the_clients_speciality_are_found_by_its_own_list(
    clinic: Client, campaign: Campaign
) -> None:
    Client.objects.filter(pk=clinic.pk).update(private_words=["aligner"])
    assert "keeps out of messages" in typed(
        clinic, campaign, 1, body="Bright Smiles: your aligners are here."
    )


def test_a_sensitive_line_of_care_wants_a_reason_whatever_the_practice_is_called(
    clinic: Client, campaign: Campaign
) -> None:
    words = {"body": "Bright Smiles: come and see us."}
    assert "sensitive line of care" not in typed(clinic, campaign, 1, **words)
    Client.objects.filter(pk=clinic.pk).update(sensitive_line=True)
    assert "sensitive line of care" in typed(clinic, campaign, 1, **words)


def test_a_stranger_types_into_nothing(clinic: Client, campaign: Campaign) -> None:
    stranger = people.sign_in(Browser(), people.charlie())
    address = reverse("content_findings", args=[clinic.slug, campaign.pk])
    assert stranger.post(f"{address}?step=1", {"body": "bit.ly/x"}).status_code == 404
