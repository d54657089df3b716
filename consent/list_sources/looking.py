"""One look at a source: each file is taken once, by the importer that uploads go through, or refused with a sentence.

A file whose columns somebody has checked before goes in by itself, under the standing statement; the first one, and
any whose columns changed, waits on its page for a person.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import timedelta

import asyncssh
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value

from consent.bell import ring
from consent.importing import uploads
from consent.importing.columns import Mapping, MappingRefused
from consent.importing.decoding import FileRefused
from consent.importing.receiving import NO_AGREEMENT, accept, may_import, receive
from consent.list_sources import letters
from consent.list_sources.places import Found, Place, PlaceFailed, place_of
from consent.models import Import, ListFetch, ListSource
from tenants import audit
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

State = ListFetch.State
AN_HOUR = timedelta(hours=1)
HOLDS = timedelta(days=365)  # a standing statement
MOST = 20  # files taken in one look
MOST_READ = 200  # new files settled in one look, refused ones too; the next one goes on behind them
RAN_OUT = "The statement about these lists ran out. Until somebody states it again, nothing is taken."
BROKE_OFF = "The file could not be read to its end. It is tried again with the next look."
SAME = "The same file was taken before."
CHECKED = (Import.State.QUEUED, Import.State.RUNNING, Import.State.DONE)
logger = logging.getLogger(__name__)


def due() -> list[tuple[int, int]]:
    """The sources to be looked at now, as (source, client)."""
    with acting_for_every_client():
        rest = Q(looked_at=None) | Q(looked_at__lte=Value(db_now()) - Value(AN_HOUR) * F("every"))
        return list(ListSource.objects.filter(rest, ended_at=None).values_list("pk", "client_id"))


def look(source_id: int, client_id: int, *, now: bool = False) -> int:
    """Look once; returns how many files were taken. Not again before its time, unless somebody asked (`now`)."""
    source = _claimed(source_id, client_id, now)
    if source is None:
        return 0
    taken, problem = 0, ""
    try:
        problem = _forbidden(source)
        if not problem:
            with place_of(source) as place:
                taken, problem = _take_all(source, place)
    except PlaceFailed as failed:
        problem = str(failed)
    _note(source, problem)
    return taken


def mark_of(found: Found) -> str:
    """By what a file is known before it is read."""
    return hashlib.sha256(
        f"{found.name}\0{found.size}\0{found.changed}".encode("utf-8", "replace")
    ).hexdigest()


def _claimed(source_id: int, client_id: int, now: bool) -> ListSource | None:
    with acting_for(client_id):
        at = db_now()
        rest = Q() if now else Q(looked_at=None) | Q(looked_at__lte=Value(at) - Value(AN_HOUR) * F("every"))
        rows = ListSource.objects.filter(rest, pk=source_id, ended_at=None, client__closed_at=None)
        found: ListSource | None = (
            rows.select_for_update(skip_locked=True, of=("self",)).select_related("client").first()
        )
        if found is not None:
            found.looked_at = at
            found.save(update_fields=["looked_at"])
        return found


def _forbidden(source: ListSource) -> str:
    with acting_for(source.client_id):
        if not may_import(source.client):
            return NO_AGREEMENT
        return RAN_OUT if source.attested_until <= db_now() else ""


def _take_all(source: ListSource, place: Place) -> tuple[int, str]:
    files = place.files()
    with acting_for(source.client_id):
        known = dict(ListFetch.objects.filter(source=source).values_list("mark", "state"))
    taken, settled, problem = 0, 0, ""
    for found in files:
        mark = mark_of(found)
        if mark in known:
            if known[mark] != State.REFUSED:  # its taking away was lost with a worker
                place.taken(found)
            continue
        if taken >= MOST or settled >= MOST_READ:
            continue  # behind it may lie what is known and still to be taken away
        try:
            state = _take(source, place, found, mark)
        except (OSError, asyncssh.Error, TimeoutError):
            problem = BROKE_OFF
            continue
        if state != State.REFUSED:
            place.taken(found)
        taken += state in (State.TAKEN, State.WAITS)
        settled += 1
    return taken, problem


def _take(source: ListSource, place: Place, found: Found, mark: str) -> str:
    digest, row = hashlib.sha256(), ListFetch(client=source.client, source=source, mark=mark, size=found.size)
    row.file_name = found.name[:200]

    def pieces() -> Iterator[bytes]:
        for piece in place.read(found):
            digest.update(piece)
            yield piece

    made: Import | None = None
    try:
        with acting_for(source.client_id):
            made = receive(source.client, pieces(), found.name, by=source.attested_by)
            row.made, row.sha256 = made, made.file_sha256
            row.state = State.TAKEN if _goes_by_itself(source, made) else State.WAITS
            row.save()
            audit.record(
                "list.fetched", row, client_id=source.client_id, by=source.attested_by, source=source.pk, state=row.state
            )  # fmt: skip
    except IntegrityError:  # by its bytes: nothing of it is kept, whoever was first
        uploads.discard(made.stored_as if made else "")
        row.made, row.sha256, row.state, row.problem = None, digest.hexdigest(), State.KNOWN, SAME
        _keep(row)
    except (FileRefused, MappingRefused) as refused:
        row.state, row.problem = State.REFUSED, refused.sentence[:300]
        _keep(row)
    except BaseException:
        uploads.discard(made.stored_as if made else "")
        raise
    if row.state == State.TAKEN:
        ring("consent.tasks.load_import", import_id=row.made_id, client_id=source.client_id)
    elif row.state in (State.WAITS, State.REFUSED):
        letters.about_a_file(source, row)
    return row.state


def _goes_by_itself(source: ListSource, made: Import) -> bool:
    """Whether somebody checked the columns of a list of this source that had the same ones; then it is queued."""
    former = _former(source)
    if former is None or former.mapping["names"] != made.mapping["names"]:
        return False
    try:
        with transaction.atomic():
            return accept(made, Mapping.from_stored(former.mapping), by=source.attested_by)
    except MappingRefused:
        return False


def _former(source: ListSource) -> Import | None:
    theirs = ListFetch.objects.filter(source=source, made__isnull=False).values("made")
    found: Import | None = Import.objects.filter(pk__in=theirs, state__in=CHECKED).order_by("-pk").first()
    return found


def _keep(row: ListFetch) -> None:
    with acting_for(row.client_id):
        row.save(force_insert=True)
        audit.record("list.fetched", row, client_id=row.client_id, source=row.source_id, state=row.state)


def _note(source: ListSource, problem: str) -> None:
    """What the look came to; of a failure that begins the agency hears once."""
    with acting_for(source.client_id):
        at = db_now()
        values = {
            "problem": problem[:300],
            "failing_since": (source.failing_since or at) if problem else None,
        }
        begins = bool(problem) and source.told_at is None
        values["told_at"] = at if begins else source.told_at if problem else None
        ListSource.objects.filter(pk=source.pk).update(**values)
    if begins:
        logger.warning("a source of lists fails", extra={"client": source.client_id})
        letters.about_a_failure(source, problem)
