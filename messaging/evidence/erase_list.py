"""The erase list: ids only, outside the database, so that a restored backup can be made to forget again."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.conf import settings

from tenants.clock import db_now
from tenants.sealing import written


def list_path() -> Path:
    """Where it lies."""
    return Path(settings.UPLOAD_DIR) / "erased.jsonl"


def note(client_id: int, contact_id: int | None) -> None:
    """Add a line, on disk before the erasure is committed. Without a contact: all of the client."""
    path = list_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = json.dumps({"client": client_id, "contact": contact_id, "at": written(db_now())}) + "\n"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as out:
        out.write(line)
        out.flush()
        os.fsync(out.fileno())


def noted(path: Path | None = None) -> list[tuple[int, int | None]]:
    """Everybody on the list: client and contact (None: all of them), each once, in order."""
    source = path or list_path()
    if not source.exists():
        return []
    rows = [json.loads(line) for line in source.read_text().splitlines() if line.strip()]
    return list(dict.fromkeys((row["client"], row["contact"]) for row in rows))
