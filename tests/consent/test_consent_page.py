"""Recording a consent: what is asked, what is kept, what it is enough for, and what it never undoes."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser

from consent.models import ConsentRecord, ConsentScan, Contact, Suppression, Tier
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel, Client, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
SIGNED = (
    "I agree that Bright Smiles may send me marketing texts automatically. Consent is not a condition of any purchase. "
    "Up to 4 texts a month. Message and data rates may apply. Reply STOP to opt out, HELP for help."
)
WORDING = "Would you like Bright Smiles to text you? It is optional. Reply STOP to opt out."


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def jane(of: Client) -> Contact:
    with acting_for(of.pk):
        return people.contact(of, phone="+15742310001", email="jane@example.com")


def scan(content: bytes = b"%PDF-1.7 signed by Jane") -> SimpleUploadedFile:
    return SimpleUploadedFile("jane.pdf", content)


def path(of: Contact) -> str:
    return f"/c/bright-smiles/contacts/{of.pk}/consent/"


def said(of: Client, who: Contact, **other: Any) -> dict[str, Any]:
    """A yes on the phone, complete."""
    with acting_for(of.pk):
        point = who.points.get(channel="sms").pk
    return {
        "point": point, "method": "phone", "purposes": ["care"], "wording": WORDING.replace("Bright Smiles", of.name),
        "day": "2026-03-02", "hour": "14:05", "asked_for": "time of the next visit", "reference": "REC-88",
        "taken_by": "Agent 7", "read_back": "on", "told_optional": "on", "script_version": "2",
        "caller_number": "+15742310001", "recording_notice": "on", "recording_sha256": "0" * 64,
    } | other  # fmt: skip


def signed(of: Client, who: Contact, method: str = "paper", **other: Any) -> dict[str, Any]:
    """A signed yes, complete but for the scan: a file is read once only."""
    own = {
        "paper": {"signed": "on"},
        "web_form": {"page_url": "https://brightsmiles.example/contact", "ip": "192.0.2.7", "user_agent": "Firefox"},
    }[method]  # fmt: skip
    return said(
        of, who, method=method, wording=SIGNED, purposes=["marketing"], reference="", script_version="", caller_number="",
        recording_sha256="", recording_notice="", signer_name="Jane Doe", form_version="3", own_box="on",
    ) | own | other  # fmt: skip


def test_a_yes_on_the_phone_is_kept_with_everything_that_proves_it() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    answer = as_(alice).post(path(who), said(clinic, who))
    assert answer["Location"] == f"/c/bright-smiles/contacts/{who.pk}/"
    with acting_for(clinic.pk):
        row = ConsentRecord.objects.get()
        assert (row.tier, row.method, row.purpose, row.channel) == (Tier.VERBAL, "phone", "care", "sms")
        assert row.since == datetime(2026, 3, 2, 14, 5, tzinfo=ZoneInfo(clinic.time_zone))
        assert row.address_id == who.points.get(channel="sms").address_id
        assert row.recorded_by == alice
        assert row.requested
        assert json.loads(row.evidence) == {
            "recording": "REC-88", "requested": "time of the next visit", "agent": "Agent 7",
            "number_read_back": True, "understood_optional": True, "script_version": "2", "caller_number": "+15742310001",
            "recording_notice": True, "recording_sha256": "0" * 64,
        }  # fmt: skip
        assert AuditEvent.objects.get(verb="consent.recorded").what == f"consent.ConsentRecord:{row.pk}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT evidence FROM consent_consentrecord")
            assert "REC-88" not in cursor.fetchone()[0]
    page = as_(alice).get(f"/c/bright-smiles/contacts/{who.pk}/life/").content.decode()
    for shown in ("Oral yes on record", "REC-88", "Agent 7", "time of the next visit", "read back"):
        assert shown in page


def test_the_script_offered_says_optional_rates_and_stop() -> None:
    clinic = people.clinic()
    page = as_(people.alice()).get(path(jane(clinic))).content.decode()
    for element in (clinic.name, "completely optional", "without it", "data rates", "replying STOP"):
        assert element in page


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"told_optional": ""}, "required"),
        ({"read_back": ""}, "required"),
        ({"reference": ""}, "number of its recording"),
        ({"recording_sha256": "x" * 64}, "64 digits"),
        ({"purposes": []}, "required"),
        ({"purposes": ["anything"]}, "not one of the available"),
        ({"point": "999999"}, "not one of the available"),
        ({"method": "imported"}, "not one of the available"),
        ({"wording": "May we text you? STOP ends it."}, "a yes to nobody"),
        ({"wording": "Bright Smiles may text you."}, "STOP"),
        ({"signed": "on"}, "Nobody signs on the phone"),
        ({"day": "2999-01-01"}, "has not come yet"),
        ({"day": "0202-03-02"}, "too long ago"),
    ],
)
def test_a_yes_that_lacks_something_is_not_recorded_and_what_was_typed_stays(
    wrong: dict[str, Any], says: str
) -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    answer = as_(alice).post(path(who), said(clinic, who) | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert b"Agent 7" in answer.content
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "element", ["marketing", "automatically", "rates", "condition", "HELP for help", "4 texts"]
)
def test_a_wording_that_lacks_an_element_is_a_number_given_and_says_so(element: str) -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    bare = signed(clinic, who, wording=SIGNED.replace(element, "")) | {"scan": scan()}
    page = as_(alice).post(path(who), bare, follow=True).content.decode()
    assert "as a number given only, because of what is missing: the wording does not say" in page
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.get().tier == Tier.NUMBER_GIVEN


def test_each_purpose_is_worth_what_its_own_wording_says() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    given = signed(clinic, who, purposes=["care", "marketing"], wording=SIGNED.replace("marketing ", ""))
    page = as_(alice).post(path(who), given | {"scan": scan()}, follow=True).content.decode()
    assert "for a part of what they were asked, as a number given only" in page
    with acting_for(clinic.pk):
        tiers = dict(ConsentRecord.objects.values_list("purpose", "tier"))
    assert tiers == {"care": Tier.WRITTEN, "marketing": Tier.NUMBER_GIVEN}


def test_a_newer_yes_of_the_same_kind_takes_the_place_of_the_former_which_stays_on_record() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    for reference in ("REC-1", "REC-2"):
        as_(alice).post(path(who), said(clinic, who, purposes=["care", "recall"], reference=reference))
    with acting_for(clinic.pk):
        rows = ConsentRecord.objects.order_by("pk")
        told = [(json.loads(row.evidence)["recording"], row.purpose, row.ended_at is None) for row in rows]
    assert told == [
        ("REC-1", "care", False), ("REC-1", "recall", False), ("REC-2", "care", True), ("REC-2", "recall", True),
    ]  # fmt: skip


def test_a_yes_after_a_stop_is_kept_and_lifts_nothing() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    with acting_for(clinic.pk):
        suppress(clinic.pk, who.points.get(channel="sms").address_id, Channel.SMS, Suppression.Source.KEYWORD)
    browser = as_(alice)
    page = browser.get(path(who)).content.decode()
    assert "nothing is sent there" in page
    assert "by texting START" in page
    browser.post(path(who), said(clinic, who))
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.in_force(db_now()).count() == 1
        assert Suppression.objects.get().ended_at is None


def test_somebody_without_a_number_gives_no_consent_to_texts() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        mailed = people.contact(clinic, email="jane@example.com")
    page = as_(alice).get(path(mailed)).content.decode()
    assert "No number to text" in page
    assert as_(alice).post(path(mailed), {"point": "1"}).status_code == 422


def test_a_number_given_up_is_no_choice() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    given = said(clinic, who)
    with acting_for(clinic.pk):
        who.points.filter(channel="sms").update(ended_at=db_now() - timedelta(days=1))
    assert as_(alice).post(path(who), given).status_code == 422


def test_the_front_desk_records_and_a_viewer_does_not() -> None:
    clinic = people.clinic()
    who = jane(clinic)
    given = said(clinic, who)
    viewer = as_(people.member("Vera", Role.VIEWER, client=clinic))
    assert viewer.get(path(who)).status_code == viewer.post(path(who), given).status_code == 403
    assert b"Record a consent" not in viewer.get(f"/c/bright-smiles/contacts/{who.pk}/").content
    desk = as_(people.fred(clinic))
    assert b"Record a consent" in desk.get(f"/c/bright-smiles/contacts/{who.pk}/").content
    assert desk.post(path(who), given).status_code == 302


def test_a_stranger_gets_nothing() -> None:
    clinic = people.clinic()
    who = jane(clinic)
    charlie = as_(people.charlie())
    assert charlie.get(path(who)).status_code == 404
    assert charlie.post(path(who), said(clinic, who)).status_code == 404
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.contact(rival, phone="+15742310007")
    assert as_(people.alice()).get(path(theirs)).status_code == 404
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.exists()


def test_a_signed_yes_without_its_scan_is_a_number_given_and_says_so() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    browser = as_(alice)
    given = signed(clinic, who)
    page = browser.post(path(who), given, follow=True)
    assert b"On record as a number given only, because of what is missing: the scan" in page.content
    with acting_for(clinic.pk):
        row = ConsentRecord.objects.get()
        assert (row.tier, row.missing) == (
            Tier.NUMBER_GIVEN,
            ["the scan of what they signed, by its SHA-256"],
        )
    for wrong in (scan(b"<script>"), scan(b"%PDF-" + b"x" * 5_000_000)):
        assert browser.post(path(who), given | {"scan": wrong}).status_code == 422


def test_the_scan_is_kept_encrypted_and_opened_on_record() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    browser = as_(alice)
    browser.post(path(who), signed(clinic, who) | {"scan": scan()})
    with acting_for(clinic.pk):
        made = ConsentRecord.objects.get()
        assert made.tier == Tier.WRITTEN
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM consent_consentscan")
            assert base64.b64encode(b"%PDF-1.7").decode()[:8] not in cursor.fetchone()[0]
    where = f"/c/bright-smiles/contacts/{who.pk}/consents/{made.pk}/"
    opened = browser.post(where + "scan/")
    assert (opened.content, opened["Content-Type"]) == (b"%PDF-1.7 signed by Jane", "application/pdf")
    assert opened["Content-Disposition"].startswith("attachment")
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="consent.scan_opened").count() == 1
        for change in ({"scan": None}, {"tier": Tier.WRITTEN, "scan_id": 0}):
            with pytest.raises(DatabaseError), transaction.atomic():
                ConsentRecord.objects.filter(pk=made.pk).update(**change)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ConsentScan.objects.all()._raw_delete("default")
    assert as_(people.charlie()).post(where + "scan/").status_code == 404


def test_a_consent_is_revoked_once_and_stays_on_record() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    browser = as_(alice)
    browser.post(path(who), said(clinic, who))
    with acting_for(clinic.pk):
        made = ConsentRecord.objects.get()
    where = f"/c/bright-smiles/contacts/{who.pk}/consents/{made.pk}/revoke/"
    assert as_(people.charlie()).post(where).status_code == 404
    assert where.encode() in browser.get(f"/c/bright-smiles/contacts/{who.pk}/life/").content
    browser.post(where)
    with acting_for(clinic.pk):
        ended = ConsentRecord.objects.get().ended_at
        assert ended is not None
    browser.post(where)
    page = browser.get(f"/c/bright-smiles/contacts/{who.pk}/life/").content
    assert b"Consent ended" in page
    assert where.encode() not in page
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.get().ended_at == ended
        assert AuditEvent.objects.filter(verb="consent.revoked").count() == 1
