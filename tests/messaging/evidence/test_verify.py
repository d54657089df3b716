"""What a pack says of itself: proven as it is, and not after any change of it."""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.evidence import verify
from messaging.evidence.pack import pack
from messaging.evidence.subject import Subject
from tenants import sealing_keys
from tests.messaging.evidence.test_pack import Case, unzipped

pytestmark = pytest.mark.django_db(transaction=True)

_made: dict[str, bytes] = {}


@pytest.fixture
def raw(transactional_db: None) -> bytes:  # noqa: ARG001
    """A campaign's pack, made once for all tests that only look at its bytes."""
    if not _made:
        case = Case()
        _made["zip"] = pack(Subject(case.campaign.client, campaign=case.campaign))
    return _made["zip"]


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
