"""Where one signature is not enough: all of several, in an order or not, and delegates."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, approval_documents, signers, signing
from campaigns.approval import Signature
from campaigns.asking import CannotSign
from campaigns.models import Approval, ApprovalRequest, Cosignature, Delegation, Loosening, SigningRule, Step
from messaging.outbox import NotApproved, launch
from tenants.clock import db_now
from tenants.models import AuditEvent, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked

pytestmark = pytest.mark.django_db
ANY, ALL, ORDER = "any", "all", "order"


class Practice(Asked):
    """Bob and Ben are compliance contacts, Vera a viewer."""

    def __init__(self) -> None:
        super().__init__(**vars(asked()))
        self.ben = people.member("Ben", Role.APPROVER, client=self.client)
        self.vera = people.member("Vera", Role.VIEWER, client=self.client)

    def decide(self, how: str, *named: User, by: User | None = None) -> SigningRule | Loosening:
        with acting_for(self.client.pk):
            seen = signers.rule_of(self.client)
            return signing.set_rule(
                self.client, how, [each.pk for each in named], by or self.bob, seen.pk if seen else 0
            )

    def ask(self, how: str, *named: User) -> ApprovalRequest:
        self.decide(how, *named)
        with acting_for(self.client.pk):
            self.request = ask_again(self.campaign, self.alice)
        return self.request

    def sign(self, who: User) -> Approval | Cosignature:
        typed = Signature(f"{who.name} Clinic", "Manager", "totp", "192.0.2.7", "Phone")
        with acting_for(self.client.pk):
            return approval.sign(self.request.pk, who, typed)

    def delegate(self, principal: User, to: User, first: int = 0, last: int = 7) -> Delegation:
        day = people.today(self.client)
        with acting_for(self.client.pk):
            return signing.name_delegate(
                self.client, principal, to, day + timedelta(days=first), day + timedelta(days=last)
            )

    def row(self, kind: type[Approval] | type[Cosignature], who: User, **values: Any) -> Any:
        """Past every page and every function: a row as anybody with the database's app role could write it."""
        version = self.request.version
        row: dict[str, Any] = {
            "client": self.client, "campaign": self.campaign, "version": version, "request": self.request,
            "fingerprint": version.fingerprint, "signed_by": who, "drafted_by": self.alice, "role": Role.APPROVER,
            "typed_name": "X", "title": "X", "statement": "X", "statement_version": "1", "second_factor": "totp",
        }  # fmt: skip
        more = {"count": self.request.count, "expires_at": db_now()} if kind is Approval else {"covers": who}
        with acting_for(self.client.pk), transaction.atomic():
            return kind.objects.create(**(row | more | values))


@pytest.fixture
def practice() -> Practice:
    return Practice()


def test_without_a_rule_any_one_signature_is_the_approval(practice: Practice) -> None:
    assert isinstance(practice.sign(practice.ben), Approval)
    with acting_for(practice.client.pk):
        assert not Cosignature.objects.exists()
        assert signing.says(None) == "Any one compliance contact's signature is enough."


