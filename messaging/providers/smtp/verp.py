"""The return path of a mail names its attempt, signed, so that a bounce binds without trusting what it quotes."""

from __future__ import annotations

import hmac
import re
from uuid import UUID

from django.utils.crypto import salted_hmac

_LOCAL = re.compile(r"b-([0-9a-f]{32})-([0-9a-f]{20})")


def return_path(attempt_id: UUID, domain: str) -> str:
    """`b-<attempt>-<signature>@domain`: 55 characters before the @ (64 are allowed)."""
    return f"b-{attempt_id.hex}-{_signature(attempt_id)}@{domain}"


def attempt_of(address: str) -> UUID | None:
    """The attempt that a return path of ours names; None for any other address."""
    found = _LOCAL.fullmatch(address.strip().strip("<>").partition("@")[0].lower())
    if found is None:
        return None
    attempt_id = UUID(hex=found[1])
    return attempt_id if hmac.compare_digest(found[2], _signature(attempt_id)) else None


def _signature(attempt_id: UUID) -> str:
    return salted_hmac("messaging.providers.smtp.verp", attempt_id.hex, algorithm="sha256").hexdigest()[:20]
