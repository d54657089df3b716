"""The bells. Each carries ids only, may ring twice or never, and costs nothing when there is nothing to do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from celery import shared_task

from messaging import (
    applying,
    barrier,
    delivery,
    due,
    evergreen,
    given_up,
    greeting,
    holding,
    ledger,
    outbox,
    pacing,
    polling,
    reconciling,
    recording,
    redacting,
    spending,
    stopping,
    telling_providers,
    waking,
)
from messaging.breakers import letters
from messaging.breakers import tripping as watching
from messaging.leaving import told_to_leave
from messaging.listeners import letters as listener_letters
from messaging.listeners import rounds
from messaging.locks import alone
from messaging.models import RawHook, WorkerHeartbeat
from messaging.pictures import fetching
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.scope import acting_for, acting_for_every_client

logger = logging.getLogger(__name__)
BELL = 4.0  # seconds that one bell keeps a worker at sending
TURN = 1.0  # seconds of it that a client is served before the next one's turn
MOST_BELLS = 16


@shared_task
def ring() -> int:
    """Ring when clients have something due. Returns how many clients. None while our history may have gaps."""
    if not holding.history_is_ours():
        return 0
    waiting = due.waiting_clients()
    WorkerHeartbeat.objects.update_or_create(name=delivery.WORKER.split(":")[0], defaults={"at": db_now()})
    for _ in range(min(MOST_BELLS, len(waiting) * due.AT_ONCE_PER_CLIENT)):
        send_due.apply_async(expires=5)
    return len(waiting)


@shared_task
def send_due() -> int:
    """Hand over what is due, in short turns: always to the client who was served longest ago. Returns hand-offs begun.

    So nobody's hundred thousand delay another's first message by more than a few turns, whichever bell was heard.
    """
    begun, end = 0, time.monotonic() + BELL
    passed: set[int] = set()  # who had nothing that could leave now; the next bell asks them again
    while time.monotonic() < end and not told_to_leave() and holding.history_is_ours():
        with due.turn(passed) as client_id:
            if client_id is None:
                break
            reach("wake.taken")
            try:
                served = delivery.drain(client_id, TURN)
            except Exception:  # one client's trouble is not another's
                logger.exception("a turn failed", extra={"client": client_id})
                served = 0
        begun += served
        if served:
            watching.soon(client_id)
        else:
            passed.add(client_id)
    return begun


@shared_task
def plan() -> int:
    """Write the message rows of launches that are not planned yet."""
    return outbox.finish_planning()


@shared_task
def sweep() -> None:
    """Expire, open deadlines, finish planning: what a lost bell would have left lying."""
    outbox.finish_planning()
    _each(_sweep)


def _sweep(client_id: int) -> int:
    with acting_for(client_id):
        reconciling.expire(client_id)
        recording.open_deadlines(client_id, db_now() - reconciling.GRACE)  # seen at once, asked about in turn
        stopping.cancel_stopped(client_id)
        pacing.forget_sent(client_id)
        greeting.greet(client_id)
        evergreen.join(client_id)
        return waking.wake()


@shared_task
def wake(client_id: int | None = None) -> int:
    """A stop was released, for one client or for all: what it put off is due again."""
    return _wake(client_id) if client_id is not None else _each(_wake)


def _wake(client_id: int) -> int:
    with acting_for(client_id):
        return waking.wake()


@shared_task
def reconcile() -> int:
    """Ask the providers about unknowns."""
    return _asking("reconcile", reconciling.find_out)


@shared_task
def watch() -> int:
    """Count what went wrong for every client that is sending, and what it cost; pause what is over a limit, and tell the agency."""
    tripped = _each(lambda client_id: len(watching.watch(client_id)))
    _each(lambda client_id: bool(spending.count(client_id)))
    _each(letters.tell)
    _each(spending.tell)
    return tripped


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
    return _each(_apply, clients)


def _apply(client_id: int) -> int:
    try:
        applied = applying.apply_pending(client_id)
    finally:  # opt-outs are stored as they come, whatever cannot be applied after them
        barrier.enforce(client_id)
    if applied:
        watching.soon(client_id)
    return applied


@shared_task
def poll_replies() -> int:
    """Ask for replies whose webhooks were lost; what lets texts be handed over for another quarter of an hour."""
    return _asking("replies", polling.poll_if_due)


@shared_task
def tell_providers() -> int:
    """Tell the providers the opt-outs made here."""
    return _asking("opt-outs", telling_providers.tell)


@shared_task
def check_ledgers() -> int:
    """Compare yesterday with the providers' own lists."""
    return _asking("ledgers", ledger.check_if_due)


@shared_task
def read_given_up() -> int:
    """Read the providers' lists of numbers that carriers took back."""
    return _asking("given-up numbers", given_up.read_if_due)


@shared_task
def tell_listeners() -> int:
    """Tell the clients' other systems what happened; mail the agency when one had to be switched off."""
    told = rounds.tell()
    listener_letters.tell()
    return told


@shared_task
def blank_words() -> int:
    """Have the providers forget the words of what is settled."""
    return _asking("blanking", redacting.blank)


@shared_task
def fetch_pictures() -> int:
    """Take in the pictures that came with replies."""
    return _asking("pictures", fetching.fetch)


@shared_task
def ask_after_hold() -> bool:
    """Our history may have gaps: ask the providers what we forgot."""
    with alone("hold") as mine:
        return mine and holding.ask()


def _asking(round_of: str, do: Callable[[int], int]) -> int:
    """As `_each`, unless another worker is at it: a provider that hangs holds up one worker a round, never all of them."""
    with alone(round_of) as mine:
        return _each(do) if mine else 0


def _each(do: Callable[[int], int], clients: Iterable[int] | None = None) -> int:
    """For these clients, or every one; one client's trouble is not another's."""
    done = 0
    for client_id in _clients() if clients is None else clients:
        try:
            done += do(client_id)
        except Exception:
            logger.exception("a round failed", extra={"client": client_id})
    return done


def _clients() -> list[int]:
    with acting_for_every_client() as ids:
        return list(ids)