def test_with_all_nothing_holds_until_the_last_has_signed(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    assert isinstance(practice.sign(practice.ben), Cosignature)
    with acting_for(practice.client.pk):
        practice.request.refresh_from_db()
        assert practice.request.closed_at is None
        assert [each.name for each in signers.standing(practice.request).missing] == ["Bob"]
        with pytest.raises(NotApproved):
            launch(practice.campaign, by=None)
    last = practice.sign(practice.bob)
    assert isinstance(last, Approval)
    with acting_for(practice.client.pk):
        first = Cosignature.objects.get()
        assert first.fingerprint == last.fingerprint
        assert last.expires_at == first.since + timedelta(days=30)
        practice.campaign.refresh_from_db()
        assert launch(practice.campaign, by=None).version == last.version
        assert AuditEvent.objects.filter(verb="approval.cosigned", actor=practice.ben).exists()


def test_in_an_order_nobody_signs_before_their_turn(practice: Practice) -> None:
    practice.ask(ORDER, practice.ben, practice.bob)
    with pytest.raises(CannotSign, match="turn of Ben"):
        practice.sign(practice.bob)
    practice.sign(practice.ben)
    assert isinstance(practice.sign(practice.bob), Approval)


def test_in_an_order_the_mail_goes_to_the_next_one(
    practice: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    practice.decide(ORDER, practice.ben, practice.bob)
    with django_capture_on_commit_callbacks(execute=True), acting_for(practice.client.pk):
        practice.request = ask_again(practice.campaign, practice.alice)
    assert [letter.to for letter in mail.outbox] == [["ben@example.org"]]
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        practice.sign(practice.ben)
    asked = [letter for letter in mail.outbox if "/a/" in letter.body]
    assert [letter.to for letter in asked] == [["bob@example.org"]]
    told = [letter for letter in mail.outbox if "others are still missing" in letter.subject]
    assert {letter.to[0] for letter in told} == {"ben@example.org", "alice@example.org"}
    assert all("Still missing: Bob." in letter.body for letter in told)


def test_one_person_signs_once_and_reads_for_whom_it_waits(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    with pytest.raises(CannotSign, match="You already signed this on .* waits for Ben"):
        practice.sign(practice.bob)
    practice.delegate(practice.ben, practice.bob)
    with pytest.raises(CannotSign, match="already signed"):
        practice.sign(practice.bob)


def test_a_contact_who_is_not_among_those_who_must_sign_only_objects(practice: Practice) -> None:
    carla = people.member("Carla", Role.APPROVER, client=practice.client)
    practice.ask(ALL, practice.bob, practice.ben)
    with pytest.raises(CannotSign, match="decided that Bob and Ben sign"):
        practice.sign(carla)
    with acting_for(practice.client.pk):
        approval.object_to(practice.request.pk, carla, "No")
    with pytest.raises(CannotSign, match="Carla already asked for a change"):
        practice.sign(practice.bob)


def test_an_edit_between_two_signatures_voids_the_first(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    with acting_for(practice.client.pk):
        Step.objects.filter(campaign=practice.campaign, position=1).update(body="Other words")
    with pytest.raises(CannotSign, match="changed"):
        practice.sign(practice.ben)
    with acting_for(practice.client.pk):
        practice.request = ask_again(practice.campaign, practice.alice)
        assert len(signers.standing(practice.request).missing) == 2


def test_a_change_of_who_must_sign_voids_what_is_open(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    practice.decide(ANY)
    with acting_for(practice.client.pk):
        asked = signing.wish_of(practice.client)
        assert asked is not None
        signing.agree(practice.client, asked.pk, practice.ben)
    with pytest.raises(CannotSign, match="Who must sign was changed"):
        practice.sign(practice.ben)
    with acting_for(practice.client.pk):
        ApprovalRequest.objects.filter(pk=practice.request.pk).update(outcome="", closed_at=None)
    with pytest.raises(CannotSign, match="Who must sign was changed"):
        practice.sign(practice.ben)
    with pytest.raises(IntegrityError, match="who must sign was changed"):
        practice.row(Approval, practice.ben)


def test_the_database_takes_no_approval_while_somebody_is_missing(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    with pytest.raises(IntegrityError, match="has not signed"):
        practice.row(Approval, practice.bob)
    practice.sign(practice.bob)
    with pytest.raises(IntegrityError, match="one person signs once"):
        practice.row(Approval, practice.bob)
    practice.row(Approval, practice.ben)


def test_the_database_holds_the_order_and_the_hands(practice: Practice) -> None:
    practice.ask(ORDER, practice.ben, practice.bob)
    with pytest.raises(IntegrityError, match="has not signed"):
        practice.row(Cosignature, practice.bob)
    carla = people.member("Carla", Role.APPROVER, client=practice.client)
    with pytest.raises(IntegrityError, match="only who must sign"):
        practice.row(Cosignature, carla)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Cosignature, practice.alice)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Cosignature, practice.vera, role="viewer")
    with acting_for(practice.client.pk):
        ApprovalRequest.objects.filter(pk=practice.request.pk).update(asked_by=practice.ben)
    with pytest.raises(IntegrityError, match="drafted or asked"):
        practice.row(Cosignature, practice.ben)


def test_a_signature_among_several_is_never_changed_or_deleted(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    made = practice.sign(practice.bob)
    with acting_for(practice.client.pk):
        rows = Cosignature.objects.filter(pk=made.pk)
        for deed in (partial(rows.update, typed_name="Y"), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                deed()


def test_one_of_several_is_enough_to_withdraw(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    last = practice.sign(practice.ben)
    with acting_for(practice.client.pk):
        approval.withdraw(last.pk, practice.bob, "")
        assert not Approval.objects.in_force(db_now()).exists()


def test_the_copy_and_the_paper_name_every_signer(
    practice: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    with django_capture_on_commit_callbacks(execute=True):
        last = practice.sign(practice.ben)
    copies = [letter for letter in mail.outbox if "approval signed" in letter.subject]
    assert {letter.to[0] for letter in copies} == {"bob@example.org", "ben@example.org", "alice@example.org"}
    assert all("Bob Clinic" in letter.body and "Ben Clinic" in letter.body for letter in copies)
    with acting_for(practice.client.pk):
        assert approval_documents.kept(Approval.objects.get(pk=last.pk))
