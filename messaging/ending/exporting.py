"""Everything a client owns as one zip in open formats: each table as CSV and as JSON lines, papers as files.

Written piece by piece, so that a million people fit. `sha256sum -c SHA256SUMS` checks the unpacked files;
the list is signed with the key that seals the record.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

from campaigns.models import ApprovalDocument
from compliance.models import Policy
from compliance.policy import KEY
from consent.models import ConsentScan
from messaging.evidence.rows import LEFT_OUT, plain
from messaging.models import Message, Picture
from tenants import sealing_keys
from tenants.clock import db_now
from tenants.csv_export import Safe, safe_cell
from tenants.file_kinds import ending_of
from tenants.models import Agreement, Client, Membership, User
from tenants.scope import acting_for
from tenants.sealing import written

ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging")
AT_ONCE = 2000
# Ours and not the client's: secrets as hashes, what is computed from other rows, copies, the machine's own notes.
NOT_THEIRS = frozenset({
    "tenants.ApiToken", "tenants.ApiAnswer", "tenants.HookEndpoint", "tenants.AuditBlock", "tenants.AuditHead",
    "consent.PreferenceLink", "consent.MailConfirmation", "consent.ListSource", "campaigns.ReviewLink", "campaigns.BookingHook",
    "campaigns.BookingHookSecret", "campaigns.BookingDelivery", "compliance.OwnWindow", "compliance.Bucket",
    "compliance.MailDomain",
    "compliance.SentSegments", "messaging.Turn", "messaging.EvidencePack", "messaging.LedgerCheck",
    "messaging.Listener", "messaging.ToTell", "messaging.Redaction", "messaging.HoldAnswer", "messaging.Recovered",
    "messaging.Tally", "messaging.Entry", "messaging.EntryTally", "messaging.Answered",
})  # fmt: skip
READ_ME = """Everything that {name} owns here, as of {at}.

data/         each table twice: as CSV, and as one JSON document a line (.jsonl)
files/        approvals as signed, agreements as filed, papers on which people agreed
SHA256SUMS    the SHA-256 of every file: sha256sum -c SHA256SUMS
SHA256SUMS.sig, SHA256SUMS.key   its Ed25519 signature and the public key, in hex

Rows name each other by number: consent_suppression.address_id is consent_contactpoint.address_id.
What every check said when a message was judged stands in compliance_policy, under the "policy" of messaging_message.evidence.
An opt-out of an address that no person here has any more is a number only: the address itself was never kept.
Keys, passwords and accounts at providers are not in here. Evidence that proves itself is asked for as a pack.
This file holds names and addresses in clear: keep it as you would keep the patients' files.
"""


def owned_tables() -> list[type[Model]]:
    """Every table with a client in it but those that are not the client's own."""
    found = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return [
        model
        for model in found
        if model._meta.label not in NOT_THEIRS and any(f.name == "client" for f in model._meta.local_fields)
    ]


def pieces(client: Client) -> Iterator[bytes]:
    """The zip, piece by piece. Opens its own scope."""
    with acting_for(client.pk):
        yield from _Writer(client).pieces()


class _Pipe(io.RawIOBase):
    """What the zip is written to: keeps what was not taken yet."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, given: Any) -> int:
        self.waiting += given
        return len(given)

    def taken(self) -> bytes:
        piece = bytes(self.waiting)
        self.waiting.clear()
        return piece


class _Writer:
    def __init__(self, client: Client) -> None:
        self.client, self.pipe, self.sums = client, _Pipe(), ""
        self.zip = zipfile.ZipFile(self.pipe, "w", zipfile.ZIP_DEFLATED)

    def pieces(self) -> Iterator[bytes]:
        at = written(db_now())
        yield from self._file("READ-ME.txt", [READ_ME.format(name=self.client.name, at=at).encode()])
        for model in owned_tables():
            yield from self._table(model._meta.db_table, model._default_manager.filter(client=self.client))
        members = Membership.objects.filter(client=self.client).values("user")
        yield from self._table("tenants_client", Client.objects.filter(pk=self.client.pk))
        yield from self._table("tenants_user", User.objects.filter(pk__in=members))
        yield from self._table("compliance_policy", _policies(self.client))
        yield from self._papers()
        signed = self.sums
        yield from self._file("SHA256SUMS", [signed.encode()])
        yield from self._file("SHA256SUMS.sig", [sealing_keys.sign(signed).hex().encode()])
        yield from self._file("SHA256SUMS.key", [sealing_keys.public_key().hex().encode()])
        self.zip.close()
        yield self.pipe.taken()

    def _table(self, name: str, rows: QuerySet[Any]) -> Iterator[bytes]:
        ordered = rows.order_by("pk")
        for ending, lines in ((".csv", _csv), (".jsonl", _jsonl)):
            yield from self._file(f"data/{name}{ending}", lines(ordered))

    def _papers(self) -> Iterator[bytes]:
        kinds: list[tuple[str, type[Model], str, Callable[[Any], str]]] = [
            ("approval", ApprovalDocument, "file", lambda _: ".pdf"),
            ("agreement", Agreement, "file", lambda row: "-" + row.file_name.replace("/", "_")),
            ("consent", ConsentScan, "content", lambda row: ending_of(base64.b64decode(row.content[:64]))),
            ("picture", Picture, "file", lambda _: ".jpg"),
        ]
        for kind, model, column, ending in kinds:
            rows = model._default_manager.filter(client=self.client).order_by("pk")
            for row in rows.iterator(chunk_size=20):
                if held := getattr(row, column):
                    name = f"files/{kind}-{row.pk}{ending(row)}"
                    yield from self._file(name, [base64.b64decode(held)])

    def _file(self, name: str, chunks: Any) -> Iterator[bytes]:
        digest = hashlib.sha256()
        with self.zip.open(name, "w", force_zip64=True) as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
                yield self.pipe.taken()
        if name.startswith(("data/", "files/", "READ")):
            self.sums += f"{digest.hexdigest()}  {name}\n"


def _policies(client: Client) -> QuerySet[Policy]:
    """Each in the wording by which one of the client's messages was judged; no table of the client's, but its messages name them."""
    named = Message.objects.filter(client=client).order_by().values_list(f"evidence__{KEY}__0", flat=True)
    rows: QuerySet[Policy] = Policy.objects.filter(pk__in=[each for each in named.distinct() if each])
    return rows


def columns(model: type[Model]) -> list[str]:
    """What of a table is given back: all but what opens something."""
    gone = LEFT_OUT | ({"content"} if model is ConsentScan else set())  # a paper stands among the files
    return [f.attname for f in model._meta.concrete_fields if f.name not in gone]


def _shown(row: Model) -> dict[str, Any]:
    values = plain(row)
    return {name: values[name] for name in columns(type(row))}


def _csv(rows: QuerySet[Any]) -> Iterator[bytes]:
    names = columns(rows.model)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    for number, row in enumerate(rows.iterator(chunk_size=AT_ONCE), 1):
        shown = _shown(row)
        writer.writerow([safe_cell(_cell(shown[name])) for name in names])
        if number % AT_ONCE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _jsonl(rows: QuerySet[Any]) -> Iterator[bytes]:
    waiting: list[str] = []
    for row in rows.iterator(chunk_size=AT_ONCE):
        waiting.append(json.dumps(_shown(row), ensure_ascii=False, default=str) + "\n")
        if len(waiting) == AT_ONCE:
            yield "".join(waiting).encode()
            waiting = []
    yield "".join(waiting).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\+\d{8,15}", value):
        return Safe(value)  # a telephone number, to be read by the next system as it is
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
