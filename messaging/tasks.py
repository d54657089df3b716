"""The bells. Each carries ids only, may ring twice or never, and costs nothing when there is nothing to do."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import connection

from messaging import applying, barrier, delivery, outbox, reconciling, stopping, waking
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
    """Ring for every client that has something due. Returns how many."""
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
        return delivery.drain(client_id, TURN)
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


def _clients() -> list[int]:
    with acting_for_every_client() as ids:
        return list(ids)
