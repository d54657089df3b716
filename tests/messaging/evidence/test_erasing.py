"""Forgotten means forgotten: nothing of an erased person is in a dump, whatever keys one has; what protects them stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from campaigns.models import Booking, Campaign
from consent.models import (
    ConsentRecord,
    ConsentScan,
    Contact,
    ContactPoint,
    Import,
    ImportRow,
    Pause,
    Suppression,
)
from messaging.evidence import erasing
from messaging.evidence.certifying import is_genuine
from messaging.evidence.erasing import CannotErase, erase
from messaging.models import Attempt, Certificate, Inbound, LegalHold, Message, RawHook, Status
from tenants import audit, sealing
from tenants.api import tokens
from tenants.clock import db_now
from tenants.encryption import decrypt
from tenants.models import ApiAnswer, AuditEvent, Client, User
from tenants.scope import acting_for
from tenants.sealing_check import check
from tests import people
from tests.messaging.flight import handed, reply
from tests.messaging.world import launched
from tests.tenants.sealed import superuser

pytestmark = pytest.mark.django_db(transaction=True)
CANARIES = ("Canaria", "Zwitscher", "canaria@example.org", "5742319876", "CANARY-77", "kanarienvogel")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


class Case:
    """A clinic that texted and mailed Canaria, who answered, and the child she signed for; her webhooks and her line of a list still
    lie there."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        self.olive: User = people.olive()
        with acting_for(self.clinic.pk):
            self.her: Contact = people.contact(
                self.clinic, first_name="Canaria", last_name="Zwitscher", phone="+15742319876",
                email="canaria@example.org", external_id="CANARY-77",
            )  # fmt: skip
            proof = people.consent(self.her)
            proof.evidence = json.dumps({"signer": "Canaria Zwitscher"})
            proof.save()
            self.kim: Contact = people.contact(
                self.clinic, first_name="Kim", phone=people.a_phone(), guardian=self.her, filled=["first_name", "guardian_first_name"]
            )  # fmt: skip
            signed = people.consent(self.kim)
            signed.evidence = json.dumps(
                {"signer_name": "Canaria Zwitscher", "signer_relationship": "guardian", "ip": "::1"}
            )
            signed.save()
        self.campaign: Campaign = launched(
            self.clinic,
            {"channel": "sms", "body": "Bright Smiles: Hi {{ first_name }}. Reply STOP to opt out."},
            texts=1,
        )
        handed(self.clinic)
        with acting_for(self.clinic.pk):
            self.message: Message = Message.objects.get(contact=self.her)
            told = Attempt.objects.filter(message__contact__in=[self.her, self.kim])
            told.update(content='{"text": "Hi Canaria"}')
            got = reply(self.message, "SM5", body="kanarienvogel says hi", contact_id=self.her.pk)
            Inbound.objects.filter(pk=got.pk).update(value="+15742319876")
            for number, body in enumerate(
                ("From=%2B15742319876&Body=kanarienvogel", '{"email":"Canaria@Example.org"}')
            ):
                RawHook.objects.create(
                    client=self.clinic,
                    provider="twilio",
                    kind="inbound",
                    delivery_id=f"d{number}",
                    body=body,
                    applied_at=db_now(),
                )
            listed = Import.objects.create(
                client=self.clinic, file_name="a.csv", file_sha256="0" * 64, state="done", done_at=db_now()
            )
            ImportRow.objects.create(
                client=self.clinic, of_import=listed, line=1, outcome="taken", contact_id=self.her.pk, phone="+15742319876",
                email="canaria@example.org",
            )  # fmt: skip
            ImportRow.objects.create(
                client=self.clinic,
                of_import=listed,
                line=2,
                outcome="refused",
                phone="+15742319876",
                reason="Twice in the list",
            )
            over: dict[str, Any] = {"client": self.clinic, "contact": self.her, "ended_at": db_now()}
            Pause.objects.create(reason="Canaria calls back", **over)
            LegalHold.objects.create(reason="Zwitscher v. Bright Smiles", **over)
            audit.record("contact.viewed", self.her, client_id=self.clinic.pk, by=self.olive)

    def erase(self) -> Certificate:
        with acting_for(self.clinic.pk):
            return erase(self.her.pk, self.olive)


