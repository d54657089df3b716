"""A pack proves itself with nothing but Python, and fails as soon as one byte of it is another."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from consent.models import ConsentRecord, ConsentScan, Contact, ContactPoint, Suppression
from messaging.evidence import verify
from messaging.evidence.pack import pack
from messaging.evidence.subject import Subject
from messaging.models import Message
from tenants import audit, sealing, sealing_pdf
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Membership, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed, reply
from tests.messaging.world import launched
from tests.tenants.sealed import tamper

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt yes, text me"
pytestmark = pytest.mark.django_db(transaction=True)


class Case:
    """A clinic whose campaign reached two of three people; the third opted out."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        made: Campaign = launched(self.clinic, texts=3)
        with acting_for(self.clinic.pk):
            last = Message.objects.order_by("-pk")[0]
            Suppression.objects.create(
                client=self.clinic, address_id=last.address_id, channel="sms", source="keyword"
            )
            self.out = Contact.objects.get(pk=last.contact_id)
        handed(self.clinic)
        with acting_for(self.clinic.pk):
            self.campaign = Campaign.objects.select_related("client__agency").get(pk=made.pk)
            first = Message.objects.filter(status="accepted").order_by("pk")[0]
            self.jane = Contact.objects.select_related("client__agency").get(pk=first.contact_id)
            reply(first, "SM77", body="=1+1 thanks")
            audit.record("contact.viewed", self.jane, client_id=self.clinic.pk)
            audit.record("contact.viewed", self.out, client_id=self.clinic.pk)
            audit.record("message.explained", first, client_id=self.clinic.pk)

    def pack(self) -> dict[str, bytes]:
        return unzipped(pack(Subject(self.campaign.client, campaign=self.campaign)))


@pytest.fixture
def case() -> Case:
    return Case()


