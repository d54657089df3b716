"""How a listener knows that a request is ours and fresh: the signature of standardwebhooks.com, for which there are libraries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret to be shown once: 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, uid: str, at: int, body: bytes) -> dict[str, str]:
    """What goes with `body`: its id, the time in seconds, and the signature over both and the bytes."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{uid}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