@pytest.fixture
def case() -> Case:
    return Case()


def everything() -> Iterator[str]:
    """Every row of every table as text, and every encrypted value in it in clear: a dump read with every key."""
    with superuser() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            for (row,) in cursor.fetchall():
                yield row
                yield from (decrypt(token) for token in re.findall(r"gAAAAA[\w=-]+", row))


def found() -> set[str]:
    told = "\n".join(everything()).lower()
    return {canary for canary in CANARIES if canary.lower() in told}


def test_a_dump_decrypted_with_every_key_holds_nothing_of_an_erased_person(case: Case, folder: Path) -> None:
    assert found() == set(CANARIES), "before, all of it is there"
    made = case.erase()
    assert found() == set()
    assert made.counts["messages"] == 1
    assert made.counts["import_lines"] == 2
    assert made.counts["webhooks"] == 2
    assert not re.search("|".join(CANARIES), "".join(path.read_text() for path in folder.iterdir()), re.I)


def test_of_appointments_only_what_a_report_counts_is_left(case: Case) -> None:
    at = db_now()
    with acting_for(case.clinic.pk):
        booking = Booking.objects.create(
            client=case.clinic, contact=case.her, number="A-canaria", booked_at=at, for_at=at, cents=9_000, status="kept"
        )  # fmt: skip
    assert case.erase().counts["bookings"] == 1
    assert found() == set()
    with acting_for(case.clinic.pk):
        booking.refresh_from_db()
    assert (booking.number, booking.for_at, booking.status, booking.cents) == ("", None, "kept", 9_000)


def test_the_paper_of_a_consent_and_what_the_api_answered_are_emptied(case: Case) -> None:
    body = {"contact": {"first_name": "Canaria"}}
    with acting_for(case.clinic.pk):
        paper = ConsentScan.objects.create(
            client=case.clinic, sha256="0" * 64, content="canaria", added_by=case.olive
        )
        proof = ConsentRecord.objects.get(contact=case.her)
        ConsentRecord.objects.create(
            client=case.clinic, contact=case.her, address_id=proof.address_id, channel="sms", purpose="care", tier="written",
            method="paper", scan=paper,
        )  # fmt: skip
        key, _ = tokens.make(case.clinic, name="CRM", scopes=["contacts:write"], days=30, by=case.olive)
        ApiAnswer.objects.create(
            client=case.clinic, token=key, key_hash=b"1" * 32, request_hash=b"2" * 32, status=201, body=json.dumps(body)
        )  # fmt: skip
    case.erase()
    assert found() == set()
    with acting_for(case.clinic.pk):
        assert ConsentScan.objects.get().sha256 == "0" * 64
        assert ApiAnswer.objects.get().status == 201


def test_the_opt_out_still_works_when_the_same_list_comes_again(case: Case) -> None:
    case.erase()
    with acting_for(case.clinic.pk):
        again = people.contact(
            case.clinic, first_name="Canaria", phone="+15742319876", email="canaria@example.org"
        )
        for point in ContactPoint.objects.filter(contact=again):
            assert (
                Suppression.objects.in_force(db_now())
                .filter(address=point.address_id, source="legal")
                .exists()
            )


def test_what_proves_and_protects_stays(case: Case) -> None:
    before = case.message.evidence
    case.erase()
    with acting_for(case.clinic.pk):
        proof = ConsentRecord.objects.get(contact=case.her)
        assert (proof.wording, proof.evidence, proof.ended_at) == ("Yes, text me.", "", None)
        kept = Message.objects.get(pk=case.message.pk)
        assert (kept.status, kept.evidence, kept.contact_id) == (Status.ACCEPTED, before, case.her.pk)
        assert Attempt.objects.get(message=kept).emptied_at is not None
        assert Inbound.objects.get().label == "other"
        assert erasing.is_erased(Contact.objects.get(pk=case.her.pk))


