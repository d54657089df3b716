"""A pack proves itself with nothing but Python, and fails as soon as one byte of it is another."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from consent.models import ConsentRecord, ConsentScan, Contact, Suppression
from messaging.evidence import verify
from messaging.evidence.pack import pack
from messaging.evidence.subject import Subject
from messaging.models import Message
from tenants import audit, sealing, sealing_keys, sealing_pdf
from tenants.models import AuditEvent, Client
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


_made: dict[str, bytes] = {}


@pytest.fixture
def raw(request: pytest.FixtureRequest) -> bytes:
    """A campaign's pack, made once for all tests that only look at its bytes."""
    if not _made:
        case = request.getfixturevalue("case")
        _made["zip"] = pack(Subject(case.campaign.client, campaign=case.campaign))
    return _made["zip"]


@pytest.fixture
def case() -> Case:
    return Case()


def unzipped(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def laid_out(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def bare_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python by itself: no product, no packages, nothing of the environment."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments],
        cwd=folder, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_pack_is_proven_by_bare_python_in_an_empty_folder(raw: bytes, tmp_path: Path) -> None:
    done = bare_python(laid_out(unzipped(raw), tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROVEN: nothing in this pack was changed" in done.stdout
    assert re.search(r"Evidence about campaign \d+ of Bright Smiles", done.stdout)
    assert sealing_keys.public_key().hex() in done.stdout
    (tmp_path / "pack.zip").write_bytes(raw)
    assert bare_python(tmp_path).returncode == 0, "the zip may lie beside what came out of it"
    assert bare_python(tmp_path, "pack.zip").returncode == 0, "or be checked as it is"


def test_any_changed_byte_of_the_zip_is_found(raw: bytes, tmp_path: Path) -> None:
    dice, path, missed = random.Random(5), tmp_path / "pack.zip", []
    # All through the zip, and each of its first and last bytes: heads, names and the directory.
    places = [*range(0, 60), *(dice.randrange(len(raw)) for _ in range(60)), *range(len(raw) - 120, len(raw))]
    for place in places:
        changed = bytearray(raw)
        changed[place] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        if verify.main([str(path)]) == 0:
            missed.append(place)
    assert missed == []
    path.write_bytes(raw)
    assert verify.main([str(path)]) == 0


def test_a_changed_byte_of_any_file_is_found_by_bare_python(raw: bytes, tmp_path: Path) -> None:
    files = unzipped(raw)
    for number, name in enumerate(
        ("verify.py", "audit/events.jsonl", "data/messages.csv", "evidence.pdf", "manifest.sig")
    ):
        changed = bytearray(files[name])
        changed[len(changed) // 2] ^= 1
        folder = tmp_path / str(number)
        folder.mkdir()
        done = bare_python(laid_out(files | {name: bytes(changed)}, folder))
        assert done.returncode != 0, name


def changed_signatures(signature: bytes) -> Iterator[bytes]:
    """The signature's file with every bit of every byte turned, and with a byte more."""
    for place in range(len(signature)):
        for bit in range(8):
            changed = bytearray(signature)
            changed[place] ^= 1 << bit
            yield bytes(changed)
    yield from (signature + b"\n", signature.upper())


def test_no_other_way_of_writing_the_signature_is_taken_for_it(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = unzipped(raw)
    own = bytes.fromhex(files["manifest.sig"].decode())
    monkeypatch.setattr(
        verify, "is_signed", lambda _, signature, __: signature == own
    )  # at release in earnest
    for changed in changed_signatures(files["manifest.sig"]):
        with pytest.raises((verify.Wrong, ValueError)):
            next(verify.check(files | {"manifest.sig": changed}))


def says_of_itself(program: bytes, folder: Path) -> object:
    """The exit status of a verify.py that was changed, in the folder it lies in; what breaks it counts as 1."""
    (folder / "verify.py").write_bytes(program)
    try:
        exec(compile(program, str(folder / "verify.py"), "exec"), {"__name__": "__main__", "__file__": str(folder / "verify.py")})  # noqa: S102  # fmt: skip
    except SystemExit as ended:
        return ended.code
    except Exception as broken:
        return type(broken)
    return 0


def test_no_changed_byte_of_the_program_makes_it_take_itself_for_whole(
    raw: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = unzipped(raw)
    folder, program, dice = laid_out(files, tmp_path), files["verify.py"], random.Random(3)
    monkeypatch.setattr(sys, "argv", ["verify.py"])
    assert says_of_itself(program, folder) == 0
    # What decides over the end of it, changed as somebody would who knows how.
    for old, new in ((b'"__main__":', b'"__main_%":'), (b'"__main__" and', b'"__nain__" and'), (b"return 1", b"return 0"),
                     (b"argv) == 1", b"argv) != 1"), (b'sys.exit("N', b'sys.exit("n')):  # fmt: skip
        assert program.count(old) >= 1
        assert says_of_itself(program.replace(old, new), folder) != 0, new
    for _ in range(25):
        changed = bytearray(program)
        changed[dice.randrange(len(program))] ^= 1 << dice.randrange(8)
        assert says_of_itself(bytes(changed), folder) != 0


@pytest.mark.parametrize("how", ["missing", "added", "list"])
def test_a_file_taken_out_put_in_or_renamed_on_the_list_is_found(raw: bytes, how: str) -> None:
    files = unzipped(raw)
    if how == "missing":
        del files["data/approvals.json"]
    elif how == "added":
        files["data/more.json"] = b"[]"
    else:
        listed = json.loads(files["manifest.json"])
        listed["files"]["data/approvals.json"] = "0" * 64
        files["manifest.json"] = json.dumps(listed).encode()
    with pytest.raises(verify.Wrong):
        list(verify.check(files))


def forged(files: dict[str, bytes]) -> dict[str, bytes]:
    """The list made anew and signed with our own key, as whoever makes packs could."""
    listed = json.loads(files["manifest.json"])
    listed["files"] = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name not in ("manifest.json", "manifest.sig")
    }
    text = json.dumps(listed)
    return files | {"manifest.json": text.encode(), "manifest.sig": sealing_keys.sign(text).hex().encode()}


def test_even_with_the_list_signed_anew_the_sealed_events_cannot_be_others(raw: bytes) -> None:
    files = unzipped(raw)
    list(verify.check(forged(files)))
    events, blocks = files["audit/events.jsonl"], files["audit/blocks.jsonl"]
    others = {
        "was changed": {"audit/events.jsonl": events.replace(b"campaign.launched", b"campaign.LAUNCHED")},
        "in no sealed block": {
            "audit/events.jsonl": events + events.splitlines()[0].replace(b"[", b"[9", 1) + b"\n"
        },
        "was not signed": {"audit/blocks.jsonl": blocks.replace(b'"signature":"', b'"signature":"00', 1)},
        "not of this client": {
            "audit/head.json": files["audit/head.json"].replace(b'\\"head\\"', b'\\"tail\\"')
        },
        "newest block": {"audit/blocks.jsonl": b""},
    }
    for says, change in others.items():
        with pytest.raises((verify.Wrong, ValueError)) as found:
            list(verify.check(forged(files | change)))
        if isinstance(found.value, verify.Wrong):
            assert says in str(found.value) or "no sealed block" in str(found.value)


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
    files = unzipped(pack(Subject(case.jane.client, contact=case.jane)))
    list(verify.check(files))
    assert [each["id"] for each in json.loads(files["data/contacts.json"])] == [case.jane.pk]
    assert json.loads(files["data/contacts.json"])[0]["first_name"] == case.jane.first_name
    events = [json.loads(line) for line in files["audit/events.jsonl"].splitlines()]
    assert {each[4] for each in events} == {"contact.viewed", "message.explained"}
    assert files[f"files/consent-scan-{scans[0]}.wav"] == WAV
    assert f"files/consent-scan-{scans[1]}.wav" not in files
    whole = b"".join(files.values())
    assert case.out.first_name.encode() not in whole


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


def test_cells_that_would_run_as_formulas_are_disarmed(raw: bytes) -> None:
    files = unzipped(raw)
    assert b"'=1+1" in files["data/replies.csv"]
    assert b'"=1+1' in files["data/replies.json"]


def test_a_rival_finds_no_campaign_of_ours(case: Case) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert not Subject(rival, campaign=case.campaign).messages().exists()
