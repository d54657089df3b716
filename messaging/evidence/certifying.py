"""Certificates of what was thrown away: numbers only, signed with the key that seals the record."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from messaging.models import Certificate
from tenants import audit, sealing_keys
from tenants.clock import db_now
from tenants.models import User
from tenants.sealing import written


def certify(
    client_id: int,
    what: str,
    counts: dict[str, int],
    *,
    contact_id: int | None = None,
    before: datetime | None = None,
    by: User | None = None,
    ordered_by: str = "",
) -> Certificate:
    """Write the certificate and its audit event in the transaction of the deed. `ordered_by`: a name that only the certificate has."""
    at = db_now()
    text = json.dumps(
        {
            "certificate": "clear-to-send", "client": client_id, "what": what, "contact": contact_id,
            "before": written(before) if before else None, "counts": counts, "at": written(at),
            **({"ordered_by": ordered_by} if ordered_by else {}),
        },
        sort_keys=True,
    )  # fmt: skip
    made: Certificate = Certificate.objects.create(
        client_id=client_id, what=what, contact_id=contact_id, before=before, counts=counts, at=at, by=by, text=text,
        signature=sealing_keys.sign(text), key=sealing_keys.public_key(),
    )  # fmt: skip
    detail: dict[str, Any] = dict(counts)
    verb = {"person": "data.erased", "client": "data.client_deleted"}.get(what, "data.purged")
    audit.record(verb, made, client_id=client_id, by=by, **detail)
    return made


def is_genuine(certificate: Certificate) -> bool:
    """Whether the certificate still says what was signed, with a key of ours."""
    key = bytes(certificate.key)
    return key in sealing_keys.public_keys() and sealing_keys.is_signed(
        certificate.text, bytes(certificate.signature), key
    )
