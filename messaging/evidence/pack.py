"""Putting a pack together: tables, files, the sealed record, the PDF, the list that is signed, and what checks it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from campaigns import approval_documents
from campaigns.models import ApprovalDocument
from consent.models import ConsentRecord, ConsentScan
from messaging.evidence import book, disclosures, rows, seals, verify
from messaging.evidence.subject import Subject
from tenants import sealing, sealing_keys
from tenants.clock import db_now
from tenants.file_kinds import ending_of
from tenants.models import Agreement
from tenants.scope import acting_for

FORMAT = 1
AT_MOST = 300_000  # messages: a pack is put together in memory
READ_ME = """{about}
Made {made_at}.

evidence.pdf     what happened, in words
data/            every row, as JSON and as CSV
files/           approvals and agreements as they were signed and filed; of one person what shows their consents
audit/           the sealed record: events, the blocks they lie in, the pointer to the newest
manifest.json    the list of all files with their SHA-256, signed in manifest.sig
verify.py        checks all of it: python3 verify.py

What it shows and what it cannot show is told in verify.py and in evidence.pdf.
"""


class CannotPack(Exception):
    """The subject is too large for one pack, or its record is broken; the message is a sentence."""


def pack(subject: Subject) -> bytes:
    """The zip. Seals first what is not sealed yet; opens its own scopes. Raises CannotPack."""
    try:
        sealing.seal(subject.client.pk)
    except sealing.Refused as refused:
        raise CannotPack(
            f"The record was tampered with, so no pack would prove anything. {refused}"
        ) from None
    _put_on_paper(subject)
    with acting_for(subject.client.pk):
        if subject.messages().count() > AT_MOST:
            raise CannotPack(
                f"More than {AT_MOST:,} messages: choose one campaign, or a later day to begin with."
            )
        try:
            return verify.written_zip(_with_list(subject, _files(subject)))
        except approval_documents.ChangedDocument as changed:
            raise CannotPack(
                f"A paper was tampered with, so no pack would prove anything. {changed}"
            ) from None


def _put_on_paper(subject: Subject) -> None:
    """Make the documents of approvals that have none: what could not be made when it was signed is tried again here."""
    with acting_for(subject.client.pk):
        without = subject.tables()["approvals"].exclude(pk__in=ApprovalDocument.objects.values("approval"))
        missing = list(without.values_list("pk", flat=True))
    for each in missing:
        approval_documents.made_of(subject.client.pk, each)


def _files(subject: Subject) -> dict[str, bytes]:
    made_at, tables = db_now(), subject.tables()
    messages = subject.messages()
    files = {
        "READ-ME.txt": READ_ME.format(about=subject.about, made_at=sealing.written(made_at)).encode(),
        "verify.py": Path(verify.__file__).read_bytes(),
        "evidence.pdf": book.book(subject, made_at),
    }
    files |= dict(rows.files_of(tables))
    files |= dict(
        rows.both("deciding_rows", rows.deciding(messages, subject.contact.pk if subject.contact else None))
    )
    if subject.contact is not None:
        files |= dict(rows.both("messages_to_others_at_the_address", rows.to_others(subject.to_others())))
    files |= dict(rows.both("rules", rows.rules(messages)))
    files |= dict(rows.both("disclosures", disclosures.rows_of(subject)))
    documents = ApprovalDocument.objects.filter(pk__in=tables["approval_documents"].values("pk")).order_by(
        "pk"
    )
    files |= {f"files/approval-{each.approval_id}.pdf": approval_documents.pdf_of(each) for each in documents}
    filed = [each for each in Agreement.objects.filter(client=subject.client).order_by("pk") if each.file]
    files |= {
        f"files/agreement-{each.pk}{_ending(each.file_name)}": base64.b64decode(each.file) for each in filed
    }
    return files | _proofs(subject) | seals.files_of(subject)


def _proofs(subject: Subject) -> dict[str, bytes]:
    """Of one person also what shows that they said yes: scans, and recordings of calls. Of many they would fill the memory."""
    if subject.contact is None:
        return {}
    given = ConsentRecord.objects.filter(contact=subject.contact, scan__isnull=False).values("scan")
    kept = {
        each.pk: base64.b64decode(each.content)
        for each in ConsentScan.objects.filter(pk__in=given).order_by("pk")
    }
    return {f"files/consent-scan-{pk}{ending_of(data)}": data for pk, data in kept.items() if data}


def _with_list(subject: Subject, files: dict[str, bytes]) -> dict[str, bytes]:
    manifest = json.dumps(
        {
            "format": FORMAT,
            "about": subject.about,
            "client": subject.client.pk,
            "made_at": sealing.written(db_now()),
            "key": sealing_keys.public_key().hex(),
            "keys": [key.hex() for key in sealing_keys.public_keys()],
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        },
        indent=1,
    )
    return {
        "verify.py": files["verify.py"],
        "manifest.json": manifest.encode(),
        "manifest.sig": sealing_keys.sign(manifest).hex().encode(),
        **files,
    }


def _ending(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return found[0].lower() if found else ""
