"""The only clock: the database's, so that no machine's wrong time opens a window or a lease."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def db_now() -> datetime:
    """The instant now, by PostgreSQL's `clock_timestamp()` (not the transaction's start), with time zone UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
