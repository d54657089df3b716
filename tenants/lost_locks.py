"""Advisory locks end with their session, and every session with a crash of the server: for a moment a free lock proves nothing."""

from __future__ import annotations

import time

from django.db import connection

BOUND = 3.0  # seconds; more than the two within which a judged hand-off must begin
# A backend that is killed takes all others with it, and the server goes on: only its statistics begin anew then.
SINCE = "SELECT extract(epoch FROM clock_timestamp() - greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time()))"


def wait_out() -> None:
    """After a crash wait until nothing begins any more that was judged under a lock from before it; else return at once."""
    time.sleep(min(BOUND, max(0.0, BOUND - since_crash())))


def since_crash() -> float:
    """Seconds since the server was started, or had to begin anew."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE)
        return float(cursor.fetchone()[0])
