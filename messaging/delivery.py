"""Hand-over: connect, claim a wave, call, record. The only caller of a provider's `send`."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial

import psycopg2
from django.db import InterfaceError, OperationalError, connection

from messaging.claiming import Wave, claim
from messaging.leaving import told_to_leave
from messaging.locks import Locks
from messaging.models import Message, Status
from messaging.pacing import put_off
from messaging.preparing import Prepared, prepare
from messaging.providers import provider_for
from messaging.providers.base import LATE, NotConnected, Outcome, Outgoing, Provider, Receipt
from messaging.recording import record_outcomes
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.hashing import lock_key
from tenants.models import ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
IN_FLIGHT = 64  # calls at once for one worker process
FIRST = 250  # messages of an account's first wave, where the provider takes more at once
SLOW = 1.0  # seconds of judging after which the next wave is smaller
RECORD_FOR = 30.0  # seconds
FRESH = 1.0  # seconds that words written ahead are good for
WORKER = f"{socket.gethostname()}:{os.getpid()}"

_pool: ThreadPoolExecutor | None = None
# Messages in the next wave of an account (its id), where that is fewer than the provider takes. Judging a wave counts
# toward the two seconds in which its calls must begin: a machine too slow for a whole wave takes a smaller one.
_sizes: dict[int, int] = {}


def drain(client_id: int, seconds: float = 10.0, provider: str = "") -> int:
    """Hand over what is due for one client, for about `seconds` and at least a wave of each account's messages.

    Returns the hand-offs begun. Ends early when nothing more is clear. Called outside any transaction.
    """
    reach("drain.start")
    begun = 0
    end = time.monotonic() + seconds
    put_off(client_id)
    with Locks() as locks:
        # Two workers that both began with the earliest would take turns at nothing.
        key = lock_key("earliest", client_id)
        second = not locks.take([(key, key)])[0]
        for account in _accounts(client_id, provider):
            try:
                hands = provider_for(account)
                reach("http.before_connect")
                hands.connect()  # DNS, refusal and TLS fail here, before anything is claimed
                reach("http.after_connect")
            except NotConnected as error:
                logger.warning(
                    "provider cannot be reached",
                    extra={"client": client_id, "provider": account.provider, "code": str(error)},
                )
                continue
            ahead = _Ahead()
            while not told_to_leave():
                most = max(IN_FLIGHT, hands.most_at_once)
                size = _sizes.get(account.pk, min(most, FIRST))
                write = partial(prepare, client_id, account.provider, size, second=second)
                prepared = ahead.taken() or write()
                if not prepared:
                    break
                began = time.monotonic()
                wave = claim(client_id, prepared, locks, WORKER)
                judged_in = time.monotonic() - began
                late = hand_over(client_id, hands, wave, locks, partial(ahead.write, write, end))
                _sizes[account.pk] = _next_size(size, most, late, judged_in)
                begun += len(wave.outgoing) - late
                if not wave.judged or (wave.short and not wave.outgoing):
                    break  # another worker holds these addresses, or their number rests; come back on the next ring
                if time.monotonic() >= end:
                    break  # only now: each account has its wave in every turn, however long connecting took
    return begun


def _next_size(size: int, most: int, late: int, judged_in: float) -> int:
    """Judging counts toward the two seconds, so it is kept well within them, on slow machines by smaller waves."""
    if late:
        return max(1, size // 4)
    if judged_in > SLOW:
        return max(1, size // 2)
    return min(most, size * 2) if judged_in < SLOW / 2 else size


class _Ahead:
    """The next wave's words, written while this one's calls are on their way. Nothing of it is claimed or locked."""

    def __init__(self) -> None:
        self._prepared: list[Prepared] = []
        self._at = 0.0

    def write(self, prepare: Callable[[], list[Prepared]], until: float) -> None:
        self._at = time.monotonic()
        if self._at < until and not told_to_leave():
            try:
                self._prepared = prepare()
            except Exception:
                # What the calls told must be recorded all the same; asked for again, it is raised there.
                connection.close()

    def taken(self) -> list[Prepared]:
        """What was written, unless the calls took so long that a person's words may have changed meanwhile."""
        prepared, self._prepared = self._prepared, []
        return prepared if time.monotonic() - self._at < FRESH else []


