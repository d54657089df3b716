"""Bring a list of opt-outs in: chunk by chunk, each committed whole; the same list again changes nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import PurePath

from cryptography.fernet import InvalidToken
from django.db import OperationalError, connection
from django.db.models import F

from consent.importing import uploads
from consent.importing.decoding import FileRefused
from consent.importing.loading import BROKE_OFF, DAMAGED, Busy, alone
from consent.importing.reading import Row, Table
from consent.importing.receiving import NO_AGREEMENT, bounded, may_import
from consent.importing.writing import END_CONSENTS
from consent.models import Address, ConsentRecord, OptOutLine, OptOutList, Suppression
from consent.opt_outs.columns import NO_ADDRESS, Reader, all_rows, chosen, guess
from tenants import audit
from tenants.clock import db_now
from tenants.encryption import encrypt
from tenants.models import Client, User
from tenants.scope import acting_for

CHUNK = 10_000  # rows to a transaction
State = OptOutList.State
Spot = tuple[str, str]  # channel, canonical address
log = logging.getLogger(__name__)

_SUPPRESS = """
INSERT INTO consent_suppression (client_id, address_id, channel, source, note, made_by_id)
SELECT %s, s.address_id, s.channel, %s, s.note, %s FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS s(address_id, channel, note)
ORDER BY s.address_id
ON CONFLICT (client_id, address_id, source) WHERE ended_at IS NULL DO NOTHING
"""
_REPORT = """
INSERT INTO consent_optoutline (client_id, of_list_id, line, outcome, reason)
SELECT %s, %s, l.* FROM unnest(%s::integer[], %s::text[], %s::text[]) AS l(line, outcome, reason)
"""


def receive(client: Client, chunks: Iterable[bytes], file_name: str, by: User) -> OptOutList:
    """Store a file and guess its columns; nobody is opted out yet. Inside the client's scope. Raises `FileRefused`."""
    if not may_import(client):
        raise FileRefused(NO_AGREEMENT)
    kept = uploads.keep(bounded(chunks))
    try:
        with uploads.opened(kept.name) as file:
            mapping = guess(Table(file), db_now().date())
        made: OptOutList = OptOutList.objects.create(
            client=client, file_name=PurePath(file_name.replace("\\", "/")).name[:200], file_sha256=kept.sha256,
            stored_as=kept.name, lines_total=kept.lines, mapping=mapping, brought_by=by,
        )  # fmt: skip
    except BaseException:
        uploads.discard(kept.name)
        raise
    audit.record("opt_outs.uploaded", made, client_id=client.pk, by=by, size=kept.size, lines=kept.lines)
    return made


def order(made: OptOutList, columns: dict[str, str], by: User) -> bool:
    """Queue the list with these columns; False when it is no longer waiting for that. Raises `FileRefused`."""
    with uploads.opened(made.stored_as) as file:
        width = len(Table(file).header)
    mapping = chosen(columns, width)
    queued = OptOutList.objects.filter(pk=made.pk, state=State.UPLOADED).update(
        mapping=mapping, brought_by=by, state=State.QUEUED
    )
    if queued:
        audit.record("opt_outs.ordered", made, client_id=made.client_id, by=by)
    return bool(queued)


def load(list_id: int, client_id: int, *, chunk: int = CHUNK) -> bool:
    """Bring a list to its end from wherever it stands; False when there is nothing to do or another does it.

    Called outside any transaction. A broken file stops it with a sentence; a lost database leaves it, to be taken up again.
    """
    with acting_for(client_id):
        ours = OptOutList.objects.filter(pk=list_id, state__in=[State.QUEUED, State.RUNNING]).first()
    if ours is None:
        return False
    try:
        with alone(client_id):
            reader = _start(ours)
            with uploads.opened(ours.stored_as) as file:
                rows = (row for row in all_rows(Table(file)) if row[0] > ours.lines_read)
                while piece := list(islice(rows, chunk)):
                    with acting_for(client_id):
                        _take(ours, reader, piece)
                    ours.lines_read = piece[-1][0]  # only what is written for good counts
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
        _stop(ours, BROKE_OFF.format(line=ours.lines_read))
        raise
    return True


def go_on(made: OptOutList, by: User) -> bool:
    """Queue a list that stopped; it goes on after its last committed line."""
    queued = OptOutList.objects.filter(pk=made.pk, state=State.FAILED).update(state=State.QUEUED, problem="")
    if queued:
        audit.record("opt_outs.ordered", made, client_id=made.client_id, by=by, after_line=made.lines_read)
    return bool(queued)


