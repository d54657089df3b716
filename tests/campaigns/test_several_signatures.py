"""Where one signature is not enough: all of several, in an order or not, and delegates."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, approval_documents, asking, signers, signing
from campaigns.approval import Signature
from campaigns.asking import CannotSign, NobodyToSign
from campaigns.models import Approval, ApprovalRequest, Cosignature, Delegation, ReviewLink, SigningRule, Step
from campaigns.signed_facts import facts
from campaigns.signing import CannotChange
from messaging.outbox import NotApproved, launch
from tenants.clock import db_now
from tenants.models import Agency, AuditEvent, Membership, Role, User
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

    def decide(self, how: str, *named: User, by: User | None = None) -> SigningRule:
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
        day = db_now().date()
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


# -- delegates -------------------------------------------------------------------------------------


def test_a_delegate_signs_for_who_named_them_and_both_names_stand(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    made = practice.sign(practice.vera)
    assert isinstance(made, Approval)
    assert (made.role, made.signed_by) == ("viewer", practice.vera)
    with acting_for(practice.client.pk):
        assert ("Signed for", "Bob, who named the signer") in [
            (label, text.partition(" for ")[0]) for label, text in facts(made)
        ]


def test_a_delegate_takes_the_turn_of_who_named_them(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    practice.ask(ALL, practice.bob, practice.ben)
    made = practice.sign(practice.vera)
    assert isinstance(made, Cosignature)
    assert made.covers == practice.bob
    with pytest.raises(CannotSign, match="Vera Clinic already signed in this place"):
        practice.sign(practice.bob)
    assert isinstance(practice.sign(practice.ben), Approval)


@pytest.mark.parametrize("first, last", [(2, 7), (-7, -2)], ids=["not yet", "over"])
def test_a_delegate_signs_only_on_the_days_named(practice: Practice, first: int, last: int) -> None:
    day = db_now().date()
    with acting_for(practice.client.pk):
        made = Delegation.objects.create(
            client=practice.client, principal=practice.bob, named_by=practice.bob, delegate=practice.vera,
            from_day=day + timedelta(days=first), until_day=day + timedelta(days=last),
        )  # fmt: skip
    with pytest.raises(CannotSign, match="compliance contact"):
        practice.sign(practice.vera)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.vera, delegation=made, role="viewer")


def test_a_delegate_whose_naming_was_ended_signs_no_more(practice: Practice) -> None:
    made = practice.delegate(practice.bob, practice.vera)
    with acting_for(practice.client.pk):
        signing.end_delegation(practice.client, made.pk, practice.ben)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Delegation.objects.filter(pk=made.pk).update(ended_at=None)
    with pytest.raises(CannotSign):
        practice.sign(practice.vera)


def test_nobody_names_for_another_nor_anybody_of_the_agency(practice: Practice) -> None:
    with pytest.raises(CannotChange, match="for themselves"):
        practice.delegate(practice.vera, practice.ben)
    with pytest.raises(CannotChange, match="own people"):
        practice.delegate(practice.bob, practice.alice)
    day = db_now().date()
    with acting_for(practice.client.pk), pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(
            client=practice.client, principal=practice.bob, delegate=practice.vera, named_by=practice.alice, from_day=day, until_day=day
        )  # fmt: skip


def test_a_delegate_of_the_agency_is_refused_by_the_database_too(practice: Practice) -> None:
    day = db_now().date()
    with acting_for(practice.client.pk):
        made = Delegation.objects.create(
            client=practice.client, principal=practice.bob, named_by=practice.bob, delegate=practice.alice, from_day=day, until_day=day
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.alice, delegation=made, role="viewer", drafted_by=None)


def test_an_address_at_the_agencys_domain_signs_nothing(practice: Practice) -> None:
    Agency.objects.filter(pk=practice.client.agency_id).update(mail_domains=["example.org"])
    with pytest.raises(CannotSign, match="compliance contact"):
        practice.sign(practice.bob)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.bob)


# -- who decides -----------------------------------------------------------------------------------


def test_the_agency_only_asks_for_more_signatures(practice: Practice) -> None:
    practice.decide(ALL, practice.bob, by=practice.alice)
    practice.decide(ORDER, practice.ben, practice.bob, by=practice.alice)
    for how, named in (
        (ANY, []),
        (ALL, [practice.ben, practice.bob]),
        (ORDER, [practice.bob]),
        (ORDER, [practice.bob, practice.ben]),
    ):
        with pytest.raises(CannotChange, match="only ask for more"):
            practice.decide(how, *named, by=practice.alice)
        with (
            acting_for(practice.client.pk),
            pytest.raises(IntegrityError, match="only ask for more"),
            transaction.atomic(),
        ):
            SigningRule.objects.create(
                client=practice.client, how=how, signers=[each.pk for each in named], set_by=practice.alice
            )
    practice.decide(ANY, by=practice.ben)
    with acting_for(practice.client.pk):
        assert AuditEvent.objects.filter(verb="approval.rule_set").count() == 3


def test_a_rule_is_never_changed_only_followed(practice: Practice) -> None:
    made = practice.decide(ALL, practice.bob)
    with acting_for(practice.client.pk), pytest.raises(DatabaseError), transaction.atomic():
        SigningRule.objects.filter(pk=made.pk).update(how=ANY, signers=[])


def test_of_two_changes_the_second_reads_that_there_was_a_first(practice: Practice) -> None:
    practice.decide(ALL, practice.bob)
    with acting_for(practice.client.pk), pytest.raises(CannotChange, match="in the meantime"):
        signing.set_rule(practice.client, ANY, [], practice.ben, seen=0)


def test_every_contact_is_written_to_about_a_change(
    practice: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        practice.decide(ALL, practice.bob, practice.ben)
    assert [letter.to[0] for letter in mail.outbox] == ["bob@example.org", "ben@example.org"]
    assert "Bob and Ben must all sign, in any order." in mail.outbox[0].body


def test_a_signer_who_left_is_named_when_it_is_asked(practice: Practice) -> None:
    practice.decide(ORDER, practice.ben, practice.bob)
    Membership.objects.filter(user=practice.ben).update(ended_at=db_now())
    with (
        acting_for(practice.client.pk),
        pytest.raises(NobodyToSign, match="Ben must sign .* cannot any more"),
    ):
        ask_again(practice.campaign, practice.alice)


def test_a_rival_sees_no_rule_no_delegate_and_no_signature(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    with acting_for(people.rival_clinic().pk):
        for kind in (SigningRule, Delegation, Cosignature):
            assert not kind.objects.exists()


def test_links_end_for_nobody_who_still_must_sign(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    with acting_for(practice.client.pk):
        practice.sign(practice.bob)
        assert asking.send_request(practice.request) == 1
    live = ReviewLink.objects.filter(request=practice.request.pk, ended_at=None)
    assert {link.user.name for link in live} == {"Bob", "Ben"}
