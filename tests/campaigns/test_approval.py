from __future__ import annotations

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from django.test import override_settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, asking, editing
from campaigns.approval import Signature
from campaigns.asking import CannotSign, NobodyToSign
from campaigns.models import Approval, ApprovalRequest, Objection, ReviewLink, Step
from tenants.clock import db_now
from tenants.models import AuditEvent, Membership, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
BOBS = Signature("Robert Clinic", "Practice manager", "totp", "192.0.2.7", "Phone")


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def sign(case: Asked, who: User) -> Approval:
    with acting_for(case.client.pk):
        made = approval.sign(case.request.pk, who, BOBS)
        assert isinstance(made, Approval)
        return made


def test_the_compliance_contact_signs_exactly_the_version_that_was_asked(case: Asked) -> None:
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        stored = Approval.objects.get(pk=made.pk)
        assert stored.fingerprint == stored.version.fingerprint == case.campaign.fingerprint
        assert (stored.signed_by, stored.drafted_by, stored.role) == (case.bob, case.alice, "approver")
        assert (stored.typed_name, stored.second_factor, stored.ip) == ("Robert Clinic", "totp", "192.0.2.7")
        assert stored.browser == "Phone"
        assert "Bright Smiles" in stored.statement
        assert stored.statement_version == "2026-1"
        assert (stored.expires_at - stored.since).days == 30
        assert ApprovalRequest.objects.get().outcome == "approved"
        assert AuditEvent.objects.filter(verb="approval.signed", actor=case.bob).exists()


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF])
def test_nobody_of_the_agency_can_sign_even_who_is_also_the_compliance_contact(
    case: Asked, role: Role
) -> None:
    someone = people.member("Quentin", role, of=people.agency())
    with pytest.raises(CannotSign, match="compliance contact"):
        sign(case, someone)
    Membership.objects.create(user=someone, role=Role.APPROVER, client=case.client)
    with pytest.raises(CannotSign, match="compliance contact"):
        sign(case, someone)
    with acting_for(case.client.pk):
        assert not Approval.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FRONT_DESK])
def test_no_other_role_of_the_practice_can_sign(case: Asked, role: Role) -> None:
    with pytest.raises(CannotSign):
        sign(case, people.member("Val", role, client=case.client))


def test_the_compliance_contact_of_a_rival_cannot_sign(case: Asked) -> None:
    with pytest.raises(CannotSign):
        sign(case, people.member("Rita", Role.APPROVER, client=people.rival_clinic()))


def test_who_drafted_cannot_sign(case: Asked) -> None:
    with acting_for(case.client.pk):
        type(case.campaign).objects.filter(pk=case.campaign.pk).update(created_by=case.bob)
    with pytest.raises(CannotSign, match="drafted"):
        sign(case, case.bob)


def test_a_contact_who_left_cannot_sign(case: Asked) -> None:
    Membership.objects.filter(user=case.bob).update(ended_at=db_now())
    with pytest.raises(CannotSign):
        sign(case, case.bob)


def direct(case: Asked, who: User, **values: object) -> Approval:
    """Past every page and every function: a row as anybody with the database's app role could write it."""
    version = case.request.version
    row = {
        "client": case.client, "campaign": case.campaign, "version": version, "request": case.request,
        "count": case.request.count, "fingerprint": version.fingerprint, "signed_by": who,
        "drafted_by": case.alice,
        "role": Role.APPROVER, "typed_name": "X", "title": "X", "statement": "X", "statement_version": "1",
        "second_factor": "totp", "expires_at": db_now(),
    } | values  # fmt: skip
    with acting_for(case.client.pk):
        made: Approval = Approval.objects.create(**row)
        return made


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF])
def test_the_database_refuses_an_agency_hand_on_the_pen_whatever_the_row_claims(
    case: Asked, role: Role
) -> None:
    someone = people.member("Quentin", role, of=people.agency())
    with pytest.raises(IntegrityError, match="compliance contact"), transaction.atomic():
        direct(case, someone)
    Membership.objects.create(user=someone, role=Role.APPROVER, client=case.client)
    with pytest.raises(IntegrityError, match="compliance contact"), transaction.atomic():
        direct(case, someone)


