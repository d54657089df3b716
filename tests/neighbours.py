"""Test processes share one PostgreSQL, and what one seals must be older than every transaction still open in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 120.0  # seconds; no test of a neighbour writes for longer in one transaction

_OPEN = """
    SELECT pid, backend_xid::text FROM pg_stat_activity
    WHERE datname <> current_database() AND backend_xid IS NOT NULL
"""


def after_them(act: Callable[..., int]) -> Callable[..., int]:
    """`act`, once the transactions that are open in other databases now have ended; those of our own stay in its way."""

    def acts(*args: Any) -> int:
        limit, waited_for = time.monotonic() + PATIENCE, _open()
        while waited_for & _open() and time.monotonic() < limit:
            time.sleep(0.05)
        return act(*args)

    return acts


def _open() -> set[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else one transaction sees one answer for ever
        cursor.execute(_OPEN)
        return set(cursor.fetchall())
