"""Tell the listeners what waits for them, in order, one request at a time each; again and again until it is taken.

At least once: the same request may come twice (its id is the same), never not at all while it is tried. A listener
that fails for three days is switched off, and the agency is mailed.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from messaging.listeners.calling import Outcome, call
from messaging.models import Listener, Telling, ToTell
from tenants import audit
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client
from tenants.webhook_signing import headers

logger = logging.getLogger(__name__)
MOST_EVENTS = 100  # in a request
MOST_LISTENERS = 8  # at once, a thread each
LEASE = timedelta(seconds=90)  # longer than a turn and one call
TURN = 5.0  # seconds that one listener is served
PAUSES = (10, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)  # seconds after a first, second, … failure
GIVEN_UP = timedelta(hours=24)  # one request
OFF = timedelta(hours=72)  # without any success
GONE = 410  # the receiver says that it wants no more


def tell() -> int:
    """One round; returns how many listeners were served. Called in no transaction; opens its own."""
    taken = _take()
    if not taken:
        return 0
    if connection.in_atomic_block:  # no other connection would see anything
        for listener in taken:
            _serve(listener)
    else:
        with ThreadPoolExecutor(MOST_LISTENERS) as threads:
            list(threads.map(_serve_beside, taken))
    return len(taken)


def _take() -> list[Listener]:
    """Whoever has something to be told and is not being told by another worker."""
    mine = {"listener": OuterRef("pk"), "client": OuterRef("client")}
    with acting_for_every_client():
        at = db_now()
        waits = Exists(ToTell.objects.filter(**mine)) | Exists(Telling.objects.open().filter(**mine))
        due = Listener.objects.filter(
            Q(leased_until=None) | Q(leased_until__lt=at), waits, ended_at=None, off_at=None, next_at__lte=at
        )
        taken = list(due.order_by("next_at").select_for_update(skip_locked=True)[:MOST_LISTENERS])
        Listener.objects.filter(pk__in=[each.pk for each in taken]).update(leased_until=at + LEASE)
    return taken


def _serve_beside(listener: Listener) -> None:
    try:
        _serve(listener)
    except Exception:  # one listener's trouble is not another's
        logger.exception("a listener could not be told", extra={"client": listener.client_id})
    finally:
        connection.close()


def _serve(listener: Listener) -> None:
    end = time.monotonic() + TURN
    while time.monotonic() < end:
        with acting_for(listener.client_id):
            telling, at = _next(listener), db_now()
        if telling is None:
            break
        body = body_of(telling)
        signed = headers(listener.secret, str(telling.uid), int(at.timestamp()), body)
        outcome = call(listener.url, signed, body)
        with acting_for(listener.client_id):
            _write(listener, telling, outcome)
        if not outcome.taken:
            break
    with acting_for(listener.client_id):
        Listener.objects.filter(pk=listener.pk).update(leased_until=None)


def body_of(telling: Telling) -> bytes:
    """What is sent, the same at each try."""
    told = {"id": str(telling.uid), "events": telling.events}
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()  # a jsonb column keeps no order


def _next(listener: Listener) -> Telling | None:
    """The request that is open, or a new one of what waits."""
    found: Telling | None = Telling.objects.open().filter(listener=listener).order_by("pk").first()
    if found is not None:
        return found
    waiting = list(ToTell.objects.filter(listener=listener).order_by("pk")[:MOST_EVENTS])
    if not waiting:
        return None
    ToTell.objects.filter(pk__in=[each.pk for each in waiting]).delete()
    events = [
        {"id": each.pk, "type": each.kind, "at": each.at.isoformat(), "data": each.data} for each in waiting
    ]
    made: Telling = Telling.objects.create(
        client_id=listener.client_id, listener=listener, events=events, made_at=db_now()
    )
    return made


def _write(listener: Listener, telling: Telling, outcome: Outcome) -> None:
    at = db_now()
    telling.tries, telling.tried_at = min(telling.tries + 1, 30_000), at
    telling.answer, telling.trouble, telling.took_ms = outcome.status, outcome.trouble, outcome.took_ms
    rows = Listener.objects.filter(pk=listener.pk)
    if outcome.taken:
        telling.taken_at = at
        rows.update(failing_since=None)
    else:
        since = listener.failing_since or at
        if telling.made_at < at - GIVEN_UP:
            telling.given_up_at = at
        rows.update(
            failing_since=since, next_at=at + timedelta(seconds=PAUSES[min(telling.tries, len(PAUSES)) - 1])
        )
        if outcome.status == GONE or since <= at - OFF:
            rows.filter(off_at=None).update(off_at=at)
            audit.record(
                "listener.switched_off", listener, client_id=listener.client_id, answer=outcome.status or 0
            )
    telling.save(
        update_fields=["tries", "tried_at", "answer", "trouble", "took_ms", "taken_at", "given_up_at"]
    )
