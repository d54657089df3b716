"""The keys that seal: Ed25519, so that anyone can check a seal who cannot make one.

Derived from the hash keys, which are kept for ever and never stand in the database: whoever can rewrite
rows cannot sign them anew. The newest key seals, all are known when a seal is checked.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from tenants.hashing import hash_versions

PURPOSE = b"clear-to-send seal of records, 1"


def seed(purpose: bytes, version: int | None = None) -> bytes:
    """32 secret bytes for one purpose, from the newest hash key or the named version of it."""
    key = settings.HASH_KEYS[version if version is not None else hash_versions()[0]]
    return hmac.digest(key, purpose, hashlib.sha256)


def public_key() -> bytes:
    """The 32 bytes by which seals made now are checked."""
    return _private(seed(PURPOSE)).public_key().public_bytes_raw()


def public_keys() -> list[bytes]:
    """Every key of ours that may have sealed something, newest first."""
    return [_private(seed(PURPOSE, version)).public_key().public_bytes_raw() for version in hash_versions()]


def sign(text: str) -> bytes:
    """64 bytes: the signature over a text by the newest key."""
    return _private(seed(PURPOSE)).sign(text.encode())


def is_signed(text: str, signature: bytes, key: bytes) -> bool:
    """Whether `key` made the signature over the text."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=16)
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)
