"""Logs as one JSON object a line, by allow-list: a field nobody named here is never written.

Messages are constants with ids in `extra`; arguments and exception texts may hold personal data and
are left out (the exception's type and place are kept).
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

FIELDS = (
    "client",
    "campaign",
    "step",
    "approval",
    "contact",
    "attempt",
    "import_id",
    "launch",
    "provider",
    "code",
    "count",
    "seconds",
    "status",
    "task",
    "check",
    "reason",
    "view",
    "worker",
    "hook",
    "event",
)


class JsonLines(logging.Formatter):
    """One line: time, level, logger, the constant message, the allowed extras, the exception's type and place."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "says": str(record.msg)
            if not record.args or record.name.startswith(("celery", "gunicorn"))
            else record.msg,
        }
        for field in FIELDS:
            if hasattr(record, field):
                line[field] = str(getattr(record, field))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [
                f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames[-4:]
            ]
        return json.dumps(line, default=str)
