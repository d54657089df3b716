"""Hand-overs that may still begin, by their rows: for whoever waited for a lock and now wants to say that none will.

A lock says it sooner, but it belongs to a session: when the database crashes or fails over, or the line to it is cut, every
lock is free at once, and a worker that judged under them lives on and begins within its two seconds. Their rows are on disk
before the first byte, and tell of them whatever became of the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import QuerySet

from compliance.models import Stop, StopEverything
from messaging.claiming import BEGIN_WITHIN
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

_AGAIN = 0.02  # seconds


def may_begin() -> QuerySet[Message]:
    """Claimed so lately that the first byte may be still to come, of the clients acted for."""
    since = db_now() - timedelta(seconds=BEGIN_WITHIN)
    rows: QuerySet[Message] = Message.objects.filter(status=Status.HANDING, claimed_at__gt=since)
    return rows


def over(made: Stop | StopEverything, seconds: float) -> bool:
    """Wait, for so long, until nothing that this stop is to stop may begin; whether it is so (for compliance.stopping)."""
    return waited_for(lambda: _under(made), seconds)


def _under(made: Stop | StopEverything) -> bool:
    if isinstance(made, StopEverything):
        with acting_for_every_client():
            return may_begin().exists()
    with acting_for(made.client_id):
        rows = may_begin()
        return (rows.filter(campaign=made.campaign_id) if made.campaign_id else rows).exists()


def waited_for(still: Callable[[], object], seconds: float) -> bool:
    """Ask until it is over, for so long; whether it is."""
    ends = time.monotonic() + seconds
    while still():
        if time.monotonic() >= ends:
            return False
        time.sleep(_AGAIN)
    return True
