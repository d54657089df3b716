"""Filing agreements, confirming the postal address, certifying the list."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from compliance.models import ListCertificate
from compliance.readiness import cards
from tenants.clock import db_now
from tenants.models import Agreement, AuditEvent, Client, PostalAddress
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"signed by both " * 40


@pytest.fixture
def client() -> Client:
    return people.clinic(covered="covered")


@pytest.fixture
def alice(client: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def answers(client: Client) -> dict[str, str]:
    return {card.key: card.answer for card in cards(client, db_now())}


def test_an_agreement_is_filed_encrypted_with_its_hash_and_comes_back_whole(
    client: Client, alice: Browser
) -> None:
    given = {
        "kind": "client",
        "parties": "Bright Smiles and Reach",
        "signed_on": "2026-01-05",
        "file": SimpleUploadedFile("baa.pdf", PDF),
    }
    answer = alice.post(reverse("agreement_new", args=[client.slug]), given)
    assert answer.status_code == 302
    with acting_for(client.pk):
        row = Agreement.objects.get()
        assert row.file_sha256 == hashlib.sha256(PDF).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT file FROM tenants_agreement")
            assert b"signed by both" not in cursor.fetchone()[0].encode()
        assert Agreement.objects.with_client().in_force(db_now()).exists()
    document = alice.get(reverse("agreement_file", args=[client.slug, row.pk]))
    assert document.content == PDF
    assert document["Content-Type"] == "application/pdf"
    assert "attachment" in document["Content-Disposition"]
    alice.post(reverse("agreement_withdraw", args=[client.slug, row.pk]))
    with acting_for(client.pk):
        assert not Agreement.objects.with_client().in_force(db_now()).exists()
        verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
        assert verbs == ["agreement.filed", "agreement.opened", "agreement.withdrawn"]


@pytest.mark.parametrize("change, says", [
    ({"file": SimpleUploadedFile("baa.pdf", b"MZ\x90 not a document")}, "no PDF, PNG or JPEG"),
    ({"file": SimpleUploadedFile("baa.pdf", PDF + b"x" * (10 * 1024 * 1024))}, "at most 10 MB"),
    ({"signed_on": (date.today() + timedelta(days=9)).isoformat()}, "date in the future"),
    ({"expires_on": "2026-01-06"}, "has run out"),
    ({"kind": "provider"}, "Choose the provider"),
    ({"kind": "provider", "provider": "sendgrid"}, "sendgrid is not one"),
    ({"kind": "provider", "provider": "smtp"}, "Enter the mail server"),
    ({"kind": "provider", "provider": "twilio"}, "Ask Twilio to flag the account"),
    ({"kind": "hosting"}, "Enter which data it covers"),
])  # fmt: skip
def test_what_is_no_agreement_in_force_is_refused_with_a_sentence_and_keeps_what_was_typed(
    client: Client, alice: Browser, change: dict[str, Any], says: str
) -> None:
    given = {
        "kind": "client",
        "parties": "One and Two",
        "signed_on": "2026-01-05",
        "file": SimpleUploadedFile("baa.pdf", PDF),
    } | change
    answer = alice.post(reverse("agreement_new", args=[client.slug]), given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "One and Two" in answer.content.decode()
    with acting_for(client.pk):
        assert not Agreement.objects.exists()


def test_a_new_postal_address_ends_the_old_one_and_changes_the_fingerprints(
    client: Client, alice: Browser
) -> None:
    with acting_for(client.pk):
        made = people.campaign(client, {"channel": "email"})
        before = made.fingerprint
    given = {"line": "2 Oak Ave", "city": "Elkhart", "state": "IN", "zip_code": "46514", "confirmed": "on"}
    for _ in range(2):
        assert alice.post(reverse("postal_address", args=[client.slug]), given).status_code == 302
    assert (
        alice.post(reverse("postal_address", args=[client.slug]), given | {"zip_code": "4651"}).status_code
        == 422
    )
    with acting_for(client.pk):
        assert PostalAddress.objects.filter(ended_at=None).count() == 1
        assert PostalAddress.objects.count() == 2
        assert Campaign.objects.get().fingerprint != before


def test_the_compliance_contact_certifies_in_their_own_name(client: Client) -> None:
    bob = people.bob(client)
    browser = people.sign_in(Browser(), bob)
    page = reverse("list_certificate", args=[client.slug])
    assert browser.post(page, {"typed_name": "Bob"}).status_code == 422
    assert browser.post(page, {"typed_name": "Bob", "agreed": "on"}).status_code == 302
    with acting_for(client.pk):
        row = ListCertificate.objects.in_force(db_now()).get()
        assert row.certified_by == bob
        assert row.expires_at - row.since == timedelta(days=30)