@pytest.mark.parametrize(
    "wrong",
    [{"role": "staff"}, {"typed_name": ""}, {"second_factor": ""}, {"fingerprint": "0" * 64}],
    ids=lambda each: next(iter(each)),
)
def test_the_database_refuses_a_signature_that_is_not_whole(case: Asked, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        direct(case, case.bob, **wrong)


def test_the_database_refuses_the_drafters_signature(case: Asked) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        direct(case, case.bob, drafted_by=case.bob)


def test_a_signature_is_never_changed_or_deleted(case: Asked) -> None:
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        for change in (
            {"typed_name": "Y"},
            {"fingerprint": "0" * 64},
            {"expires_at": db_now()},
            {"browser": "Z"},
        ):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                Approval.objects.filter(pk=made.pk).update(**change)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Approval.objects.filter(pk=made.pk).delete()


def test_nobody_signs_twice_and_the_second_reads_who_was_first(case: Asked) -> None:
    ben = people.member("Ben", Role.APPROVER, client=case.client)
    sign(case, case.bob)
    with pytest.raises(CannotSign, match="Robert Clinic already signed"):
        sign(case, ben)
    with acting_for(case.client.pk), pytest.raises(CannotSign, match="already signed"):
        approval.object_to(case.request.pk, ben, "No!")


def test_what_was_changed_after_asking_is_not_signed(case: Asked) -> None:
    with acting_for(case.client.pk):
        Step.objects.filter(campaign=case.campaign, position=1).update(body="Other words")
    with pytest.raises(CannotSign, match="changed"):
        sign(case, case.bob)


def test_an_edit_voids_the_request_and_a_signature_given_before(case: Asked) -> None:
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        request = ask_again(case.campaign, case.alice)
        with editing.change(case.campaign, None, case.alice) as edit:
            Step.objects.filter(campaign=case.campaign, position=1).update(body="Other words")
        assert edit.voided
        request.refresh_from_db()
        assert request.outcome == "replaced"
        now = type(case.campaign).objects.get(pk=case.campaign.pk)
        assert now.fingerprint != made.fingerprint
    with acting_for(case.client.pk), pytest.raises(CannotSign, match="changed the campaign"):
        approval.sign(request.pk, case.bob, BOBS)


def test_a_save_that_changes_nothing_voids_nothing(case: Asked) -> None:
    with acting_for(case.client.pk):
        with editing.change(case.campaign, None, case.alice) as edit:
            edit.campaign.name = "Another label"
        assert not edit.voided
        case.request.refresh_from_db()
        assert case.request.closed_at is None


def test_an_objection_closes_the_request_with_its_words(case: Asked) -> None:
    with acting_for(case.client.pk):
        approval.object_to(case.request.pk, case.bob, "Too pushy", step=2)
        objection = Objection.objects.get()
        assert (objection.comment, objection.step, objection.by) == ("Too pushy", 2, case.bob)
        case.request.refresh_from_db()
        assert case.request.outcome == "objected"
    with pytest.raises(CannotSign, match="Bob already asked for a change"):
        sign(case, case.bob)


@pytest.mark.parametrize("comment, step", [("  ", None), ("Words", 9)])
def test_an_objection_needs_words_and_a_message_there_is(case: Asked, comment: str, step: int | None) -> None:
    with acting_for(case.client.pk), pytest.raises(CannotSign):
        approval.object_to(case.request.pk, case.bob, comment, step)


def test_withdrawing_ends_the_approval_once_and_only_the_client_can(case: Asked) -> None:
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        with pytest.raises(CannotSign, match="compliance contact"):
            approval.withdraw(made.pk, case.alice, "")
        approval.withdraw(made.pk, case.bob, "Changed my mind")
        assert not Approval.objects.in_force(db_now()).exists()
        with pytest.raises(CannotSign, match="already withdrawn"):
            approval.withdraw(made.pk, case.bob, "")


def test_the_agency_takes_its_request_back(case: Asked) -> None:
    with acting_for(case.client.pk):
        asking.withdraw_request(case.request.pk, case.alice)
    with pytest.raises(CannotSign, match="took this request back"):
        sign(case, case.bob)


def test_asking_again_replaces_the_open_request_and_its_links(case: Asked) -> None:
    with acting_for(case.client.pk):
        again = ask_again(case.campaign, case.alice)
        case.request.refresh_from_db()
        assert case.request.outcome == "replaced"
        asking.send_request(again)
        live = ReviewLink.objects.filter(request=again.pk, ended_at=None)
        assert live.count() == 1
        assert ReviewLink.objects.filter(request=again.pk).count() == 2


def test_without_a_compliance_contact_nothing_is_asked(case: Asked) -> None:
    Membership.objects.filter(user=case.bob).update(ended_at=db_now())
    with acting_for(case.client.pk), pytest.raises(NobodyToSign, match="no compliance contact"):
        asking.send_request(case.request)


def test_the_request_is_mailed_to_each_contact_after_the_commit(
    case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    people.member("Ben", Role.APPROVER, client=case.client)
    with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
        assert asking.send_request(case.request) == 2
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"], ["ben@example.org"]]
    assert "http://testserver/a/" in mail.outbox[0].body
    assert mail.outbox[0].body != mail.outbox[1].body
    with acting_for(case.client.pk):
        case.request.refresh_from_db()
        assert case.request.mailed_at is not None


@override_settings(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1
)
def test_a_mail_server_that_is_down_changes_nothing(
    case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
        asking.send_request(case.request)
    with acting_for(case.client.pk):
        case.request.refresh_from_db()
        assert case.request.mailed_at is None
        assert case.request.closed_at is None
    with django_capture_on_commit_callbacks(execute=True):
        made = sign(case, case.bob)
    with acting_for(case.client.pk):
        assert Approval.objects.in_force(db_now()).get() == made


def test_both_sides_get_a_copy_with_every_fact(
    case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = sign(case, case.bob)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["alice@example.org", "bob@example.org"]
    for letter in mail.outbox:
        for fact in (
            "Robert Clinic",
            "Practice manager",
            "192.0.2.7",
            made.fingerprint,
            made.statement,
            "Come by.",
        ):
            assert fact in letter.body
        assert "jane@example.org" not in letter.body


def test_a_rival_sees_neither_request_nor_approval(case: Asked) -> None:
    sign(case, case.bob)
    with acting_for(people.rival_clinic().pk):
        assert not ApprovalRequest.objects.exists()
        assert not Approval.objects.exists()
        with pytest.raises(ApprovalRequest.DoesNotExist):
            approval.sign(case.request.pk, case.bob, BOBS)
