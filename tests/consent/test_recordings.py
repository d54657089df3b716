"""The recording of a call on which somebody said yes: taken in by what it is, kept encrypted, handed out on record."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from consent import consent_forms
from consent.models import ConsentRecord, ConsentScan, Tier
from tenants.file_kinds import sound_of
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people
from tests.consent.test_consent_page import as_, jane, path, said, scan, signed

pytestmark = pytest.mark.django_db
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt yes, text me"


def sound(content: bytes = WAV) -> SimpleUploadedFile:
    return SimpleUploadedFile("call.mp3", content)


@pytest.mark.parametrize(
    "begins, kind",
    [
        (WAV, "audio/wav"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"\x00\x00\x00\x20ftypisom", ""),
        (b"RIFF\x24\x00\x00\x00AVI LIST", ""),
        (b"\xff\xd8\xff\xe0", ""),
        (b"%PDF-1.7", ""),
        (b"<script>", ""),
        (b"MZ", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_a_recording_is_known_by_its_first_bytes(begins: bytes, kind: str) -> None:
    assert sound_of(begins) == kind


def test_the_recording_is_kept_encrypted_with_the_consent_and_taken_on_record() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    browser = as_(alice)
    assert (
        browser.post(path(who), said(clinic, who, recording_sha256="") | {"recording": sound()}).status_code
        == 302
    )
    with acting_for(clinic.pk):
        made = ConsentRecord.objects.get()
        assert made.tier == Tier.VERBAL, "a file makes an oral yes no stronger"
        assert json.loads(made.evidence)["recording"] == "REC-88"
        assert json.loads(made.evidence)["recording_sha256"] == hashlib.sha256(WAV).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM consent_consentscan")
            assert base64.b64encode(WAV).decode()[:12] not in cursor.fetchone()[0]
    page = browser.get(f"/c/bright-smiles/contacts/{who.pk}/life/").content.decode()
    assert "Recording attached, SHA-256" in page
    where = f"/c/bright-smiles/contacts/{who.pk}/consents/{made.pk}/scan/"
    taken = browser.post(where)
    assert (taken.content, taken["Content-Type"]) == (WAV, "audio/wav")
    assert taken["Content-Disposition"] == f'attachment; filename="consent-{made.pk}.wav"'
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="consent.scan_opened", actor=alice).count() == 1
    rival = people.rival_clinic()
    charlie = as_(people.charlie())
    assert charlie.post(where).status_code == 404
    assert charlie.post(where.replace("bright-smiles", rival.slug)).status_code == 404


def test_what_is_no_recording_or_belongs_to_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = people.clinic()
    who, browser = jane(clinic), as_(people.alice())
    monkeypatch.setattr(consent_forms, "LARGEST", 100)
    paper = signed(clinic, who)
    for given, says in (
        (said(clinic, who) | {"recording": sound(b"%PDF-1.7")}, "no WAV, MP3, M4A or OGG"),
        (said(clinic, who) | {"recording": sound(WAV + b"x" * 100)}, "larger than 5 MB"),
        (said(clinic, who, recording_notice="") | {"recording": sound()}, "told that the call is recorded"),
        (said(clinic, who) | {"recording": sound()}, "not the SHA-256 of the recording attached"),
        (said(clinic, who) | {"recording": sound(), "scan": scan()}, "leave the scan away"),
        (paper | {"recording": sound()}, "Only a yes on the phone"),
        (paper | {"scan": sound()}, "no PDF, PNG or JPEG"),
    ):
        answer = browser.post(path(who), given)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    with acting_for(clinic.pk):
        assert not ConsentScan.objects.exists()
