"""Evidence and erasing at the size of a release: a thousand changed bytes of each kind of pack, two hundred people forgotten."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consent.models import Contact, ContactPoint, Suppression
from messaging.evidence import verify
from messaging.evidence.erasing import erase
from messaging.evidence.pack import pack
from messaging.evidence.subject import Subject
from tenants import sealing
from tenants.clock import db_now
from tenants.scope import acting_for
from tenants.sealing_check import check
from tests import people
from tests.messaging.evidence.test_erasing import Case, everything, found
from tests.messaging.evidence.test_pack import Case as Packed
from tests.messaging.evidence.test_pack import unzipped
from tests.messaging.evidence.test_verify import bare_python, changed_signatures, laid_out, says_of_itself

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.reliability]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def packed() -> Packed:
    return Packed()


def test_a_thousand_changed_bytes_of_each_kind_of_pack_are_all_found(packed: Packed, tmp_path: Path) -> None:
    client, long_ago = packed.campaign.client, datetime(2020, 1, 1, tzinfo=UTC)
    for number, subject in enumerate((
        Subject(client, campaign=packed.campaign), Subject(client, contact=packed.jane), Subject(client, since=long_ago),
    )):  # fmt: skip
        whole, dice, missed = pack(subject), random.Random(6), []
        path = tmp_path / "pack.zip"
        for _ in range(1_000):
            changed = bytearray(whole)
            changed[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
            path.write_bytes(changed)
            if verify.main([str(path)]) == 0:
                missed.append(changed)
        assert missed == []
        assert bare_python(laid_out(unzipped(whole), tmp_path / str(number))).returncode == 0


def test_every_bit_of_the_signature_and_random_ones_of_every_unpacked_file_are_found(
    packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, dice = packed.pack(), random.Random(8)
    folder = laid_out(files, tmp_path / "unpacked")
    for changed in changed_signatures(files["manifest.sig"]):
        with pytest.raises((verify.Wrong, ValueError)):
            next(verify.check(files | {"manifest.sig": changed}))
    kinds = {Path(name).suffix: name for name in files} | {name: name for name in files if "/" not in name}
    for name in (name for name in kinds.values() if files[name] and name != "verify.py"):
        for _ in range(20):
            turned = bytearray(files[name])
            turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
            (folder / name).write_bytes(turned)
            with pytest.raises((verify.Wrong, ValueError)):
                list(verify.check(verify.read_folder(folder)))
        (folder / name).write_bytes(files[name])
    monkeypatch.setattr("sys.argv", ["verify.py"])
    program = files["verify.py"]
    for _ in range(3_000):
        turned = bytearray(program)
        turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
        assert says_of_itself(bytes(turned), folder) != 0, bytes(turned)
    # The lines that look at the program itself, every bit of them.
    for place in range(program.index(b'if __name__ == "__main__" and'), program.index(b"Files = dict")):
        for bit in range(8):
            turned = bytearray(program)
            turned[place] ^= 1 << bit
            assert says_of_itself(bytes(turned), folder) != 0, bytes(turned)


def test_two_hundred_erased_people_leave_nothing_and_stay_opted_out(case: Case) -> None:
    numbers = [people.a_phone() for _ in range(200)]
    with acting_for(case.clinic.pk):
        for number in numbers:
            her = people.contact(
                case.clinic, first_name="Canaria", phone=number, email=f"canaria{number[2:]}@example.org"
            )
            people.consent(her)
    case.erase()
    with acting_for(case.clinic.pk):
        for contact in list(Contact.objects.filter(merged_into=None).values_list("pk", flat=True)):
            erase(contact, case.olive)
    dump = "\n".join(everything()).lower()
    assert found() == set()
    assert [each for each in numbers if each[1:] in dump] == []
    sealing.seal(case.clinic.pk)
    with acting_for(case.clinic.pk):
        assert check(case.clinic.pk).wrong is None
        for number in numbers:
            point = ContactPoint.objects.get(
                contact=people.contact(case.clinic, first_name="Canaria", phone=number)
            )
            stays = Suppression.objects.in_force(db_now()).filter(address=point.address_id, source="legal")
            assert stays.exists()
