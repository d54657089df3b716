"""Take a client's file in: may it be taken, keep it encrypted, read its names, guess the columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from consent.models import Import
from tenants import audit
from tenants.clock import db_now
from tenants.models import Agreement, Client, User

from . import uploads
from .columns import Mapping, MappingRefused, guess
from .decoding import FileRefused
from .reading import Row, Table

NO_AGREEMENT = (
    "This client is covered by HIPAA, or nobody has said that it is not, and no business associate agreement "
    "is in force. File it under Readiness first; until then no list may be uploaded."
)
TOO_LARGE = "This file is larger than {most} MB. Split it, or export fewer columns."
MAX_SIZE = 512 * 1024 * 1024  # bytes: some five million people
SAMPLE = 200  # rows by which columns are guessed


def may_import(client: Client) -> bool:
    """Whether a list of this client may be taken in at all (rule HIPAA-BAA-CLIENT). Inside `acting_for`."""
    return (
        not client.needs_agreement
        or Agreement.objects.with_client().in_force(db_now()).filter(client=client).exists()
    )


def receive(client: Client, chunks: Iterable[bytes], file_name: str, *, by: User | None) -> Import:
    """Store a file and guess its columns; the import waits for a person's word.

    Inside `acting_for(client.pk)`. Raises `FileRefused` or `MappingRefused`; nothing is kept then.
    """
    if not may_import(client):
        raise FileRefused(NO_AGREEMENT)
    kept = uploads.keep(bounded(chunks))
    try:
        with uploads.opened(kept.name) as file:
            table = Table(file)
            mapping = guess(table.header, [cells for _, cells, _ in table.sample(SAMPLE)])
        made: Import = Import.objects.create(
            client=client, file_name=PurePath(file_name.replace("\\", "/")).name[:200], file_sha256=kept.sha256,
            stored_as=kept.name, size=kept.size, lines_total=kept.lines, mapping=mapping.stored(), attested_by=by,
        )  # fmt: skip
    except BaseException:
        uploads.discard(kept.name)
        raise
    audit.record("list.uploaded", made, client_id=client.pk, by=by, size=kept.size, lines=kept.lines)
    return made


def accept(made: Import, mapping: Mapping, *, by: User | None) -> bool:
    """Queue the import with this mapping; `by` attests it. False when it is no longer waiting for that.

    Raises `MappingRefused` when nobody could be reached by it.
    """
    mapping.check()
    if not may_import(made.client):
        raise MappingRefused(NO_AGREEMENT)
    queued = Import.objects.filter(pk=made.pk, state=Import.State.UPLOADED).update(
        mapping=mapping.stored(), attested_by=by, state=Import.State.QUEUED
    )
    if queued:
        audit.record("list.import_ordered", made, client_id=made.client_id, by=by)
    return bool(queued)


def first_rows(made: Import, most: int = SAMPLE) -> list[Row]:
    """The first rows of a stored upload."""
    with uploads.opened(made.stored_as) as file:
        return Table(file).sample(most)


def bounded(chunks: Iterable[bytes]) -> Iterable[bytes]:
    """The file's pieces; raises `FileRefused` when they are too many."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_SIZE:
            raise FileRefused(TOO_LARGE.format(most=MAX_SIZE // 1024 // 1024))
        yield chunk
