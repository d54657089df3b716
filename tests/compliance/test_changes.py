"""When a fact changes after the signature, the page and one mail say what, since when, and who must act."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Approval, Campaign, Launch
from compliance.changes import look
from compliance.models import Canary, FactChange, Stop
from tenants.clock import db_now
from tenants.models import Client, PostalAddress
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    """Signed by Bob, everything in order."""
    alice, bob = people.alice(), people.bob(clinic)
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        people.mail_sender(clinic)
        made: Campaign = people.campaign(clinic, {"channel": "sms"}, {"channel": "email"}, by=alice)
        people.ready(clinic)
        people.approve(made, bob)
    return made


def told() -> list[Any]:
    found, mail.outbox = mail.outbox, []
    return found


def page(clinic: Client, campaign: Campaign, who: Any = None) -> str:
    browser = people.sign_in(Browser(), who or people.user("Alice"))
    return str(browser.get(reverse("flight_check", args=[clinic.slug, campaign.pk])).content.decode())


def test_nobody_hears_anything_while_everything_is_in_order(clinic: Client, campaign: Campaign) -> None:
    assert look(clinic) == 0
    assert told() == []
    assert "Changed since the signature" not in page(clinic, campaign)


def test_what_goes_out_of_order_is_told_once_with_who_must_act(clinic: Client, campaign: Campaign) -> None:
    with acting_for(clinic.pk):
        PostalAddress.objects.filter(client=clinic).end(db_now())
        Canary.objects.all().delete()
    assert look(clinic) == 2
    letters = told()
    assert {letter.to[0] for letter in letters} == {people.user("Alice").email, people.user("Bob").email}
    words = letters[0].body
    assert "Postal address" in words
    assert "Who must act: the agency’s people or the practice’s compliance contact" in words
    assert "Canary" in words
    assert look(clinic) == 0
    shown = page(clinic, campaign)
    assert "Changed since the signature" in shown
    assert "Must act: the agency’s people." in shown


def test_what_is_in_order_again_is_closed_and_told_anew_when_it_breaks_again(
    clinic: Client, campaign: Campaign
) -> None:
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=db_now())
    look(clinic)
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=None)
    assert look(clinic) == 0
    assert "Changed since the signature" not in page(clinic, campaign)
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=db_now())
    told()
    assert look(clinic) == 2
    with acting_for(clinic.pk):
        assert FactChange.objects.count() == 2


def test_a_setting_that_voids_the_signature_is_told(clinic: Client, campaign: Campaign) -> None:
    with acting_for(clinic.pk):
        Campaign.objects.filter(pk=campaign.pk).update(fingerprint="f" * 64)
    look(clinic)
    assert "Who must act: the practice’s compliance contact" in told()[0].body


def test_of_a_launched_campaign_its_messages_tell(clinic: Client, campaign: Campaign) -> None:
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=db_now())
    look(clinic)
    with acting_for(clinic.pk):
        Launch.objects.create(client=clinic, campaign=campaign, version=Approval.objects.get().version)
        PostalAddress.objects.filter(client=clinic).end(db_now())
    told()
    assert look(clinic) == 0
    assert "Changed since the signature" not in page(clinic, campaign)


@pytest.mark.parametrize("over", ["withdrawn", "stopped by a person"])
def test_what_people_did_themselves_is_told_to_nobody(clinic: Client, campaign: Campaign, over: str) -> None:
    with acting_for(clinic.pk):
        if over == "withdrawn":
            Approval.objects.update(ended_at=db_now())
        else:
            Stop.objects.create(client=clinic, campaign=campaign, reason="A look first.")
    assert look(clinic) == 0


def test_a_mail_server_that_takes_nothing_keeps_the_page_right(
    clinic: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: 1 / 0)
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=db_now())
    assert look(clinic) == 0
    assert "Changed since the signature" in page(clinic, campaign)


def test_a_rivals_people_hear_nothing_and_see_nothing(clinic: Client, campaign: Campaign) -> None:
    rival, charlie = people.rival_clinic(), people.charlie()
    with acting_for(clinic.pk):
        Canary.objects.update(ended_at=db_now())
    assert look(rival) == 0
    assert look(clinic) == 2
    assert charlie.email not in {letter.to[0] for letter in told()}
    stranger = people.sign_in(Browser(), charlie)
    assert stranger.get(reverse("flight_check", args=[clinic.slug, campaign.pk])).status_code == 404
