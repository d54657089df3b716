"""Fernet tokens by the thousand, for lists of people: many times as fast as one by one.

The tokens are those of `cryptography.fernet` (https://github.com/fernet/spec) under the newest key, each
with its own random IV, and are read like any other. CBC only looks serial: the first blocks of ten
thousand values do not depend on each other, so one call to AES encrypts them all, then all second blocks.
"""

from __future__ import annotations

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

BLOCK = 16  # bytes
_VERSION = b"\x80"
_PADDING = [b""] + [bytes([short]) * short for short in range(1, BLOCK + 1)]


def encrypt_many(plain: Sequence[str]) -> list[str]:
    """The ciphertexts of these values, in their order, under the newest key."""
    key = urlsafe_b64decode(settings.FIELD_ENCRYPTION_KEY[0])
    cipher = Cipher(algorithms.AES(key[BLOCK:]), modes.ECB()).encryptor()  # noqa: S305
    head = _VERSION + int(time.time()).to_bytes(8, "big")
    signed = HMAC(key[:BLOCK], SHA256())
    signed.update(head)
    of_length: dict[int, list[int]] = {}
    padded = [value + _PADDING[BLOCK - len(value) % BLOCK] for value in map(str.encode, plain)]
    for place, value in enumerate(padded):
        of_length.setdefault(len(value), []).append(place)
    tokens = [""] * len(padded)
    for length, places in of_length.items():
        bodies = _encrypted(cipher, [padded[place] for place in places], length)
        for place, token in zip(places, _tokens(head, signed, bodies), strict=True):
            tokens[place] = token
    return tokens


def _encrypted(cipher: CipherContext, values: list[bytes], length: int) -> list[bytes]:
    """Each value's random IV and its CBC blocks; all values are of one length in bytes."""
    before = os.urandom(BLOCK * len(values))
    columns = [before]
    for at in range(0, length, BLOCK):
        blocks = values if length == BLOCK else [value[at : at + BLOCK] for value in values]
        before = cipher.update(_xor(b"".join(blocks), before))
        columns.append(before)
    cut = [slice(at, at + BLOCK) for at in range(0, BLOCK * len(values), BLOCK)]
    return [b"".join([column[here] for column in columns]) for here in cut]


def _tokens(head: bytes, signed: HMAC, bodies: list[bytes]) -> Iterator[str]:
    """Version and time, body, signature as URL-safe base64: coded in one go, each filled up to whole triples of bytes."""
    pieces: list[bytes] = []
    size = len(head) + len(bodies[0]) + SHA256.digest_size
    short = -size % 3
    for body in bodies:
        signature = signed.copy()
        signature.update(body)
        pieces += (head, body, signature.finalize(), _ZEROS[short])
    coded = urlsafe_b64encode(b"".join(pieces)).decode()
    width = (size + short) // 3 * 4
    for at in range(0, len(coded), width):
        # What the zeros at the end became is written as the padding that stands for them.
        yield coded[at : at + width - short] + _EQUALS[short]


_ZEROS, _EQUALS = (b"", b"\0", b"\0\0"), ("", "=", "==")


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(len(one), "little")