def hand_over(
    client_id: int, provider: Provider, wave: Wave, locks: Locks, meanwhile: Callable[[], None] = lambda: None
) -> int:
    """Make the calls of a claimed wave at once and record each outcome as it comes; `meanwhile` is done once they are made.

    Returns how many messages came too late to begin; they are in the queue again. Whatever goes wrong here is raised
    when the last call is back: until then the locks are needed, and what the other calls told is recorded.
    """
    global _pool
    late = 0
    if not wave.outgoing:
        return 0
    _pool = _pool or ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="hand-over")
    groups = provider.groups(wave.outgoing)
    calls = {_pool.submit(provider.send, group, begin_by=wave.begin_by): group for group in groups}
    open_calls = set(calls)
    trouble: list[Exception] = []
    try:
        meanwhile()
        while open_calls:
            done, open_calls = wait(open_calls, return_when=FIRST_COMPLETED)
            # What came back in the same instant is written together.
            more, open_calls = wait(open_calls, timeout=0.02) if open_calls else (set(), set())
            receipts = [each for call in done | more for each in _told(client_id, call, calls[call])]
            try:
                _record(client_id, receipts, wave, locks, last=not open_calls)
                late += sum(receipt.code == LATE for receipt in receipts)
            except Exception as error:
                trouble.append(error)
    finally:
        wait(open_calls)
    if trouble:
        raise trouble[0]
    return late


def hand_over_test(account: ProviderAccount, outgoing: Outgoing) -> Receipt:
    """A test to the agency itself: no message, no attempt, nothing recorded. Raises `NotConnected`."""
    provider = provider_for(account)
    provider.connect()
    (receipt,) = provider.send([outgoing])
    return receipt


def _told(client_id: int, call: Future[list[Receipt]], group: list[Outgoing]) -> list[Receipt]:
    """What a call that is back told. A provider's `send` raises for nothing that happens out there, but it may have faults."""
    try:
        return call.result()
    except Exception as error:
        # Its words could hold an address; how far it came nobody knows.
        logger.error("a call failed within", extra={"client": client_id, "code": type(error).__name__})  # noqa: TRY400
        return [Receipt(each.attempt_id, Outcome.UNKNOWN, code="failed_within") for each in group]


def _record(client_id: int, receipts: list[Receipt], wave: Wave, locks: Locks, *, last: bool) -> None:
    reach("unlock")
    # A session that is gone has let go of its locks already; what was begun is still recorded.
    with suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
        locks.release(
            (key for receipt in receipts for key in wave.keys[receipt.attempt_id]),
            wave.under if last else (),
        )
    reach("tx2.before")
    _write(client_id, receipts)
    reach("tx2.after")


def _write(client_id: int, receipts: list[Receipt]) -> None:
    """The second transaction, of all at once. Should one of them not go in, of each alone: what cannot be written becomes
    unknown at its deadline, and takes nothing else with it. Raises the last such error."""
    try:
        _write_whole(client_id, receipts)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(receipts) == 1:
            raise
        trouble = None
        for receipt in receipts:
            try:
                _write_whole(client_id, [receipt])
            except (OperationalError, InterfaceError):
                raise
            except Exception as one:
                trouble = one
        if trouble is not None:
            raise trouble from error


def _write_whole(client_id: int, receipts: list[Receipt]) -> None:
    """What is known of calls that were made is worth trying for: while the database cannot be reached, for up to
    `RECORD_FOR` seconds; after that the provider is asked (reliability F13)."""
    ends = time.monotonic() + RECORD_FOR
    while True:
        try:
            with acting_for(client_id):
                record_outcomes(client_id, receipts)
                reach("tx2.before_commit")
            return
        except (OperationalError, InterfaceError):
            if time.monotonic() > ends:
                raise
            logger.warning(
                "outcomes could not be recorded yet", extra={"client": client_id, "count": len(receipts)}
            )
            connection.close()
            time.sleep(0.2)


def _accounts(client_id: int, provider: str) -> list[ProviderAccount]:
    """The client's accounts that have something due."""
    with acting_for(client_id):
        at = db_now()
        due = Message.objects.filter(status=Status.QUEUED, due_at__lte=at).values("provider")
        accounts = ProviderAccount.objects.in_force(at).filter(provider__in=due)
        return list(accounts.filter(provider=provider) if provider else accounts)
