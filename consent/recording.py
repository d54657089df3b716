"""A person's yes, taken down by a member with the evidence its method asks for (rule CONSENT-EVIDENCE)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max

from consent import proof
from consent.models import ConsentRecord, ConsentScan, Contact, ContactPoint
from tenants import audit
from tenants.clock import db_now
from tenants.models import User
from tenants.templatetags.masks import address_for


def record_consent(
    contact: Contact,
    point: ContactPoint,
    *,
    worth: Mapping[str, proof.Worth],
    method: str,
    wording: str,
    given_at: datetime,
    evidence: dict[str, str | bool],
    by: User | None,
    scan: ConsentScan | None = None,
    expires_at: datetime | None = None,
) -> list[ConsentRecord]:
    """One row for each purpose, inside `acting_for`. A newer yes of the same kind ends the former; no opt-out is lifted.

    One that is older than what stands, or than the day such a consent was taken back, is kept as history only.

    `worth` says by purpose what it reaches. `by`: the member who took it down; None when the person did it themselves.
    `evidence` (keys of `proof.ASKED_OF`) is kept encrypted; the record of the deed holds ids only.
    """
    list(Contact.objects.select_for_update().filter(pk=contact.pk))  # two tabs, one after the other
    at = db_now()
    same = ConsentRecord.objects.filter(
        contact=contact, address=point.address_id, purpose__in=list(worth), method=method
    )
    standing = {each.purpose: each for each in same.filter(ended_at=None).defer("evidence")}
    taken_back = dict(same.order_by().values_list("purpose").annotate(last=Max("ended_at")))
    newer = [each.pk for each in standing.values() if each.since <= given_at]
    same.filter(pk__in=newer).end(at)
    made = []
    for purpose, found in worth.items():
        history = ended_before(standing.get(purpose), taken_back.get(purpose), given_at, at)
        row: ConsentRecord = ConsentRecord.objects.create(
            client_id=contact.client_id, contact=contact, address_id=point.address_id, channel=point.channel, purpose=purpose,
            tier=found.tier, method=method, wording=wording, evidence=json.dumps(evidence), since=given_at, recorded_by=by,
            missing=found.missing, requested=proof.says_what(method, evidence), scan=scan, expires_at=expires_at, ended_at=history,
        )  # fmt: skip
        audit.record(
            "consent.recorded", row, client_id=contact.client_id, by=by, purpose=purpose, tier=str(found.tier), method=method
        )  # fmt: skip
        made.append(row)
    return made


def ended_before(
    standing: ConsentRecord | None, taken_back: datetime | None, given_at: datetime, at: datetime
) -> datetime | None:
    """When a yes given then had ended already: it is older than the one that stands, or than the taking back; None if it counts."""
    if standing is not None:
        return at if standing.since > given_at else None
    return taken_back if taken_back is not None and given_at <= taken_back else None


def record_own_yes(
    contact: Contact,
    point: ContactPoint,
    *,
    brand: str,
    purposes: Iterable[str],
    method: str,
    wording: str,
    given_at: datetime,
    evidence: dict[str, str | bool],
    expires_at: datetime | None = None,
) -> list[ConsentRecord]:
    """A yes that the person gave by themselves, worth what its proof says for each purpose; inside `acting_for`."""
    minor = proof.is_minor(contact, given_at)
    worth = {
        purpose: proof.worth(
            method, point.channel, purpose, wording=wording, brand=brand, evidence=evidence, minor=minor
        )
        for purpose in purposes
    }
    return record_consent(
        contact, point, worth=worth, method=method, wording=wording, given_at=given_at, evidence=evidence, by=None,
        expires_at=expires_at,
    )  # fmt: skip


def keep_scan(client_id: int, file: UploadedFile | None, *, by: User) -> ConsentScan | None:
    """The scan of what was signed or the recording of what was said, encrypted; inside `acting_for`. None when there is none."""
    if file is None:
        return None
    data = file.read()
    kept: ConsentScan = ConsentScan.objects.create(
        client_id=client_id, sha256=hashlib.sha256(data).hexdigest(),
        content=base64.b64encode(data).decode(), added_by=by,
    )  # fmt: skip
    return kept


def proof_of(record: ConsentRecord, *, clear: bool) -> str:
    """The wording and whatever evidence is kept with it, line by line, for whoever may see the contact."""
    lines = [record.wording]
    kept = json.loads(record.evidence) if record.evidence else {}
    for item in proof.ASKED_OF.get(record.method, ()):
        if kept.get(item.key):
            said = "yes" if kept[item.key] is True else kept[item.key]
            if item is proof.CALLER:
                said = address_for(said, clear)
            lines.append(f"{item.label[0].upper()}{item.label[1:]}: {said}")
    if record.missing:
        lines.append(f"Missing for a higher tier: {', '.join(record.missing)}")
    if record.scan is not None:
        what = "Recording" if record.method == ConsentRecord.Method.PHONE else "Scan"
        lines.append(f"{what} attached, SHA-256 {record.scan.sha256}")
    if record.recorded_by is not None:
        lines.append(f"Recorded by: {record.recorded_by.name}")
    return "\n".join(line for line in lines if line)
