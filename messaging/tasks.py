"""The bells. Each carries ids only, may ring twice or never, and costs nothing when there is nothing to do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from django.db import connection

from messaging import (
    applying,
    barrier,
    delivery,
    holding,
    ledger,
    outbox,
    polling,
    reconciling,
    recording,
    stopping,
    telling_providers,
    waking,
)
from messaging.failpoints import reach
from messaging.models import Message, RawHook, Status, WorkerHeartbeat
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.scope import acting_for, acting_for_every_client

logger = logging.getLogger(__name__)
DRAINS_PER_CLIENT = 2
TURN = 10.0  # seconds a client is served before the next one's turn


@shared_task
def ring() -> int:
    """Ring for every client that has something due. Returns how many. None while our history may have gaps."""
    if not holding.history_is_ours():
        return 0
    with acting_for_every_client():
        at = db_now()
        due = list(
            Message.objects.filter(status=Status.QUEUED, due_at__lte=at)
            .order_by("client_id")
            .values_list("client_id", flat=True)
            .distinct()
        )
    WorkerHeartbeat.objects.update_or_create(name=delivery.WORKER.split(":")[0], defaults={"at": at})
    for client_id in due:
        send_due.apply_async((client_id,), expires=5)
    return len(due)


@shared_task
def send_due(client_id: int) -> int:
    """Hand over what is due for one client, for one turn. More bells than places for the client fall silent."""
    with connection.cursor() as cursor:
        for place in range(DRAINS_PER_CLIENT):
            key = lock_key(f"drain {place}", client_id)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            if cursor.fetchone()[0]:
                break
        else:
            return 0
    try:
        reach("wake.taken")
        return delivery.drain(client_id, TURN) if holding.history_is_ours() else 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@shared_task
def plan() -> int:
    """Write the message rows of launches that are not planned yet."""
    return outbox.finish_planning()


@shared_task
def sweep() -> None:
    """Expire, open deadlines, finish planning: what a lost bell would have left lying."""
    outbox.finish_planning()
    for client_id in _clients():
        with acting_for(client_id):
            reconciling.expire(client_id)
            recording.open_deadlines(
                client_id, db_now() - reconciling.GRACE
            )  # seen at once, asked about in turn
            stopping.cancel_stopped(client_id)
            waking.wake()


@shared_task
def wake(client_id: int | None = None) -> int:
    """A stop was released, for one client or for all: what it put off is due again."""
    woken = 0
    for each in [client_id] if client_id is not None else _clients():
        with acting_for(each):
            woken += waking.wake()
    return woken


@shared_task
def reconcile() -> int:
    """Ask the providers about unknowns."""
    return sum(reconciling.find_out(client_id) for client_id in _clients())


@shared_task
def apply_hooks(client_id: int | None = None) -> int:
    """Apply what webhooks brought, and set the barriers behind opt-outs."""
    if client_id is not None:
        clients = [client_id]
    else:
        with acting_for_every_client():
            kept = RawHook.objects.filter(applied_at=None).values_list("client_id", flat=True)
            clients = sorted(
                {*kept.distinct(), *barrier.waiting().values_list("client_id", flat=True).distinct()}
            )
    applied = 0
    for each in clients:
        applied += applying.apply_pending(each)
        barrier.enforce(each)
    return applied


@shared_task
def poll_replies() -> int:
    """Ask for replies whose webhooks were lost; what lets texts be handed over for another quarter of an hour."""
    return _each(polling.poll_if_due)


@shared_task
def tell_providers() -> int:
    """Tell the providers the opt-outs made here."""
    return _each(telling_providers.tell)


@shared_task
def check_ledgers() -> int:
    """Compare yesterday with the providers' own lists."""
    return _each(ledger.check_if_due)


@shared_task
def ask_after_hold() -> bool:
    """Our history may have gaps: ask the providers what we forgot."""
    return holding.ask()


def _each(do: Callable[[int], int]) -> int:
    """For every client; one client's trouble is not another's."""
    done = 0
    for client_id in _clients():
        try:
            done += do(client_id)
        except Exception as error:
            logger.error("a round failed", extra={"client": client_id, "error": type(error).__name__})
    return done


def _clients() -> list[int]:
    with acting_for_every_client() as ids:
        return list(ids)