def test_the_record_still_verifies_and_names_who_erased(case: Case) -> None:
    sealing.seal(case.clinic.pk)
    made = case.erase()
    sealing.seal(case.clinic.pk)
    with acting_for(case.clinic.pk):
        done = check(case.clinic.pk)
        assert (done.wrong, done.not_sealed) == (None, 0)
        event = AuditEvent.objects.get(verb="data.erased")
        assert (event.actor, event.what) == (case.olive, f"messaging.Certificate:{made.pk}")
        assert is_genuine(Certificate.objects.get())


def test_what_was_not_handed_over_is_cancelled_first(case: Case) -> None:
    with acting_for(case.clinic.pk):
        waiting = people.contact(case.clinic, first_name="Ann", phone=people.a_phone())
        people.consent(waiting)
    with acting_for(case.clinic.pk):
        other = Message.objects.get(contact=case.her)
        queued = Message.objects.create(
            **{f.attname: getattr(other, f.attname) for f in Message._meta.concrete_fields if f.attname not in
               ("id", "contact_id", "address_id", "status", "judged_at", "claimed_at", "evidence", "settled_at", "fence")},
            contact_id=waiting.pk, address_id=ContactPoint.objects.get(contact=waiting).address_id, status=Status.QUEUED,
        )  # fmt: skip
        made = erase(waiting.pk, case.olive)
        assert made.counts["cancelled"] == 1
        assert Message.objects.get(pk=queued.pk).status == Status.CANCELLED


def test_while_a_message_is_on_its_way_nothing_is_erased_and_nothing_half(case: Case) -> None:
    with acting_for(case.clinic.pk):
        Attempt.objects.filter(message=case.message).update(outcome="")
    with superuser() as cursor:
        cursor.execute("UPDATE messaging_message SET status = 'unknown' WHERE id = %s", [case.message.pk])
    with pytest.raises(CannotErase, match="Try again later"):
        case.erase()
    assert found() == set(CANARIES)


@pytest.mark.parametrize("over", ["contact", "campaign", "client"])
def test_a_legal_hold_keeps_the_person(case: Case, over: str) -> None:
    values: dict[str, dict[str, Any]] = {
        "contact": {"contact": case.her},
        "campaign": {"campaign": case.campaign},
        "client": {},
    }
    with acting_for(case.clinic.pk):
        hold = LegalHold.objects.create(client=case.clinic, reason="A suit", by=case.olive, **values[over])
    with pytest.raises(CannotErase, match="legal hold"):
        case.erase()
    with acting_for(case.clinic.pk):
        LegalHold.objects.filter(pk=hold.pk).end(db_now(), ended_by=case.olive)
    case.erase()
    assert found() == set()


def test_an_address_that_someone_else_uses_too_is_not_opted_out_for_them(case: Case) -> None:
    with acting_for(case.clinic.pk):
        partner = people.contact(case.clinic, first_name="Paul", phone="+15742319876")
        erase(case.her.pk, case.olive)
        address = ContactPoint.objects.get(contact=partner).address_id
        assert not Suppression.objects.filter(address=address).exists()
        assert not ContactPoint.objects.filter(contact=case.her).exists()


def test_erasing_twice_does_no_harm(case: Case) -> None:
    case.erase()
    case.erase()
    assert found() == set()


def test_a_certificate_is_never_changed_and_a_forged_one_is_seen(case: Case) -> None:
    made = case.erase()
    with acting_for(case.clinic.pk):
        with pytest.raises(DatabaseError), transaction.atomic():
            Certificate.objects.update(text="{}")
        made.text = made.text.replace("person", "nobody")
        assert not is_genuine(made)


def test_a_rivals_contact_cannot_be_erased(case: Case) -> None:
    with acting_for(people.rival_clinic().pk), pytest.raises(Contact.DoesNotExist):
        erase(case.her.pk, None)
