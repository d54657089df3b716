"""The record in a pack: the opt-out, the consent and the approval that its tables show are among its sealed events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Approval, Campaign
from compliance.models import CampaignStatement
from consent.choosing import stop_purpose
from consent.models import ConsentRecord, Contact, ContactPoint, PreferenceLink, Suppression, Tier
from consent.proof import Worth
from consent.recording import record_consent
from consent.suppressing import suppress
from messaging.evidence import seals
from messaging.evidence.erasing import erase
from messaging.evidence.subject import Subject
from messaging.models import Message
from tenants import audit, sealing
from tenants.clock import db_now
from tenants.models import Client, Purpose
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import reply
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)
BEHIND_IT = {"address.opted_out", "address.opted_out_of_purpose", "consent.recorded", "approval.signed"}


class Case:
    """Two people of one campaign said yes on the phone, opted out because of it, and answered."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        made = launched(self.clinic, texts=2)
        with acting_for(self.clinic.pk):
            self.campaign = Campaign.objects.select_related("client").get(pk=made.pk)
            self.jane, self.other = (self._of(each) for each in Message.objects.order_by("pk"))
            audit.record("approval.signed", Approval.objects.get(), client_id=self.clinic.pk)
            audit.record("campaign.stated", CampaignStatement.objects.get(), client_id=self.clinic.pk)

    def _of(self, message: Message) -> Contact:
        who: Contact = Contact.objects.select_related("client").get(pk=message.contact_id)
        point, bob = ContactPoint.objects.get(contact=who, channel="sms"), people.user("Bob")
        record_consent(
            who, point, worth={Purpose.MARKETING: Worth(Tier.VERBAL, [])}, method="phone", wording="Yes", given_at=db_now(), evidence={},
            by=bob,
        )  # fmt: skip
        suppress(self.clinic.pk, point.address_id, "sms", "staff", by=bob, campaign_id=self.campaign.pk)
        link = PreferenceLink(client=self.clinic, address_id=point.address_id, campaign_id=self.campaign.pk)
        stop_purpose(link, Purpose.MARKETING)
        audit.record(
            "reply.received", reply(message, f"SM{message.pk}", contact_id=who.pk), client_id=self.clinic.pk
        )
        return who

    def events(self, **about: Campaign | Contact) -> list[tuple[str, str]]:
        """What a pack about them has of the record: the verb and on what."""
        sealing.seal(self.clinic.pk)
        with acting_for(self.clinic.pk):
            lines = seals.files_of(Subject(self.clinic, **about))["audit/events.jsonl"].splitlines()  # type: ignore[arg-type]
        return [(each[4], each[5]) for each in map(json.loads, lines)]


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_persons_pack_has_their_opt_out_their_yes_and_the_approval_on_record(case: Case) -> None:
    found = case.events(contact=case.jane)
    assert {verb for verb, _ in found} == BEHIND_IT | {"reply.received"}
    assert len(found) == 5, "each once, and nothing of the other person"
    with acting_for(case.clinic.pk):
        theirs = {
            f"consent.ConsentRecord:{each.pk}" for each in ConsentRecord.objects.filter(contact=case.jane)
        }
    assert {what for verb, what in found if verb == "consent.recorded"} <= theirs


def test_an_erased_persons_pack_still_has_the_opt_out_and_the_erasing(
    case: Case, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    with acting_for(case.clinic.pk):
        erase(case.jane.pk, None)
        assert Subject(case.clinic, contact=case.jane).tables()["suppressions"].count() == 2
    found = case.events(contact=case.jane)
    assert {verb for verb, _ in found} == BEHIND_IT | {"reply.received", "data.erased"}
    assert sum(verb == "address.opted_out" for verb, _ in found) == 2


def test_of_a_joined_record_the_yes_that_was_given_under_it_is_there_too(case: Case) -> None:
    with acting_for(case.clinic.pk):
        Contact.objects.filter(pk=case.other.pk).update(merged_into=case.jane)
    assert sum(verb == "consent.recorded" for verb, _ in case.events(contact=case.jane)) == 2


def test_a_campaigns_pack_has_who_left_because_of_it_and_what_was_stated(case: Case) -> None:
    with acting_for(case.clinic.pk):
        elsewhere = people.contact(case.clinic, phone=people.a_phone())
        point = ContactPoint.objects.get(contact=elsewhere)
        unrelated: Suppression = suppress(case.clinic.pk, point.address_id, "sms", "staff")
    found = case.events(campaign=case.campaign)
    assert {verb for verb, _ in found} == (BEHIND_IT - {"consent.recorded"}) | {
        "campaign.launched", "campaign.stated", "reply.received",
    }  # fmt: skip
    assert sum(verb == "address.opted_out" for verb, _ in found) == 2
    assert ("address.opted_out", f"consent.Suppression:{unrelated.pk}") not in found
