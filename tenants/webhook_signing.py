"""Signed requests between machines, theirs to us and ours to them: the scheme of standardwebhooks.com, for which there are libraries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret to be shown once: 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, uid: str, at: int, body: bytes) -> dict[str, str]:
    """What goes with `body`: its id, the time in seconds, and the signature over both and the bytes."""
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{_signature(secret, uid, str(at), body)}",
    }


def is_signed(known: Iterable[str], given: str, uid: str, at: str, body: bytes) -> bool:
    """Whether one of the signatures `given` was made with one of the `known` secrets."""
    mine = [each.removeprefix("v1,").encode() for each in given.split()[:8] if each.startswith("v1,")]
    right = [_signature(secret, uid, at, body).encode() for secret in known]
    return any(hmac.compare_digest(one, other) for one in mine for other in right)


def _signature(secret: str, uid: str, at: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, f"{uid}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
