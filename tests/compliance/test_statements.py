"""Warnings need a named person's reason, blocks have no override, and whoever asks states how the data is handled."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse

from campaigns.fingerprint import refresh, signed_content
from campaigns.models import ApprovalRequest, Campaign, Step
from compliance.content.review import review, review_for, store
from compliance.data_plan import plan_of
from compliance.models import CampaignStatement, ContentFinding
from compliance.statements import key_of
from consent.models import ConsentRecord, ContactPoint, Tier
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.hostile.desk import SETTINGS

pytestmark = pytest.mark.django_db
LONG = (
    "Bright Smiles: it is time for a visit. "
    + "We look forward to seeing you again. " * 9
    + "Reply STOP to opt out."
)
SHORT = "Bright Smiles: it is time for a visit. Reply STOP to opt out."
SHOUTED = "Bright Smiles: cannabis and a visit. Reply STOP to opt out."


@pytest.fixture
def client() -> Client:
    made = people.clinic()
    people.bob(made)
    return made


def a_campaign(client: Client, body: str) -> Campaign:
    with acting_for(client.pk):
        people.contact(client, phone=people.a_phone())
        return people.campaign(client, {"channel": "sms", "body": body}, by=people.alice())


def ask(campaign: Campaign, **given: str) -> None:
    alice = people.sign_in(Browser(), people.user("Alice"))
    alice.post(reverse("ask_approval", args=[campaign.client.slug, campaign.pk]), given)


def reasons(campaign: Campaign, reason: str) -> dict[str, str]:
    with acting_for(campaign.client_id):
        found = review(signed_content(campaign), covered=False)
    return {key_of(each): reason for each in found if not each.blocks}


def asked(campaign: Campaign) -> bool:
    with acting_for(campaign.client_id):
        return bool(ApprovalRequest.objects.filter(campaign=campaign).count())


def test_a_warning_without_a_reason_keeps_a_campaign_from_being_laid_before_the_client(
    client: Client,
) -> None:
    made = a_campaign(client, LONG)
    ask(made)
    ask(made, **reasons(made, "ok"))
    assert not asked(made)


@pytest.mark.parametrize("purpose", ["recall", "care"])
def test_to_call_a_campaign_less_than_marketing_takes_a_named_persons_reason_that_the_signer_reads(
    client: Client, purpose: str
) -> None:
    made = a_campaign(client, SHORT)
    with acting_for(client.pk):
        Campaign.objects.update(purpose=purpose)
        refresh(made)
        made.refresh_from_db()
        (warned,) = review_for(client, signed_content(made))
    ask(made)
    assert not asked(made)
    ask(made, **{key_of(warned): "Our own patients whose check-up is due."})
    with acting_for(client.pk):
        (told,) = ApprovalRequest.objects.get().answered
        assert told["reason"] == "Our own patients whose check-up is due."
        assert told["by"] == people.user("Alice").name
        Campaign.objects.update(purpose="care" if purpose == "recall" else "recall")
        refresh(made)
        made.refresh_from_db()
        store(made, made.fingerprint, signed_content(made))
        assert ContentFinding.objects.get(fingerprint=made.fingerprint).reason == "", (
            "asked anew for another purpose"
        )


def test_after_a_new_name_somebody_says_why_consents_to_the_former_one_still_hold(client: Client) -> None:
    made = a_campaign(client, "Glow Spa: it is time for a visit. Reply STOP to opt out.")
    with acting_for(client.pk):
        spot = ContactPoint.objects.get()
        ConsentRecord.objects.create(
            client=client, contact_id=spot.contact_id, address_id=spot.address_id, channel="sms", purpose="care", tier=Tier.VERBAL,
            method="phone", wording="Yes, Bright Smiles may text me.",
        )  # fmt: skip
        assert "CONSENT-TRANSFER" not in {each.rule for each in review_for(client, signed_content(made))}
    given = SETTINGS | {"hours_until": "17", "name": "Glow Spa"}
    people.sign_in(Browser(), people.user("Alice")).post(reverse("settings", args=[client.slug]), given)
    with acting_for(client.pk):
        client.refresh_from_db()
        made = Campaign.objects.get()
        (warned,) = [
            each for each in review_for(client, signed_content(made)) if each.rule == "CONSENT-TRANSFER"
        ]
        assert not warned.blocks
    ask(made)
    assert not asked(made)
    ask(made, **{key_of(warned): "The same practice and doctors under a new sign."})
    assert asked(made)


def test_the_reason_is_kept_with_its_name_and_bound_to_the_words(client: Client) -> None:
    made = a_campaign(client, LONG)
    ask(made, **reasons(made, "The practice wants all of it said."))
    assert asked(made)
    with acting_for(client.pk):
        kept = ContentFinding.objects.all()
        assert {row.answered_by_id for row in kept} == {people.user("Alice").pk}
        assert {row.fingerprint for row in kept} == {made.fingerprint}
        Step.objects.update(body=LONG.replace("again", "soon"))
        refresh(made)
        made.refresh_from_db()
        changed = store(made, made.fingerprint, signed_content(made))
        assert changed.passed
        assert ContentFinding.objects.filter(fingerprint=made.fingerprint, reason="").exists()


def test_reviewing_the_same_words_again_keeps_the_reasons(client: Client) -> None:
    made = a_campaign(client, LONG)
    ask(made, **reasons(made, "The practice wants all of it said."))
    with acting_for(client.pk):
        before = list(ContentFinding.objects.order_by("number").values())
        store(made, made.fingerprint, signed_content(made))
        assert list(ContentFinding.objects.order_by("number").values()) == before


def test_the_form_offers_the_reason_given_before_to_the_same_words(client: Client) -> None:
    made = a_campaign(client, LONG)
    alice = people.sign_in(Browser(), people.user("Alice"))
    where = reverse("flight_check", args=[client.slug, made.pk])
    assert "Why it is sent all the same" in alice.get(where).content.decode()
    ask(made, **reasons(made, "The practice wants all of it said."))
    assert 'value="The practice wants all of it said."' in alice.get(where).content.decode()


def test_a_finding_that_blocks_has_no_override(client: Client) -> None:
    made = a_campaign(client, SHOUTED)
    ask(made, **reasons(made, "We really want to."))
    assert not asked(made)
    with acting_for(client.pk):
        found = store(made, made.fingerprint, signed_content(made))
        assert not found.passed
        blocking = ContentFinding.objects.filter(blocks=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            blocking.update(
                reason="We really want to.", answered_by=people.user("Alice"), answered_at=db_now()
            )


def test_whoever_asks_states_by_name_how_the_data_is_handled_and_who_pays(client: Client) -> None:
    made = a_campaign(client, "Bright Smiles: it is time for a visit. Reply STOP to opt out.")
    ask(made)
    with acting_for(client.pk):
        stated = CampaignStatement.objects.get()
        assert (stated.by_id, stated.paid_by_others) == (people.user("Alice").pk, False)
        assert stated.plan == plan_of(made)
        told = dict(stated.plan)
    assert "Twilio, from +15742310600" in told["What goes where"]
    ask(made, paid_by_others="yes")
    with acting_for(client.pk):
        now = CampaignStatement.objects.get(ended_at=None)
        assert now.paid_by_others
        assert CampaignStatement.objects.count() == 2
        laid = ApprovalRequest.objects.order_by("pk").values_list("paid_by_others", flat=True)
        assert list(laid) == [False, True], "and the signer is told"


def test_a_stranger_can_neither_ask_nor_state_anything(client: Client) -> None:
    made = a_campaign(client, LONG)
    charlie = people.sign_in(Browser(), people.charlie())
    assert charlie.post(reverse("ask_approval", args=[client.slug, made.pk])).status_code == 404
    with acting_for(client.pk):
        assert not CampaignStatement.objects.exists()
