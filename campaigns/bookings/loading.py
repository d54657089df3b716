"""A file of appointments, kept encrypted until a worker has read it: whole or not at all, with a report on every line."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from io import BufferedReader
from itertools import islice
from pathlib import PurePath

from cryptography.fernet import InvalidToken
from django.db import transaction

from campaigns.bookings import columns
from campaigns.bookings.reading import LineReader
from campaigns.bookings.taking import Seen, take
from campaigns.models import BookingFile, BookingLine
from consent.importing import uploads
from consent.importing.columns import is_day_first
from consent.importing.decoding import FileRefused
from consent.importing.reading import Table
from consent.importing.receiving import NO_AGREEMENT, may_import
from tenants import audit
from tenants.clock import db_now
from tenants.models import Client, User
from tenants.scope import acting_for

MAX_SIZE = 32 * 1024 * 1024  # bytes
MAX_LINES = 100_000
AT_ONCE = 2_000  # lines told of in one go
SAMPLE = 200  # lines by which it is found out whether days come first
TOO_LARGE = "This file is larger than {most} MB. Export a shorter time."
TOO_LONG = "This file has more than {most:,} lines. Export a shorter time."
BROKEN = "It could not be read, and {tries} tries ended alike. Save it anew as CSV and bring it again, or bring a part of it."
MOST_TRIES = 5
GONE = "The file is no longer here as a whole. Bring it again."

log = logging.getLogger(__name__)


def receive(client: Client, chunks: Iterable[bytes], file_name: str, *, by: User | None) -> BookingFile:
    """Keep a file until a worker reads it, inside `acting_for(client)`. Raises `FileRefused`; nothing is kept then."""
    if not may_import(client):
        raise FileRefused(NO_AGREEMENT)
    kept = uploads.keep(_bounded(chunks))
    try:
        with uploads.opened(kept.name) as file:
            table = Table(file)
            told = columns.recognised(table.header).told
            if sum(1 for _ in islice(table.rows(), MAX_LINES + 1)) > MAX_LINES:
                raise FileRefused(TOO_LONG.format(most=MAX_LINES))
        made: BookingFile = BookingFile.objects.create(
            client=client, file_name=PurePath(file_name.replace("\\", "/")).name[:200] or "bookings.csv",
            file_sha256=kept.sha256, stored_as=kept.name, size=kept.size, columns=told, made_by=by,
        )  # fmt: skip
    except BaseException:
        uploads.discard(kept.name)
        raise
    audit.record("bookings.uploaded", made, client_id=client.pk, by=by, size=kept.size, sha256=kept.sha256)
    return made


def load(client_id: int, file_id: int) -> bool:
    """Read one file that waits; False when another worker is at it or it was read before.

    What broke off by an error of ours is tried again a few times, not for ever, and its error is raised.
    """
    try:
        return _load(client_id, file_id)
    except Exception:
        _broke_off(client_id, file_id)
        raise


def _load(client_id: int, file_id: int) -> bool:
    with acting_for(client_id):
        waiting = BookingFile.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
            "client"
        )
        file = waiting.filter(pk=file_id, state=BookingFile.State.WAITING).first()
        if file is None:
            return False
        stored = file.stored_as
        try:
            with transaction.atomic(), uploads.opened(stored) as plain:
                _read(file, plain)
            file.state = BookingFile.State.DONE
        except FileRefused as refused:
            file.state, file.problem = BookingFile.State.REFUSED, refused.sentence[:400]
        except (FileNotFoundError, uploads.UploadDamaged, InvalidToken):
            file.state, file.problem = BookingFile.State.REFUSED, GONE
        if file.state == BookingFile.State.REFUSED:
            file.taken = file.changed = file.known = file.refused = 0
        file.stored_as, file.done_at = "", db_now()
        file.save()
        audit.record(
            "bookings.read", file, client_id=client_id, by=file.made_by, state=file.state,
            taken=file.taken, changed=file.changed, known=file.known, refused=file.refused,
        )  # fmt: skip
    uploads.discard(stored)
    log.info("Bookings are read", extra={"client": client_id, "count": file.taken})
    return True


def _broke_off(client_id: int, file_id: int) -> None:
    with acting_for(client_id):
        waiting = BookingFile.objects.select_for_update(skip_locked=True, of=("self",))
        file = waiting.filter(pk=file_id, state=BookingFile.State.WAITING).first()
        if file is None:
            return
        file.tries += 1
        stored = file.stored_as if file.tries >= MOST_TRIES else ""
        if stored:
            file.state, file.problem = BookingFile.State.REFUSED, BROKEN.format(tries=MOST_TRIES)
            file.stored_as, file.done_at = "", db_now()
            audit.record("bookings.read", file, client_id=client_id, by=file.made_by, state=file.state)
        file.save(update_fields=["tries", "state", "problem", "stored_as", "done_at"])
    if stored:
        uploads.discard(stored)


def _read(file: BookingFile, plain: BufferedReader) -> None:
    table = Table(plain)
    known = columns.recognised(table.header)
    days = [known.places[name] for name in ("booked_at", "for_at")]
    sample = [cells[at] for _, cells, refused in table.sample(SAMPLE) if not refused for at in days]
    reader = LineReader(file.client, known, db_now(), is_day_first(sample))
    rows, seen = table.rows(), Seen()
    while piece := list(islice(rows, AT_ONCE)):
        told = take(file.client, [reader.read(*row) for row in piece], file, seen)
        BookingLine.objects.bulk_create(
            BookingLine(
                client=file.client, file=file, line=each.line.line, outcome=each.outcome, reason=each.says,
                contact_id=each.contact,
            )
            for each in told
        )  # fmt: skip
        for each in told:
            setattr(file, each.outcome, getattr(file, each.outcome) + 1)


def _bounded(chunks: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_SIZE:
            raise FileRefused(TOO_LARGE.format(most=MAX_SIZE // 1024 // 1024))
        yield chunk
