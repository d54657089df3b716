"""Load an import: chunk by chunk, each committed whole, so that a killed worker loses nothing.

Progress is the number of the last committed line, advanced by compare-and-set in the chunk's own
transaction: of two workers at the same import only one can commit any chunk. Imports of one client run
one after the other. Until the last chunk is in, the gate holds everybody whom the import brought.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, OperationalError, connection, connections
from django.db.models import F

from consent.bell import ring
from consent.models import ConsentRecord, Contact, ContactPoint, Import, Suppression
from tenants import audit, statistics
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import User
from tenants.scope import acting_for

from . import spots, uploads
from .columns import Mapping
from .decoding import FileRefused
from .guardians import link_guardians
from .planning import Outcome, Planner, Prepared
from .reading import Row, Table
from .rows import RowReader
from .writing import Writer

CHUNK = 5_000  # rows to a transaction
COUNTED = (Contact, ContactPoint, ConsentRecord, Suppression)  # what a count of an audience reads next
TRIES = 3  # of a chunk that collided with somebody else's write

DAMAGED = "The stored file is damaged or cannot be decrypted. Upload it again."
BROKE_OFF = (
    "Something went wrong after line {line:,}. Lines up to there are in; try again to go on from there."
)

log = logging.getLogger(__name__)


class Busy(Exception):
    """Another worker is at this import, or at another one of this client."""


def load(import_id: int, client_id: int, *, chunk: int = CHUNK) -> bool:
    """Bring an import to its end from wherever it stands; False when there is nothing to do or another does it.

    Called outside any transaction. A broken file or an unforeseen error stops the import with a sentence;
    a lost database leaves it as it is, to be taken up again.
    """
    with acting_for(client_id):
        ours = Import.objects.filter(
            pk=import_id, state__in=[Import.State.QUEUED, Import.State.RUNNING]
        ).first()
    if ours is None:
        return False
    try:
        with alone(client_id):
            _start(ours)
            with uploads.opened(ours.stored_as) as file, _uncollected():
                _chunks(ours, file, chunk)
            _finish(ours)
    except Busy:
        return False
    except FileRefused as refused:
        _stop(ours, refused.sentence)
    except (uploads.UploadDamaged, InvalidToken, FileNotFoundError):
        _stop(ours, DAMAGED)
    except OperationalError:
        raise
    except Exception:
        _stop(ours, BROKE_OFF.format(line=_lines_read(ours)))
        raise
    return True


def take_up_again(stopped: Import, *, by: User | None) -> bool:
    """Queue an import that stopped; it goes on after its last committed line. Inside `acting_for`."""
    queued = Import.objects.filter(pk=stopped.pk, state=Import.State.FAILED).update(
        state=Import.State.QUEUED, problem=""
    )
    if queued:
        audit.record(
            "list.import_ordered", stopped, client_id=stopped.client_id, by=by, after_line=stopped.lines_read
        )
    return bool(queued)


def rows_after(table: Table, line: int) -> Iterator[Row]:
    """The rows that begin after this line of the file."""
    return (row for row in table.rows() if row[0] > line)


@contextmanager
def alone(client_id: int) -> Iterator[None]:
    """Hold the client's import lock on this connection; a dead process frees it. Raises `Busy`."""
    key = lock_key("imports of client", client_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise Busy
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles: it would walk the hundred thousand objects of a chunk again and again.

    Nothing of a chunk stands in a cycle, so all of it is freed by its count of references.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _start(ours: Import) -> None:
    with acting_for(ours.client_id):
        started = Import.objects.filter(
            pk=ours.pk, state__in=[Import.State.QUEUED, Import.State.RUNNING]
        ).update(state=Import.State.RUNNING, started_at=ours.started_at or db_now())
    if not started:
        raise Busy
    ours.lines_read = _lines_read(ours)


def _chunks(ours: Import, file: BinaryIO, size: int) -> None:
    table = Table(file)
    with acting_for(ours.client_id):
        today = db_now().date()
        planner = Planner(ours.client_id)
        adopts = Import.objects.filter(state__in=[Import.State.FAILED, Import.State.UNDONE]).exists()
    reader = RowReader(Mapping.from_stored(ours.mapping), today)
    writer = Writer(ours.client_id, ours, planner.locations, adopts)
    rows = rows_after(table, ours.lines_read)

    def prepare(piece: list[Row]) -> Prepared:
        return planner.prepare([reader.read(*row) for row in piece])

    # Inside somebody's transaction (a test's) a second connection would neither see nor be undone with the first.
    alone = connection.in_atomic_block

    def next_chunk() -> tuple[list[Row], Prepared | None]:
        piece = list(islice(rows, size))
        if not piece:
            return piece, None
        chunk = prepare(piece)
        if not alone:
            spots.ahead(chunk.spots)
        return piece, chunk

    # One thread reads ahead, on a connection of its own, while the database takes in the chunk before.
    with ThreadPoolExecutor(1) as ahead, _closed_by(ahead):
        coming = ahead.submit(next_chunk)
        while True:
            piece, chunk = coming.result()
            if chunk is None:
                return
            coming = ahead.submit(next_chunk)
            for left in reversed(range(TRIES)):
                try:
                    _commit(ours, planner, writer, chunk)
                    break
                except IntegrityError:
                    if not left:
                        raise
                    chunk = prepare(piece)


@contextmanager
def _closed_by(thread: ThreadPoolExecutor) -> Iterator[None]:
    """At the end, let the thread close its connection: Django keeps one for each thread."""
    try:
        yield
    finally:
        thread.submit(connections.close_all).result()


def _commit(ours: Import, planner: Planner, writer: Writer, chunk: Prepared) -> None:
    """One chunk in one transaction: all of it, or, after a kill, nothing of it."""
    with acting_for(ours.client_id):
        plan = planner.plan(chunk)
        moved = Import.objects.filter(
            pk=ours.pk, state=Import.State.RUNNING, lines_read=ours.lines_read
        ).update(
            lines_read=chunk.last_line,
            taken=F("taken") + plan.count(Outcome.TAKEN),
            merged=F("merged") + plan.count(Outcome.MERGED),
            refused=F("refused") + plan.count(Outcome.REFUSED),
        )
        if not moved:
            raise Busy
        writer.write(plan)
    ours.lines_read = chunk.last_line


def _finish(ours: Import) -> None:
    mapping = Mapping.from_stored(ours.mapping)
    if (
        mapping.position_of("guardian_external_id") is not None
        and mapping.position_of("external_id") is not None
    ):
        with uploads.opened(ours.stored_as) as file:
            link_guardians(ours.client_id, Table(file), mapping)
    with acting_for(ours.client_id):
        done = Import.objects.filter(
            pk=ours.pk, state=Import.State.RUNNING, lines_read=ours.lines_read
        ).update(
            state=Import.State.DONE, done_at=db_now(), stored_as="", problem="", lines_total=F("lines_read")
        )
        if not done:
            raise Busy
        ours.refresh_from_db(fields=["taken", "merged", "refused"])
        audit.record(
            "list.imported", ours, client_id=ours.client_id, by=ours.attested_by,
            taken=ours.taken, merged=ours.merged, refused=ours.refused,
        )  # fmt: skip
    uploads.discard(ours.stored_as)
    if ours.lines_read >= statistics.MANY:
        statistics.gather(*COUNTED)
    ring(
        "compliance.tasks.draw_windows", client_id=ours.client_id
    )  # places nobody had before open only once drawn
    ring("compliance.tasks.look_at_mail_domains", client_id=ours.client_id)
    log.info("An import is done", extra={"import_id": ours.pk, "client": ours.client_id, "count": ours.taken})


def _stop(ours: Import, sentence: str) -> None:
    with acting_for(ours.client_id):
        Import.objects.filter(pk=ours.pk, state=Import.State.RUNNING).update(
            state=Import.State.FAILED, problem=sentence[:300]
        )
        audit.record("list.import_stopped", ours, client_id=ours.client_id, line=_lines_read(ours))


def _lines_read(ours: Import) -> int:
    with acting_for(ours.client_id):
        return int(Import.objects.values_list("lines_read", flat=True).get(pk=ours.pk))
