"""The signed approval as a sealed PDF: mailed to both sides, kept, handed out again, never in the way of signing."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import approval, approval_documents, approval_pages
from campaigns.approval import Signature
from campaigns.models import Approval, ApprovalDocument
from tenants import sealing_check, sealing_pdf
from tenants.models import AuditEvent, AuditHead
from tenants.paper import Paper, shown
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked, opened
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
BOBS = Signature("Robert Łukasz Clinic", "Practice manager", "totp", "192.0.2.7", "Phone")


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


@pytest.fixture
def signed(case: Asked, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Approval:
    with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
        made = approval.sign(case.request.pk, case.bob, BOBS)
    assert isinstance(made, Approval)
    return made


def attached() -> list[bytes]:
    return [bytes(content) for letter in mail.outbox for _, content, _ in letter.attachments]


def test_both_sides_get_the_same_sealed_document_by_mail(case: Asked, signed: Approval) -> None:
    assert sorted(letter.to[0] for letter in mail.outbox) == ["alice@example.org", "bob@example.org"]
    first, second = attached()
    assert first == second
    assert first.startswith(b"%PDF-")
    assert sealing_pdf.is_intact(first)
    with acting_for(case.client.pk):
        assert approval_documents.kept(signed) == first
        told = AuditEvent.objects.get(verb="approval.copies_mailed").detail
    assert told == {"mails": 2, "of": 2, "on_paper": True}


def test_a_changed_byte_breaks_the_seal(signed: Approval) -> None:
    pdf = attached()[0]
    for place in (40, len(pdf) // 3, len(pdf) // 2):
        changed = bytearray(pdf)
        changed[place] ^= 1
        assert not sealing_pdf.is_intact(bytes(changed)), place
    assert not sealing_pdf.is_intact(pdf + b"\n% one more line")
    assert not sealing_pdf.is_intact(Paper("Something else").made()), "not sealed at all"


def test_the_document_carries_the_newest_seal_of_the_record(
    case: Asked,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[tuple[str, str]] = []
    facts = Paper.facts

    def noted(paper: Paper, rows: list[tuple[str, str]]) -> None:
        written.extend(rows)
        facts(paper, rows)

    monkeypatch.setattr(Paper, "facts", noted)
    with acting_for(case.client.pk):
        at = case.request.asked_at
        AuditHead.objects.create(
            client=case.client,
            number=7,
            hash=b"\x07" * 32,
            events=123,
            at=at,
            key=b"k" * 32,
            signature=b"s" * 64,
        )
    with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
        made = approval.sign(case.request.pk, case.bob, BOBS)
    told = dict(written)
    assert told["Seal of the record"] == "07" * 32
    assert told["Record sealed up to"].startswith("block 7, 123 events")
    assert told["Fingerprint"].startswith(made.fingerprint)
    assert told["Signed by"].startswith("Robert Łukasz Clinic, Practice manager")
    with acting_for(case.client.pk):
        kept = ApprovalDocument.objects.get()
        assert (kept.block, kept.block_hash) == (7, "07" * 32)
        told_to_check = [each for source in sealing_check._told for each in source(case.client.pk)]
    assert told_to_check == [(7, "07" * 32, f"the document of approval {kept.approval_id}")]


def test_a_document_that_cannot_be_made_changes_nothing(
    case: Asked,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(pdf: bytes, reason: str) -> bytes:
        raise ValueError(reason)

    with monkeypatch.context() as patch:
        patch.setattr(sealing_pdf, "sealed", fails)
        with django_capture_on_commit_callbacks(execute=True), acting_for(case.client.pk):
            made = approval.sign(case.request.pk, case.bob, BOBS)
    assert isinstance(made, Approval)
    assert len(mail.outbox) == 2, "the copies go out without it"
    assert attached() == []
    with acting_for(case.client.pk):
        assert Approval.objects.get().ended_at is None
        assert approval_documents.kept(made) is None
        assert sealing_pdf.is_intact(approval_documents.document(made)), "made for whoever asks for it later"


def test_the_kept_document_is_never_changed(case: Asked, signed: Approval) -> None:
    with acting_for(case.client.pk):
        with pytest.raises(DatabaseError), transaction.atomic():
            ApprovalDocument.objects.update(sha256="0")
        with pytest.raises(DatabaseError), transaction.atomic():
            ApprovalDocument.objects.all().delete()


def test_a_file_put_in_place_of_the_kept_document_is_not_handed_out(case: Asked, signed: Approval) -> None:
    with acting_for(case.client.pk), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.rewrapping', 'on', true)")  # as whoever changes the keys may
        ApprovalDocument.objects.update(file="JVBERi0=")
        cursor.execute("SELECT set_config('app.rewrapping', '', true)")
        with pytest.raises(approval_documents.ChangedDocument):
            approval_documents.kept(signed)
        answer = approval_pages.as_file(signed)
    assert (answer.status_code, answer["Content-Type"]) == (409, "text/plain; charset=utf-8")


def test_every_member_takes_it_from_the_approvals_page_and_it_is_on_record(
    case: Asked, signed: Approval
) -> None:
    kwargs = {"client": case.client.slug, "campaign": case.campaign.pk}
    browser = people.sign_in(Browser(), case.alice)
    path = reverse("approval_document", kwargs=kwargs | {"approval_id": signed.pk})
    assert path in browser.get(reverse("approval_status", kwargs=kwargs)).content.decode()
    answer = browser.get(path)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="approval-{signed.pk}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.content == attached()[0]
    with acting_for(case.client.pk):
        assert AuditEvent.objects.filter(verb="approval.document_taken", actor=case.alice).count() == 1
    assert people.sign_in(Browser(), people.charlie()).get(path).status_code == 404


def test_the_signer_takes_it_from_the_mailed_review_only_in_the_opened_browser(
    case: Asked, signed: Approval
) -> None:
    pdf = attached()[0]
    token = case.token()
    assert Browser().get(f"/a/{token}/document/").status_code == 302
    answer = opened(Browser(), token).get(f"/a/{token}/document/")
    assert answer.content == pdf


def test_before_a_signature_there_is_no_document(case: Asked) -> None:
    token = case.token()
    assert opened(Browser(), token).get(f"/a/{token}/document/").status_code == 404


def test_what_the_font_cannot_show_is_named_by_its_number() -> None:
    paper = Paper("Łódz ✓ 👍")
    paper.facts([("Long", "word " * 5000), ("Markup", "<b>&</b>")])
    pdf = paper.made()
    assert pdf.startswith(b"%PDF-")
    assert shown("Łódz ✓ 👍\n\t") == "Łódz [U+2713] [U+1F44D]\n "
