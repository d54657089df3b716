"""A signature ends with an agreement it rested on, and stays ended when another agreement is filed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Approval, Campaign
from campaigns.state import State, state_of
from messaging import outbox
from messaging.models import Message
from messaging.outbox import NotApproved
from messaging.standstill import tell_of_standstills
from tenants.clock import db_now
from tenants.models import Agreement, Client, SubProcessor
from tenants.scope import acting_for
from tests import people
from tests.laid import laid_once, own_copy
from tests.messaging.flight import claimed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db
ENDED = "The agreement with Bright Smiles ended on "


def covered() -> Campaign:
    """A covered clinic's launched campaign of one text by Twilio; its mail server has an agreement too."""
    return launched(people.clinic(covered="covered"), texts=1)


laid = laid_once(covered)


@pytest.fixture
def campaign(laid: Campaign, db: None) -> Campaign:
    return own_copy(laid)


def withdrawn(**which: Any) -> None:
    Agreement.objects.filter(**which).update(ended_at=db_now())


def run_out(**which: Any) -> None:
    Agreement.objects.filter(**which).update(expires_at=db_now())


def stands(campaign: Campaign) -> bool:
    with acting_for(campaign.client_id):
        return bool(Approval.objects.in_force(db_now()).exists())


@pytest.mark.parametrize("fall", [withdrawn, run_out], ids=lambda each: each.__name__)
def test_nothing_is_sent_under_the_old_signature_when_the_agreement_is_back(
    campaign: Campaign, fall: Callable[..., None]
) -> None:
    of = campaign.client
    with acting_for(of.pk):
        fall(kind="client")
        people.agreement(of, since=db_now())
    assert claimed(of) == []
    with acting_for(of.pk):
        assert Message.objects.get().failed == ["not_approved"]
        people.approve(campaign, people.user("Bob"))
        Message.objects.update(due_at=db_now())
    assert len(claimed(of)) == 1


@pytest.mark.parametrize(
    "which", [{"provider": "twilio"}, {"kind": "hosting"}], ids=lambda each: "".join(each.values())
)
def test_the_agreements_with_others_who_see_the_data_count_too(
    campaign: Campaign, which: dict[str, str]
) -> None:
    with acting_for(campaign.client_id):
        withdrawn(**which)
    assert not stands(campaign)


def test_an_agreement_that_was_replaced_before_it_ended_has_not_fallen(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        former = list(Agreement.objects.values_list("pk", flat=True))
        for kind, provider in (("client", ""), ("provider", "twilio"), ("hosting", "")):
            people.agreement(campaign.client, kind=kind, provider=provider, since=db_now())
        withdrawn(pk__in=former)
    assert stands(campaign)
    with acting_for(campaign.client_id):
        withdrawn(kind="client", ended_at=None)
    assert not stands(campaign), "nor does what took its place bind less"


def test_one_with_a_provider_that_carries_nothing_of_the_campaign_does_not_matter(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        withdrawn(provider="smtp")
    assert stands(campaign)


def test_what_ended_before_the_signature_does_not_matter(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        people.agreement(campaign.client, ended_at=db_now() - timedelta(days=1))
    assert stands(campaign)


def test_of_a_client_that_is_not_covered_no_agreement_matters(campaign: Campaign) -> None:
    Client.objects.filter(pk=campaign.client_id).update(covered="not_covered")
    with acting_for(campaign.client_id):
        withdrawn()
    assert stands(campaign)


@pytest.mark.parametrize("sees_nothing_more", [False, True])
def test_the_agreement_with_a_further_company_counts_while_it_sees_the_data(
    campaign: Campaign, sees_nothing_more: bool
) -> None:
    with acting_for(campaign.client_id):
        company = people.company(campaign.client)
        people.agreement(campaign.client, kind="other", sub_processor=company)
        if sees_nothing_more:
            SubProcessor.objects.update(ended_at=db_now(), ended_by=company.named_by)
        withdrawn(kind="other")
    assert stands(campaign) is sees_nothing_more


def test_a_campaign_not_launched_yet_is_a_draft_again_and_cannot_be_launched(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        made = people.campaign(campaign.client)
        people.approve(made, people.user("Bob"))
        assert state_of(made) == State.APPROVED
        withdrawn(kind="client")
        assert state_of(made) == State.DRAFT
        with pytest.raises(NotApproved):
            outbox.launch(made, by=None)


def test_page_and_mail_say_what_fell_and_who_must_sign_anew(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        withdrawn(kind="client")
        people.agreement(campaign.client, since=db_now())
    claimed(campaign.client)
    assert tell_of_standstills() > 0
    assert ENDED in mail.outbox[0].body
    assert "the practice’s compliance contact must sign anew" in mail.outbox[0].body
    alice = people.sign_in(Browser(), people.alice())
    for name in ("approval_status", "campaign_waits"):
        page = alice.get(reverse(name, args=[campaign.client.slug, campaign.pk])).content.decode()
        assert ENDED in page
        assert "must sign anew" in page
