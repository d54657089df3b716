"""Keyed hashes: how an address, a name's word or a token is found without being stored plain."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings


def hash_versions() -> list[int]:
    """Key versions, newest first: new hashes are made with the first, look-ups try all."""
    return list(settings.HASH_KEYS)


def address_hash(channel: str, canonical: str, version: int | None = None) -> bytes:
    """32 bytes naming an address in canonical form (E.164, lower-cased e-mail) on a channel, for every client alike."""
    version = version if version is not None else hash_versions()[0]
    return address_hashes(channel, [canonical], version)[0]


def address_hashes(channel: str, canonicals: Iterable[str], version: int) -> list[bytes]:
    """`address_hash` of many addresses of one channel, in their order."""
    return _digests(settings.HASH_KEYS[version], f"{channel}\0", canonicals)


def word_hash(client_id: int, word: str) -> int:
    """A signed 64-bit keyed hash of one word of a name (or of a body), different for every client.

    Made with the oldest key, which is kept for ever, so that a rotation does not hide anybody from search.
    """
    return word_hashes(client_id, [word])[0]


def word_hashes(client_id: int, words: Iterable[str]) -> list[int]:
    """`word_hash` of many words, in their order."""
    folded = [unicodedata.normalize("NFKC", word).casefold() for word in words]
    digests = _digests(settings.HASH_KEYS[min(settings.HASH_KEYS)], f"{client_id}\0", folded)
    return [int.from_bytes(digest[:8], "big", signed=True) for digest in digests]


def words_of(text: str) -> list[str]:
    """The words a person may search by: split at anything that is not a letter, a digit or a mark."""
    if text.isascii():  # a shorter way to the same words
        return _ASCII_WORD.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded
    ).split()


_ASCII_WORD = re.compile("[0-9a-z]+")


def _digests(key: bytes, prefix: str, texts: Iterable[str]) -> list[bytes]:
    """HMAC-SHA256 of prefix + text, for each; the key and the prefix are taken in once, which is most of the work."""
    begun = _keyed(key).copy()
    begun.update(prefix.encode())
    made = []
    for text in texts:
        one = begun.copy()
        one.update(text.encode())
        made.append(one.finalize())
    return made


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> HMAC:
    return HMAC(key, SHA256())


def lock_key(kind: str, ident: int) -> int:
    """The 64-bit advisory-lock key of an address, a household or a job; stable across processes and machines."""
    return int.from_bytes(
        hashlib.blake2b(f"{kind}\0{ident}".encode(), digest_size=8).digest(), "big", signed=True
    )


def new_token() -> tuple[str, bytes]:
    """A secret of 32 random bytes for a link (43 URL-safe characters), and the hash under which it is stored."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """SHA-256 of a link's token: enough, because the token itself is 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
