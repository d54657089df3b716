"""The erase list: ids only, outside the database, so that a restored backup can be made to forget again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from messaging.models import Certificate
from tenants.clock import db_now
from tenants.scope import acting_for_every_client
from tenants.sealing import written


class Line(NamedTuple):
    """Who was erased, and when by the database's clock. After a restore ids are given out again: whoever came later is not meant."""

    client_id: int
    contact_id: int | None
    at: datetime


def list_path() -> Path:
    """Where it lies."""
    return Path(settings.UPLOAD_DIR) / "erased.jsonl"


def note(client_id: int, contact_id: int | None) -> None:
    """Add a line once the erasure is committed: what is rolled back must not be erased by the next restore. Without a contact: all
    of the client. What a crash in between leaves out is added by `complete`."""
    at = db_now()
    transaction.on_commit(lambda: _write([Line(client_id, contact_id, at)]), robust=True)


def complete() -> int:
    """Add what certificates say was erased and no line does; opens its own scope, returns how many lines."""
    with acting_for_every_client():
        rows = Certificate.objects.filter(what__in=["person", "client"]).order_by("pk")
        erased = [Line(*row) for row in rows.values_list("client", "contact_id", "at")]
    named = {each[:2] for each in noted()}
    left = [each for each in erased if each[:2] not in named]
    _write(left)
    return len(left)


def noted(path: Path | None = None) -> list[Line]:
    """Everybody on the list, each once with the last time, in order."""
    source = path or list_path()
    if not source.exists():
        return []
    rows = [json.loads(line) for line in source.read_text().splitlines() if line.strip()]
    last = {
        (row["client"], row["contact"]): Line(
            row["client"], row["contact"], datetime.fromisoformat(row["at"])
        )
        for row in rows
    }
    return list(last.values())


def _write(lines: Sequence[Line]) -> None:
    if not lines:
        return
    path = list_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as out:
        for each in lines:
            said = {"client": each.client_id, "contact": each.contact_id, "at": written(each.at)}
            out.write(json.dumps(said) + "\n")
        out.flush()
        os.fsync(out.fileno())
