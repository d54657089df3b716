"""Checks an evidence pack, with nothing but Python 3.9 or newer: python3 verify.py [PACK.zip]

Without an argument it checks the unpacked folder it lies in, itself included. It says what it found and ends
with 0 when everything is as it was when the pack was made, and with 1 when anything, down to one byte, is not.
Whoever rewrites this program can make it say anything: then check with the one of another pack.

What is proven: every file is the one the list names (SHA-256); the list was signed; the audit events are
the ones that were sealed, in blocks that follow from each other, up to the newest; all with one key. That
the key is the right one you see by comparing it with the daily mails, or with the approval you were sent.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional, Tuple

LIST, SIGNATURE, FIRST = "manifest.json", "manifest.sig", "00" * 32
DATE, MODE = 0x0021, 0o100644 << 16  # the first day zip files know; a plain file

# It looks at itself twice, here and in check(), so that no single changed byte of it can turn off both looks.
if __name__ == "__main__" and len(sys.argv) == 1:
    HERE = Path(__file__).resolve()
    listed = b"".join(path.read_bytes() for path in HERE.parent.glob("manifest.json"))
    if hashlib.sha256(HERE.read_bytes()).hexdigest().encode() not in listed:
        sys.exit("NOT PROVEN: verify.py was changed, or the list of files is missing.")

Files = dict[str, bytes]
Point = Tuple[int, int, int, int]


class Wrong(Exception):
    """What is not as it was."""


def main(arguments: list[str]) -> int:
    """Check, say, and return the exit status."""
    try:
        files = read_zip(Path(arguments[0])) if arguments else read_folder(Path(__file__).resolve().parent)
        for line in check(files):
            print(line)
    except Wrong as wrong:
        print(f"NOT PROVEN: {wrong}")
        return 1
    except Exception as broken:  # whatever a changed byte makes of a file
        print(f"NOT PROVEN: a file of the pack cannot be read ({type(broken).__name__}).")
        return 1
    print("PROVEN: nothing in this pack was changed since it was made.")
    return 0


def check(files: Files) -> Iterator[str]:
    """Everything, in order; yields what holds as sentences."""
    manifest = json.loads(files[LIST])
    key, signature = bytes.fromhex(manifest["key"]), bytes.fromhex(files[SIGNATURE].decode())
    if files[SIGNATURE] != signature.hex().encode():  # capitals and spaces would say the same number
        raise Wrong("the signature of the list is not written as it was.")
    if not is_signed(files[LIST], signature, key):
        raise Wrong("the list of files was not signed with the key it names.")
    named = manifest["files"]
    for name in sorted(set(files) - {LIST, SIGNATURE} - set(named)):
        raise Wrong(f"{name} is not on the list.")
    for name, digest in sorted(named.items()):
        if name not in files:
            raise Wrong(f"{name} is missing.")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Wrong(f"{name} was changed.")
    yield f"{manifest['about']}, made {manifest['made_at']}"
    yield f"{len(named)} files are as they were."
    yield check_audit(files, manifest["client"])
    yield f"Public key: {manifest['key']}"
    yield "Compare it with the one in your daily mails and on your copy of an approval."


def check_audit(files: Files, client: int) -> str:
    """The sealed events: each hash, each block, each signature, one chain up to the newest block."""
    blocks = [json.loads(line) for line in files["audit/blocks.jsonl"].decode().splitlines()]
    texts = {json.loads(line)[0]: line for line in files["audit/events.jsonl"].decode().splitlines()}
    keys: list[str] = json.loads(files[LIST])["keys"]
    previous: Optional[tuple[int, str]] = None
    shown: set[int] = set()
    for block in blocks:
        head = json.loads(block["header"])
        number, before, root, events, key = head[4], head[5], head[6], head[7], head[-1]
        if head[:4] != ["clear-to-send", 1, "block", client] or key not in keys:
            raise Wrong(f"block {number} is not one of this client and these keys.")
        if not is_signed(block["header"].encode(), bytes.fromhex(block["signature"]), bytes.fromhex(key)):
            raise Wrong(f"block {number} was not signed with the key it names.")
        if previous is not None and (number != previous[0] + 1 or before != previous[1]):
            raise Wrong(f"block {number} does not follow from the one before it.")
        if previous is None and number == 1 and before != FIRST:
            raise Wrong("the first block has something before it.")
        previous = (number, hashlib.sha256(block["header"].encode()).hexdigest())
        if block["leaves"]:
            shown |= check_leaves(block["leaves"], number, root, events, texts)
    if set(texts) - shown:
        raise Wrong(f"event {min(set(texts) - shown)} is in no sealed block.")
    check_head(files, client, keys, previous)
    last = f" up to block {previous[0]}" if previous else ""
    return f"{len(texts)} audit events are as they were sealed, in a chain of {len(blocks)} blocks{last}."


def check_leaves(leaves: list[Any], number: int, root: str, events: int, texts: dict[int, str]) -> set[int]:
    """One block's list of events; returns the ids of those whose text is in the pack."""
    packed = b"".join(struct.pack(">q", ident) + bytes.fromhex(digest) for ident, digest in leaves)
    if hashlib.sha256(packed).hexdigest() != root or len(leaves) != events:
        raise Wrong(f"the list of events of block {number} was changed.")
    shown = {ident for ident, _ in leaves if ident in texts}
    for ident, digest in leaves:
        if ident in shown and hashlib.sha256(texts[ident].encode()).hexdigest() != digest:
            raise Wrong(f"event {ident} was changed.")
    return shown


