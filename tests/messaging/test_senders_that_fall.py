"""A signature ends with its sender, with the sender's registration, and with a domain that is out of order for longer than a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from campaigns import what_fell
from campaigns.models import Approval, Campaign
from compliance.domains import check as domains
from compliance.domains.findings import FAIL, PASS, UNKNOWN, Seen
from compliance.models import DomainCheck, SmsRegistration
from compliance.registrations import check as registrations
from compliance.registrations.at_twilio import Registration
from messaging.models import Message
from messaging.standstill import tell_of_standstills
from tenants.clock import db_now
from tenants.models import AuditEvent, Fault, Sender
from tenants.models.fault import PASSING
from tenants.scope import acting_for
from tests import people
from tests.laid import laid_once, own_copy
from tests.messaging.flight import claimed
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db
OURS = "https://cts.example/hook"
Deed = Callable[[Campaign], None]


def signed() -> Campaign:
    """A launched campaign of a text and a mail, both seen in order after it was signed."""
    made = launched(people.clinic(), TEXT, MAIL, texts=1)
    registered(made)
    seen(made, PASS)
    return made


laid = laid_once(signed)


@pytest.fixture
def campaign(laid: Campaign, db: None) -> Campaign:
    return own_copy(laid)


def registered(campaign: Campaign, inbound: str = OURS, **words: Any) -> SmsRegistration:
    """What Twilio says of the number."""
    given = {"sid": "QE1", "status": "VERIFIED", "use_case": "MIXED"} | words
    brand = {"sid": "BN1", "status": given.pop("brand", "APPROVED")}
    there = Registration(
        "10dlc",
        number_in_service=True,
        inbound={"url": inbound, "method": "POST"},
        brand=brand,
        campaign=given,
    )
    with acting_for(campaign.client_id):
        return registrations.store(Sender.objects.get(channel="sms"), there, OURS)


def seen(campaign: Campaign, *answers: str) -> None:
    """What the name servers say of the domain, time after time."""
    with acting_for(campaign.client_id):
        domain = Sender.objects.get(channel="email").domain
        for answer in answers:
            look = Seen()
            for part in ("spf", "dkim", "dmarc", "mx"):
                look.note(part, answer, "The record is gone.")
            domains.store(campaign.client, domain, look)


def a_while_passes(campaign: Campaign, but: timedelta = timedelta(0)) -> None:
    """So long that nothing is a passing fault any more."""
    with acting_for(campaign.client_id):
        for each in Fault.objects.filter(kind="fails", ended_at=None):
            each.since -= PASSING - but
            each.falls_at -= PASSING - but
            each.save()


def stands(campaign: Campaign) -> bool:
    with acting_for(campaign.client_id):
        return bool(Approval.objects.in_force(db_now()).exists())


def suspended(campaign: Campaign) -> None:
    registered(campaign, status="SUSPENDED")
    registered(campaign)


def of_an_unknown_word(campaign: Campaign) -> None:
    registered(campaign, brand="SOMETHING_NEW")
    registered(campaign)


def of_another_use(campaign: Campaign) -> None:
    registered(campaign, use_case="LOW_VOLUME")


def another_in_its_place(campaign: Campaign) -> None:
    registered(campaign, sid="QE2")


def another_after_a_review(campaign: Campaign) -> None:
    registered(campaign, sid="QE2", status="IN_PROGRESS")
    registered(campaign, sid="QE2")


def sender_ended(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        Sender.objects.filter(channel="email").end(db_now())


def domain_down_for_days(campaign: Campaign) -> None:
    seen(campaign, FAIL, UNKNOWN)
    a_while_passes(campaign)
    seen(campaign, PASS)


def in_review_for_days(campaign: Campaign) -> None:
    registered(campaign, status="IN_PROGRESS")
    a_while_passes(campaign)
    registered(campaign)


@pytest.mark.parametrize(
    "fall",
    [
        suspended, of_an_unknown_word, of_another_use, another_in_its_place, another_after_a_review, sender_ended,
        domain_down_for_days, in_review_for_days,
    ],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_what_falls_ends_the_signature_although_it_is_back(campaign: Campaign, fall: Deed) -> None:
    assert stands(campaign)
    fall(campaign)
    assert not stands(campaign)
    with acting_for(campaign.client_id):
        people.approve(campaign, people.user("Bob"))
    assert stands(campaign), "what fell before a signature does not matter to it"


def domain_down(campaign: Campaign) -> None:
    seen(campaign, FAIL, UNKNOWN, FAIL)
    a_while_passes(campaign, but=timedelta(minutes=1))


def domain_mended_in_time(campaign: Campaign) -> None:
    domain_down(campaign)
    seen(campaign, PASS)
    a_while_passes(campaign, but=PASSING - timedelta(minutes=1))


def domain_down_twice(campaign: Campaign) -> None:
    domain_down(campaign)
    seen(campaign, PASS, FAIL)


def domain_not_answering(campaign: Campaign) -> None:
    seen(campaign, UNKNOWN)
    a_while_passes(campaign)


def in_review(campaign: Campaign) -> None:
    registered(campaign, status="IN_PROGRESS")


def replies_brought_elsewhere(campaign: Campaign) -> None:
    registered(campaign, inbound="https://elsewhere.example/")


def of_no_message_of_it(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        other = people.sms_sender(campaign.client, address="+15742310699")
        at = db_now()
        for of in ({"sender": other}, {"domain": "elsewhere.example"}):
            Fault.objects.create(
                client=campaign.client, kind="refused", says="Gone.", since=at, falls_at=at, **of
            )
        Sender.objects.filter(pk=other.pk).end(db_now())


@pytest.mark.parametrize(
    "passing",
    [
        domain_down, domain_mended_in_time, domain_down_twice, domain_not_answering, in_review, replies_brought_elsewhere,
        of_no_message_of_it,
    ],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_a_passing_fault_holds_back_and_leaves_the_signature(campaign: Campaign, passing: Deed) -> None:
    passing(campaign)
    assert stands(campaign)


def test_what_never_was_in_order_does_not_fall(campaign: Campaign) -> None:
    with acting_for(campaign.client_id):
        for looks in (SmsRegistration, DomainCheck):
            looks.objects.update(passed=False, answer="fail")
    registered(campaign, status="FAILED")
    seen(campaign, FAIL)
    with acting_for(campaign.client_id):
        assert not Fault.objects.exists()


def test_from_the_next_claim_on_nothing_is_sent_and_both_sides_and_the_pages_say_why(
    campaign: Campaign,
) -> None:
    suspended(campaign)
    assert claimed(campaign.client) == []
    with acting_for(campaign.client_id):
        assert Message.objects.get(channel="sms").failed == ["not_approved"]
        number = Sender.objects.get(channel="sms").address
        verbs = (
            AuditEvent.objects.filter(verb__startswith="sender.")
            .order_by("pk")
            .values_list("verb", flat=True)
        )
        assert list(verbs) == ["sender.out_of_order", "sender.in_order_again"]
        (told,) = what_fell.before_it_ended(Approval.objects.all()).values()
    says = f"The registration of the number {number} was found not to hold any more on "
    assert told.startswith(says)
    assert tell_of_standstills() > 0
    alice = people.sign_in(Browser(), people.alice())
    for name in ("approval_status", "campaign_waits"):
        page = alice.get(reverse(name, args=[campaign.client.slug, campaign.pk])).content.decode()
        assert says in page
        assert "What was found: The campaign registration is suspended" in page
        assert "must sign anew" in page
    assert says in mail.outbox[0].body


def test_the_readiness_page_says_until_when_it_may_be_out_of_order(campaign: Campaign) -> None:
    seen(campaign, FAIL)
    alice = people.sign_in(Browser(), people.alice())
    page = reverse("readiness", args=[campaign.client.slug])
    assert "what was signed on it ends then" in alice.get(page).content.decode()
    a_while_passes(campaign)
    assert "has ended, and must be signed anew" in alice.get(page).content.decode()
