"""How far a client's record was sealed, kept outside the database: beside the uploads, one small file a client.

Whoever owns the database can take the newest blocks away and put an older pointer back, which was signed too. What is
noted here they do not own. A note names the server, its timeline and the database, so that a copy or a promoted standby
begins without one; it may lie behind the record (a crash between commit and note), never before it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

log = logging.getLogger(__name__)


class Note(NamedTuple):
    """One block that was sealed, and its hash."""

    number: int
    hash: bytes


def note(client_id: int, number: int, block_hash: bytes) -> None:
    """Keep it, after the block was committed. A folder that cannot be written to holds no sealing up."""
    path = _path(_place(), client_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        fresh.write_text(json.dumps({"block": number, "hash": block_hash.hex()}))
        fresh.replace(path)
    except OSError:
        log.error("how far a record is sealed could not be noted", extra={"client": client_id})


def noted(client_ids: Iterable[int]) -> dict[int, Note]:
    """What was kept of these clients. Read it before the blocks are read: they only grow."""
    found, place = {}, _place()
    for client_id in client_ids:
        with suppress(FileNotFoundError):
            kept = json.loads(_path(place, client_id).read_text())
            found[client_id] = Note(int(kept["block"]), bytes.fromhex(kept["hash"]))
    return found


def forget(client_id: int) -> None:
    """After a restore, which gives up what was sealed since the backup."""
    _path(_place(), client_id).unlink(missing_ok=True)


def folder() -> Path:
    """Where the notes lie."""
    return Path(settings.UPLOAD_DIR) / "sealed"


def _place() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text, left(pg_walfile_name(pg_current_wal_lsn()), 8), "
            "(SELECT oid FROM pg_database WHERE datname = current_database())::text"
        )
        return "-".join(cursor.fetchone())


def _path(place: str, client_id: int) -> Path:
    return folder() / f"{place}-{client_id}.json"
