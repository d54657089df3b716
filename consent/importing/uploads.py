"""Where a client's list lies between upload and import: encrypted at rest, gone when the import is done."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tenants.encryption import decrypt, encrypt

PIECE = 192 * 1024  # bytes of plain text in one encrypted piece
_END = "end"


class UploadDamaged(Exception):
    """The stored file is not whole: a piece is missing, moved or changed."""


@dataclass(frozen=True)
class Kept:
    """A stored upload: its name in the store, what it is, how long it is."""

    name: str
    sha256: str
    size: int
    lines: int


def keep(chunks: Iterable[bytes]) -> Kept:
    """Store a file encrypted, piece by piece, in flat memory."""
    name = f"{secrets.token_hex(16)}.upload"
    digest, size, breaks, last = hashlib.sha256(), 0, 0, b""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, number = folder / name, 0
    try:
        with path.open("x", encoding="ascii") as out:
            for piece in _pieces(chunks):
                digest.update(piece)
                size += len(piece)
                breaks += piece.count(b"\n") or piece.count(b"\r")
                last = piece[-1:]
                out.write(encrypt(f"{number}:{piece.decode('latin-1')}") + "\n")
                number += 1
            out.write(encrypt(f"{_END}:{number}") + "\n")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Kept(name, digest.hexdigest(), size, breaks + (last not in (b"\n", b"\r", b"")))


def opened(name: str) -> BufferedReader:
    """The plain bytes of a stored upload; reading raises `UploadDamaged` when it is not whole.

    Raises `FileNotFoundError` when it was deleted.
    """
    if not name:
        raise FileNotFoundError("This upload was deleted.")
    return BufferedReader(_Decrypting(_folder() / name), PIECE)


def discard(name: str) -> None:
    """Delete a stored upload; one that is gone already is no error."""
    if name:
        (_folder() / name).unlink(missing_ok=True)


def discard_after_commit(name: str) -> None:
    """The same, once the row that named it says so for good: a rollback must not leave a row without its file."""
    transaction.on_commit(lambda: discard(name))


def discard_unnamed(named: set[str], *, older: float = 24 * 3600) -> int:
    """Delete uploads that no import names and nobody wrote to for `older` seconds: left by a process that was killed."""
    limit, count = time.time() - older, 0
    for path in _folder().glob("*.upload"):
        with suppress(FileNotFoundError):  # another worker was quicker
            if path.name not in named and path.stat().st_mtime < limit:
                path.unlink()
                count += 1
    return count


def _folder() -> Path:
    return Path(settings.UPLOAD_DIR)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


class _Decrypting(RawIOBase):
    def __init__(self, path: Path) -> None:
        self._tokens = path.open(encoding="ascii")
        self._number = 0
        self._plain = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._plain and not self._ended:
            self._next()
        taken = self._plain[: len(buffer)]
        buffer[: len(taken)] = taken
        self._plain = self._plain[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._tokens.close()
        super().close()

    def _next(self) -> None:
        token = self._tokens.readline().strip()
        number, _, plain = decrypt(token).partition(":") if token else ("", "", "")
        if number == _END and plain == str(self._number):
            self._ended = True
        elif number == str(self._number):
            self._plain = memoryview(plain.encode("latin-1"))
            self._number += 1
        else:
            raise UploadDamaged("A stored upload is not whole.")
