"""An approval that ran out or will, an audience that grew, a fact that fell: both sides are written to, once, and the page says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Approval, ApprovalRequest, AudienceCount, Campaign
from messaging.models import Message, Standstill
from messaging.standstill import JOINING_ENDS, tell_of_standstills
from messaging.stopping import stop_for_good
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import TEXT, launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    return launched(clinic, TEXT, texts=2)


def again(approval: Approval, *, ended: bool = True, **values: object) -> Approval:
    """The same signature with other facts: rows of approvals are never changed. `ended`: it takes the place of the former."""
    request = ApprovalRequest.objects.get(pk=approval.request_id)
    request.pk = None
    request.save()
    if ended:
        Approval.objects.filter(pk=approval.pk).update(ended_at=db_now())
    approval.pk, approval.request = None, request
    for name, value in values.items():
        setattr(approval, name, value)
    approval.save()
    return approval


def expiring(campaign: Campaign, left: timedelta, *, ended: bool = True) -> None:
    with acting_for(campaign.client_id):
        at = db_now() + left
        again(
            Approval.objects.get(campaign=campaign, ended_at=None),
            ended=ended,
            expires_at=at,
            since=at - timedelta(days=30),
        )


def letters() -> list[str]:
    return [f"{each.to[0]} {each.subject}\n{each.body}" for each in mail.outbox]


def test_an_approval_that_ran_out_is_told_to_both_sides_once(clinic: Client, campaign: Campaign) -> None:
    olive = people.olive()
    assert tell_of_standstills() == 0
    expiring(campaign, timedelta(seconds=-1))
    assert claimed(clinic) == []
    told = tell_of_standstills()
    assert told == len(mail.outbox) > 1
    assert {"bob@example.org", olive.email} <= {each.to[0] for each in mail.outbox}
    assert "The client has not signed exactly this campaign, or the signature ran out" in letters()[0]
    assert "Must act: the practice’s compliance contact." in letters()[0]
    assert "(2 messages waiting)" in letters()[0]
    assert "Jane" not in "".join(letters())
    assert tell_of_standstills() == 0, "once"


def test_a_signature_that_runs_out_before_what_is_due_is_told_ahead(
    clinic: Client, campaign: Campaign
) -> None:
    expiring(campaign, timedelta(days=2))
    assert tell_of_standstills() == 0, "everything is due before"
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now() + timedelta(days=3))
    assert tell_of_standstills() > 0
    assert "runs out within three days" in letters()[0]
    assert "needs a new signature soon" in letters()[0]


def test_an_audience_that_grew_is_told(clinic: Client, campaign: Campaign) -> None:
    with acting_for(clinic.pk):
        AudienceCount.objects.filter(at_launch=False).update(people=100)
        AudienceCount.objects.filter(at_launch=True).update(people=111)
    assert claimed(clinic) == []
    assert tell_of_standstills() > 0
    assert "meant for over a tenth more people" in letters()[0]


def test_a_fact_that_falls_is_told_and_told_again_when_it_falls_again(
    clinic: Client, campaign: Campaign
) -> None:
    Client.objects.filter(pk=clinic.pk).update(covered="unset")
    assert claimed(clinic) == []
    first = tell_of_standstills()
    assert first > 0
    Client.objects.filter(pk=clinic.pk).update(covered="not_covered")
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now(), failed=[])
    assert tell_of_standstills() == 0
    with acting_for(clinic.pk):
        assert not Standstill.objects.filter(ended_at=None).exists()
        Message.objects.update(failed=["covered_unset"])
    assert tell_of_standstills() == first


def test_a_mail_server_that_is_down_is_tried_again(
    clinic: Client, campaign: Campaign, settings: object
) -> None:
    with acting_for(clinic.pk):
        Message.objects.update(failed=["not_approved"])
    settings.EMAIL_BACKEND = "tests.no_such.Backend"  # type: ignore[attr-defined]
    assert tell_of_standstills() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    assert tell_of_standstills() > 0


def test_the_approvals_page_says_what_it_waits_for(clinic: Client, campaign: Campaign) -> None:
    expiring(campaign, timedelta(seconds=-1))
    claimed(clinic)
    browser: Browser = people.sign_in(Browser(), people.alice())
    page = browser.get(reverse("approval_status", args=[clinic.slug, campaign.pk])).content.decode()
    waits = reverse("campaign_waits", args=[clinic.slug, campaign.pk])
    assert waits in page
    assert "a signature holds for 30 days" in page
    told = browser.get(waits).content.decode()
    assert "the signature ran out, was withdrawn" in told
    assert "2 messages waiting" in told
    assert people.sign_in(Browser(), people.charlie()).get(waits).status_code == 404


def test_the_round_asks_as_often_for_many_clients_as_for_one(clinic: Client, campaign: Campaign) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        tell_of_standstills()
    launched(people.client_of(people.agency("Third"), "Third Smiles", phone="+15742310600"), TEXT, texts=1)
    with CaptureQueriesContext(connection) as many:
        tell_of_standstills()
    assert len(many) == len(few)


def test_a_welcomes_signature_is_told_of_a_week_ahead_though_nobody_waits_and_again_when_it_ran_out(
    clinic: Client,
) -> None:
    welcome = launched(clinic, TEXT, texts=0, greets=True)
    assert tell_of_standstills() == 0
    expiring(welcome, timedelta(days=6))
    assert tell_of_standstills() > 0
    assert "runs out within a week" in letters()[0]
    assert tell_of_standstills() == 0, "once"
    mail.outbox.clear()
    expiring(welcome, timedelta(seconds=-1))
    assert tell_of_standstills() > 0
    assert "the signature ran out" in letters()[0]
    mail.outbox.clear()
    expiring(welcome, timedelta(days=30))
    assert tell_of_standstills() == 0
    with acting_for(clinic.pk):
        assert not Standstill.objects.filter(ended_at=None).exists()


def test_an_evergreen_campaigns_signature_is_told_of_a_week_ahead_and_once(clinic: Client) -> None:
    evergreen = launched(clinic, TEXT, texts=1, joins=True, lapsed_months=12)
    assert tell_of_standstills() == 0
    expiring(evergreen, timedelta(days=6))
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now() + timedelta(days=7))
    assert tell_of_standstills() > 0
    assert "From then on nobody new joins" in letters()[0]
    assert "needs a new signature soon" in letters()[0]
    expiring(evergreen, timedelta(days=2))
    assert tell_of_standstills() == 0
    with acting_for(clinic.pk):
        assert Standstill.objects.get(ended_at=None).code == JOINING_ENDS, "not once more as one that ends"
        stop_for_good(
            Campaign.objects.select_related("client").get(pk=evergreen.pk), people.alice(), "Enough."
        )
    tell_of_standstills()
    with acting_for(clinic.pk):
        assert not Standstill.objects.filter(ended_at=None).exists()


def test_a_longer_signature_beside_the_one_that_ends_leaves_nothing_to_tell(
    clinic: Client, campaign: Campaign
) -> None:
    expiring(campaign, timedelta(days=2))
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now() + timedelta(days=3))
    expiring(campaign, timedelta(days=30), ended=False)
    assert tell_of_standstills() == 0


def test_a_running_campaign_is_signed_again_before_its_signature_ends_and_goes_on(
    clinic: Client, campaign: Campaign
) -> None:
    with acting_for(clinic.pk):
        Campaign.objects.update(created_by=people.alice())
    browser = people.sign_in(Browser(), people.user("Alice"))
    flight = reverse("flight_check", args=[clinic.slug, campaign.pk])
    ask = reverse("ask_approval", args=[clinic.slug, campaign.pk])
    assert "Ask for approval again" not in browser.get(flight).content.decode(), "it holds for weeks"
    expiring(campaign, timedelta(days=2))
    assert "Ask for approval again" in browser.get(flight).content.decode()
    with acting_for(clinic.pk):
        AudienceCount.objects.filter(at_launch=True).update(people=90)
    browser.post(ask, {})
    with acting_for(clinic.pk):
        asked = ApprovalRequest.objects.get(closed_at=None)
        assert asked.count.people == 90, "it stands for the people it was launched for"
        assert claimed(clinic) != [], "what stands goes on meanwhile"
