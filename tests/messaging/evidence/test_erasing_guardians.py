"""Erasing a parent or guardian: their name goes from what belongs to the child, and the child keeps its proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from consent.models import ConsentRecord, Contact, ContactPoint, Suppression
from messaging.claiming import claim
from messaging.evidence.erasing import CannotErase, erase
from messaging.locks import Locks, keys_of
from messaging.models import Attempt, LegalHold, Message
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.messaging.evidence.test_erasing import Case
from tests.messaging.flight import reply
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_child_keeps_the_proof_of_the_yes_without_the_name_of_who_signed(case: Case) -> None:
    made = case.erase()
    assert (made.counts["messages_to_wards"], made.counts["consents_for_wards"]) == (1, 1)
    with acting_for(case.clinic.pk):
        proof = ConsentRecord.objects.get(contact=case.kim)
        assert (json.loads(proof.evidence), proof.ended_at) == (
            {"signer_relationship": "guardian", "ip": "::1"}, None,
        )  # fmt: skip
        kim = Contact.objects.get(pk=case.kim.pk)
        assert (kim.first_name, kim.filled) == ("Kim", ["first_name"]), (
            "and no text waits for a name that is gone"
        )


@pytest.mark.parametrize("of_age", [False, True])
def test_a_number_that_only_a_child_shares_goes_from_the_child_too(case: Case, of_age: bool) -> None:
    with acting_for(case.clinic.pk):
        hers = ContactPoint.objects.get(contact=case.her, channel="sms")
        people.point(case.kim, "sms", hers.value)
        written = reply(case.message, "SM6", body="Canaria again", contact_id=case.kim.pk)
        Contact.objects.filter(pk=case.kim.pk).update(adult_from="2000-01-01" if of_age else None)
    case.erase()
    with acting_for(case.clinic.pk):
        left = ContactPoint.objects.filter(contact=case.kim, address=hers.address_id)
        out = Suppression.objects.in_force(db_now()).filter(address=hers.address_id)
        written.refresh_from_db()
        assert (left.exists(), out.exists(), written.body == "") == (of_age, not of_age, not of_age)


def test_a_hold_on_a_child_keeps_its_guardian(case: Case) -> None:
    with acting_for(case.clinic.pk):
        LegalHold.objects.create(client=case.clinic, reason="A suit", by=case.olive, contact=case.kim)
    with pytest.raises(CannotErase, match="child they answer for"):
        case.erase()


WORDS = {"channel": "sms", "body": "Bright Smiles: Hi {{ guardian_first_name }}. Reply STOP to opt out."}


class ToKim:
    """A text to a child that names its guardian, due and not yet handed over."""

    def __init__(self) -> None:
        self.clinic, self.olive = people.clinic(), people.olive()
        with acting_for(self.clinic.pk):
            her = people.contact(self.clinic, first_name="Canaria", filled=["first_name"])
            kim = people.contact(
                self.clinic, first_name="Kim", phone=people.a_phone(), guardian=her, filled=["guardian_first_name"]
            )  # fmt: skip
            people.consent(kim)
        launched(self.clinic, WORDS, texts=0)
        with acting_for(self.clinic.pk):
            self.message: Message = Message.objects.get(contact=kim)
        self.her, self.keys = her, keys_of(self.message.address_id, self.message.household)

    def erase(self) -> None:
        with acting_for(self.clinic.pk):
            erase(self.her.pk, self.olive)


def test_while_a_worker_is_at_a_text_to_the_child_its_guardian_is_not_erased() -> None:
    told = ToKim()
    with Locks() as of_worker:
        assert of_worker.take([told.keys]) == [True]
        with pytest.raises(CannotErase, match="being handed over"):
            told.erase()
    told.erase()


def test_words_read_before_an_erasing_do_not_leave_after_it_with_the_name() -> None:
    """The worker has read the name; at the same instant its guardian is erased, on another connection."""
    told = ToKim()
    read = prepare(told.clinic.pk, "twilio", 10)
    assert ["Canaria" in each.rendered.text for each in read] == [True]
    with Locks() as of_worker:
        with acting_for(told.clinic.pk):
            erase(told.her.pk, told.olive)
            assert of_worker.take([told.keys]) == [False], "until it is committed nobody claims"
        assert claim(told.clinic.pk, read, of_worker).outgoing == []
    with acting_for(told.clinic.pk):
        told.message.refresh_from_db()
        assert (told.message.status, told.message.failed) == ("queued", ["missing_words"])
        assert not Attempt.objects.exists()