def check_head(files: Files, client: int, keys: list[str], previous: Optional[tuple[int, str]]) -> None:
    """The pointer to the newest block."""
    given = json.loads(files["audit/head.json"])
    if not given:
        if previous is not None:
            raise Wrong("the pointer to the newest block is missing.")
        return
    line = json.loads(given["line"])
    if line[:4] != ["clear-to-send", 1, "head", client] or line[-1] not in keys:
        raise Wrong("the pointer to the newest block is not of this client and these keys.")
    if not is_signed(given["line"].encode(), bytes.fromhex(given["signature"]), bytes.fromhex(line[-1])):
        raise Wrong("the pointer to the newest block was changed.")
    if previous != (line[4], line[5]):
        raise Wrong("the newest block is not the one that was pointed to.")


# -- the pack as it lies ----------------------------------------------------------------------------


def read_folder(folder: Path) -> Files:
    """The unpacked files by name; a zip beside them is where they came from."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not (path.parent == folder and path.suffix == ".zip")
    }


def read_zip(path: Path) -> Files:
    """The files of the zip by name; every byte of the zip must be one that the way it is written demands."""
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as pack:
        entries, files = pack.infolist(), {}
        for entry in entries:
            files[entry.filename] = pack.read(entry)
    if len(files) != len(entries) or written_zip(files) != raw:
        raise Wrong("the zip itself was changed.")
    return files


def written_zip(files: Files) -> bytes:
    """The one way in which a pack is put into a zip: stored, in order, nothing left to choice."""
    body, directory = bytearray(), bytearray()
    for name, content in files.items():
        said = name.encode()
        fixed = struct.pack(
            "<HHHHIIIHH", 0x800, 0, 0, DATE, zlib.crc32(content), len(content), len(content), len(said), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<HH", 0x314, 20) + fixed
        directory += struct.pack("<HHHII", 0, 0, 0, MODE, len(body)) + said
        body += b"PK\x03\x04" + struct.pack("<H", 20) + fixed + said + content
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


# -- Ed25519 (RFC 8032), only the checking ---------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    """Whether `key` made the signature over these bytes."""
    if len(signature) != 64 or len(key) != 32:
        return False
    a, r, s = unpacked(key), unpacked(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x1, y1, z1, _ = times(s, base())
    x2, y2, z2, _ = plus(r, times(h, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def base() -> Point:
    """The point everything is a multiple of."""
    x = 15112221349535400772501151409588531511454012693041857206046113283949847762202
    y = 4 * pow(5, P - 2, P) % P
    return (x, y, 1, x * y % P)


def unpacked(given: bytes) -> Optional[Point]:
    """The point in 32 bytes; None when they are none."""
    y = int.from_bytes(given, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def plus(p: Point, q: Point) -> Point:
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f, g * h, f * g, e * h)


def times(s: int, p: Point) -> Point:
    """A multiple of a point."""
    made = (0, 1, 1, 0)
    while s:
        if s & 1:
            made = plus(made, p)
        p, s = plus(p, p), s >> 1
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