def _start(ours: OptOutList) -> Reader:
    with acting_for(ours.client_id):
        started = OptOutList.objects.filter(pk=ours.pk, state__in=[State.QUEUED, State.RUNNING])
        if not started.update(state=State.RUNNING):
            raise Busy
        ours.refresh_from_db()
        return Reader(ours.mapping, db_now().date())


def _take(ours: OptOutList, reader: Reader, piece: list[Row]) -> None:
    """One chunk in one transaction: opt-outs, report and progress, or nothing of it."""
    read = [
        (line, cells, refused, *(reader.addresses(cells) if not refused else (set(), "")))
        for line, cells, refused in piece
    ]
    ids = _ids({spot for *_, spots, _ in read for spot in spots})
    notes: dict[Spot, tuple[str, str]] = {}
    for _, cells, _, spots, _ in read:
        for spot in spots:
            if spot not in notes:  # one by one: a difference of sets would read all of them for each line
                notes[spot] = reader.note(cells)
    new = _suppress(ours, ids, {spot: note for spot, (note, _) in notes.items()})
    lines: list[tuple[int, str, str]] = []
    for line, cells, refused, spots, wrong in read:
        if refused or not spots:
            lines.append((line, OptOutLine.Outcome.REFUSED, refused or wrong or NO_ADDRESS))
            continue
        fresh = {spot for spot in spots if ids[spot] in new}
        new -= {ids[spot] for spot in fresh}  # the same address on a later line was opted out by this one
        outcome = OptOutLine.Outcome.TAKEN if fresh else OptOutLine.Outcome.KNOWN
        lines.append((line, outcome, " ".join(filter(None, (wrong, reader.note(cells)[1])))))
    counts = Counter(str(outcome) for _, outcome, _ in lines)
    moved = OptOutList.objects.filter(pk=ours.pk, state=State.RUNNING, lines_read=ours.lines_read).update(
        lines_read=lines[-1][0], **{each: F(each) + counts[each] for each in ("taken", "known", "refused")}
    )
    if not moved:
        raise Busy
    with connection.cursor() as cursor:
        cursor.execute(
            _REPORT,
            [
                ours.client_id,
                ours.pk,
                [each[0] for each in lines],
                [str(each[1]) for each in lines],
                [each[2][:400] for each in lines],
            ],
        )


def _ids(spots: set[Spot]) -> dict[Spot, int]:
    found: dict[Spot, int] = {}
    for channel in ("sms", "email"):
        mine = sorted(address for kind, address in spots if kind == channel)
        found |= {(channel, address): pk for address, pk in Address.objects.resolve(channel, mine).items()}
    return found


def _suppress(ours: OptOutList, ids: dict[Spot, int], notes: dict[Spot, str]) -> set[int]:
    """Opt these out; returns the addresses that were not before."""
    if not ids:
        return set()
    before = set(
        Suppression.objects.filter(address__in=ids.values(), ended_at=None).values_list(
            "address_id", flat=True
        )
    )
    new = set(ids.values()) - before
    sealed = {note: encrypt(note) for note in set(notes.values())}
    spots = sorted(ids, key=ids.__getitem__)
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPPRESS,
            [ours.client_id, Suppression.Source.IMPORT.value, ours.brought_by_id, [ids[spot] for spot in spots],
             [channel for channel, _ in spots], [sealed[notes[spot]] for spot in spots]],
        )  # fmt: skip
        if new:
            cursor.execute(END_CONSENTS, [ours.client_id, sorted(new), ConsentRecord.Method.IMPORTED.value])
    return new


def _finish(ours: OptOutList) -> None:
    with acting_for(ours.client_id):
        done = OptOutList.objects.filter(pk=ours.pk, state=State.RUNNING, lines_read=ours.lines_read).update(
            state=State.DONE, done_at=db_now(), stored_as="", problem="", lines_total=F("lines_read")
        )
        if not done:
            raise Busy
        name = ours.stored_as
        ours.refresh_from_db()
        audit.record(
            "opt_outs.imported", ours, client_id=ours.client_id, by=ours.brought_by,
            taken=ours.taken, known=ours.known, refused=ours.refused,
        )  # fmt: skip
    uploads.discard(name)
    log.info("a list of opt-outs is in", extra={"client": ours.client_id, "count": ours.taken})


def _stop(ours: OptOutList, sentence: str) -> None:
    with acting_for(ours.client_id):
        OptOutList.objects.filter(pk=ours.pk, state=State.RUNNING).update(
            state=State.FAILED, problem=sentence[:300]
        )
        audit.record("opt_outs.stopped", ours, client_id=ours.client_id, line=ours.lines_read)
