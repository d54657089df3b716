"""Keyed hashes: how an address, a name's word or a token is found without being stored plain."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable

from django.conf import settings


def hash_versions() -> list[int]:
    """Key versions, newest first: new hashes are made with the first, look-ups try all."""
    return list(settings.HASH_KEYS)


def address_hash(channel: str, canonical: str, version: int | None = None) -> bytes:
    """32 bytes naming an address in canonical form (E.164, lower-cased e-mail) on a channel, for every client alike."""
    version = version if version is not None else hash_versions()[0]
    return hmac.digest(settings.HASH_KEYS[version], f"{channel}\0{canonical}".encode(), hashlib.sha256)


def address_hashes(channel: str, canonicals: Iterable[str], version: int) -> list[bytes]:
    """`address_hash` of many addresses of one channel, in their order."""
    key, prefix = settings.HASH_KEYS[version], f"{channel}\0"
    return [hmac.digest(key, (prefix + each).encode(), hashlib.sha256) for each in canonicals]


def word_hash(client_id: int, word: str) -> int:
    """A signed 64-bit keyed hash of one word of a name (or of a body), different for every client.

    Made with the oldest key, which is kept for ever, so that a rotation does not hide anybody from search.
    """
    folded = unicodedata.normalize("NFKC", word).casefold()
    oldest = settings.HASH_KEYS[min(settings.HASH_KEYS)]
    return int.from_bytes(
        hmac.digest(oldest, f"{client_id}\0{folded}".encode(), hashlib.sha256)[:8], "big", signed=True
    )


def words_of(text: str) -> list[str]:
    """The words a person may search by: split at anything that is not a letter, a digit or a mark."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded
    ).split()


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