def unzipped(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_a_campaigns_pack_holds_everything_that_stands_behind_it(case: Case) -> None:
    files = case.pack()

    def table(name: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(files[f"data/{name}.json"])
        return found

    assert [each["status"] for each in table("messages")] == ["accepted", "accepted", "held"]
    assert table("approvals")[0]["typed_name"] == "Bob"
    assert len(table("attempts")) == 2
    assert table("suppressions")[0]["source"] == "keyword"
    assert table("replies")[0]["body"] == "=1+1 thanks"
    assert len(table("disclosures")) == 2
    assert {each["kind"] for each in table("deciding_rows")} >= {"campaigns.Approval", "consent.Suppression"}
    assert {each["code"] for each in table("rules")} >= {"opted_out", "not_approved"}
    assert files["evidence.pdf"].startswith(b"%PDF")
    assert sealing_pdf.is_intact(files["evidence.pdf"])
    events = [json.loads(line) for line in files["audit/events.jsonl"].splitlines()]
    assert {each[4] for each in events} == {"campaign.launched", "message.explained"}
    whole = b"".join(files.values())
    for secret in (b"pbkdf2", b"argon2", b"md5$", people.PASSWORD.encode()):
        assert secret not in whole


def recorded(case: Case, who: Contact) -> int:
    """This person said yes on the phone, and the recording is kept."""
    with acting_for(case.clinic.pk):
        kept = ConsentScan.objects.create(
            client=case.clinic,
            sha256="0" * 64,
            content=base64.b64encode(WAV).decode(),
            added_by=people.user("Bob"),
        )
        ConsentRecord.objects.create(
            client=case.clinic, contact=who, address_id=who.points.get(channel="sms").address_id, channel="sms", purpose="care",
            tier="verbal", method="phone", scan=kept,
        )  # fmt: skip
    return int(kept.pk)


def test_a_persons_pack_holds_what_shows_their_yes_and_nobody_else(case: Case) -> None:
    scans = [recorded(case, who) for who in (case.jane, case.out)]
    with acting_for(case.clinic.pk):  # of one household: the other was written to at the same number
        hers, his = (Message.objects.get(contact=each) for each in (case.jane, case.out))
        ContactPoint.objects.create(
            client=case.clinic, contact=case.jane, address_id=his.address_id, channel="sms", value=people.a_phone()
        )  # fmt: skip
    files = unzipped(pack(Subject(case.jane.client, contact=case.jane)))
    list(verify.check(files))
    assert [each["id"] for each in json.loads(files["data/contacts.json"])] == [case.jane.pk]
    assert json.loads(files["data/contacts.json"])[0]["first_name"] == case.jane.first_name
    events = [json.loads(line) for line in files["audit/events.jsonl"].splitlines()]
    assert {each[4] for each in events} == {"contact.viewed", "message.explained"}
    assert files[f"files/consent-scan-{scans[0]}.wav"] == WAV
    assert f"files/consent-scan-{scans[1]}.wav" not in files
    assert [each["id"] for each in json.loads(files["data/messages.json"])] == [hers.pk]
    (told,) = json.loads(files["data/messages_to_others_at_the_address.json"])
    assert told == {
        "id": his.pk, "claimed_at": None, "channel": "sms", "status": "held", "delivery": "",
    }  # fmt: skip
    whole = b"".join(files.values())
    assert case.out.first_name.encode() not in whole


def test_of_the_agencys_people_a_pack_names_only_who_may_see_the_client(case: Case) -> None:
    other = people.client_of(people.agency(), "Other Smiles")
    people.member("Mallory", Role.STAFF, of=people.agency(), client=other)
    people.member("Erin", Role.STAFF, of=people.agency(), client=case.clinic)
    Membership.objects.filter(user__name="Erin").update(ended_at=db_now())
    with acting_for(case.clinic.pk):
        named = set(Subject(case.campaign.client).tables()["users"].values_list("email", flat=True))
    assert "mallory@example.org" not in named
    assert "erin@example.org" in named, "also who could once"


def test_a_clients_pack_holds_its_whole_record_from_a_day_on(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    call_command("evidence_pack", client="bright-smiles", since="2020-01-01", out=str(path))
    assert verify.main([str(path)]) == 0
    with acting_for(case.clinic.pk):
        exported = AuditEvent.objects.get(verb="evidence.exported")
        before = AuditEvent.objects.exclude(pk=exported.pk).count()
    assert len(unzipped(path.read_bytes())["audit/events.jsonl"].splitlines()) == before
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="exists already"):
        call_command("evidence_pack", campaign=case.campaign.pk, out=str(path))


def test_events_in_the_middle_of_a_long_record_are_proven(case: Case) -> None:
    from tests.tenants.sealed import many

    for _ in range(3):
        many(case.clinic, 1200)
        sealing.seal(case.clinic.pk)
    with acting_for(case.clinic.pk):
        audit.record("contact.viewed", case.jane, client_id=case.clinic.pk)
    files = unzipped(pack(Subject(case.jane.client, contact=case.jane)))
    assert "2 audit events" not in "".join(verify.check(files)), "the noise names contacts too"
    blocks = [json.loads(line) for line in files["audit/blocks.jsonl"].splitlines()]
    assert len(blocks) >= 6
    assert any(not each["leaves"] for each in blocks), (
        "blocks that hold nothing of it come without their lists"
    )


@pytest.mark.parametrize(
    "given, says",
    [
        ({"campaign": 999_999}, "no campaign"),
        ({"contact": 999_999}, "no contact"),
        ({"client": "nobody"}, "no client"),
        ({"client": "bright-smiles", "since": "31.1."}, "Give the day"),
        ({"campaign": 1, "since": "2026-01-01"}, "goes with --client"),
    ],
)
def test_the_command_says_what_is_wrong(given: dict[str, object], says: str, tmp_path: Path) -> None:
    people.clinic()
    with pytest.raises(CommandError, match=says):
        call_command("evidence_pack", out=str(tmp_path / "x.zip"), **given)


def test_over_a_record_that_was_tampered_with_no_pack_is_made(case: Case, tmp_path: Path) -> None:
    sealing.seal(case.clinic.pk)
    tamper("UPDATE tenants_audithead SET events = events - 1")
    with pytest.raises(CommandError, match="tampered with, so no pack would prove anything"):
        call_command("evidence_pack", campaign=case.campaign.pk, out=str(tmp_path / "x.zip"))


def test_cells_that_would_run_as_formulas_are_disarmed(case: Case) -> None:
    files = case.pack()
    assert b"'=1+1" in files["data/replies.csv"]
    assert b'"=1+1' in files["data/replies.json"]


def test_a_rival_finds_no_campaign_of_ours(case: Case) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert not Subject(rival, campaign=case.campaign).messages().exists()
