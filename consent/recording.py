"""A person's yes, taken down by a member with the evidence its method asks for (rule CONSENT-EVIDENCE)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile

from consent.models import ConsentRecord, ConsentScan, Contact, ContactPoint, Tier
from tenants import audit
from tenants.clock import db_now
from tenants.models import User

EVIDENCE = {
    "recording": "Recording or form",
    "requested": "They asked for",
    "agent": "Taken by",
    "number_read_back": "The number was read back",
    "understood_optional": "They were told that texts are optional and how to stop them",
    "signed": "They signed it themselves",
}


def record_consent(
    contact: Contact,
    point: ContactPoint,
    *,
    purposes: Collection[str],
    method: str,
    tier: Tier,
    wording: str,
    given_at: datetime,
    evidence: dict[str, str | bool],
    by: User,
    missing: Collection[str] = (),
    scan: ConsentScan | None = None,
) -> list[ConsentRecord]:
    """One row for each purpose, inside `acting_for`. A newer yes of the same kind ends the former; no opt-out is lifted.

    `evidence` (keys of `EVIDENCE`) is kept encrypted; the record of the deed holds ids only.
    """
    list(Contact.objects.select_for_update().filter(pk=contact.pk))  # two tabs, one after the other
    former = ConsentRecord.objects.filter(
        contact=contact, address=point.address_id, purpose__in=purposes, method=method, ended_at=None
    )
    former.end(db_now())
    made = []
    for purpose in purposes:
        row: ConsentRecord = ConsentRecord.objects.create(
            client_id=contact.client_id, contact=contact, address_id=point.address_id, channel=point.channel, purpose=purpose,
            tier=tier, method=method, wording=wording, evidence=json.dumps(evidence), since=given_at, recorded_by=by,
            missing=list(missing), scan=scan,
        )  # fmt: skip
        audit.record(
            "consent.recorded", row, client_id=contact.client_id, by=by, purpose=purpose, tier=str(tier), method=method
        )  # fmt: skip
        made.append(row)
    return made


def keep_scan(client_id: int, file: UploadedFile | None, *, by: User) -> ConsentScan | None:
    """The scan of what was signed, encrypted; inside `acting_for`. None when there is none."""
    if file is None:
        return None
    data = file.read()
    kept: ConsentScan = ConsentScan.objects.create(
        client_id=client_id, sha256=hashlib.sha256(data).hexdigest(),
        content=base64.b64encode(data).decode(), added_by=by,
    )  # fmt: skip
    return kept


def proof_of(record: ConsentRecord) -> str:
    """The wording and whatever evidence is kept with it, line by line, for whoever may see the contact."""
    lines = [record.wording]
    kept = json.loads(record.evidence) if record.evidence else {}
    for key, label in EVIDENCE.items():
        if kept.get(key) is True:
            lines.append(f"{label}: yes")
        elif kept.get(key):
            lines.append(f"{label}: {kept[key]}")
    if record.missing:
        lines.append(f"Missing for a higher tier: {', '.join(record.missing)}")
    if record.scan is not None:
        lines.append(f"Scan attached, SHA-256 {record.scan.sha256}")
    if record.recorded_by is not None:
        lines.append(f"Recorded by: {record.recorded_by.name}")
    return "\n".join(line for line in lines if line)
