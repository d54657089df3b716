"""The barrier behind an opt-out: when no hand-off to the address can begin any more, by proof and not by hope.

An opt-out is in force for every later claim from its commit on. A hand-off judged just before may still be about to
begin: it holds the address's lock, and its row says so (a lock is lost with its session: messaging.in_hand). Once the lock has
been ours and no row is left, or three seconds have passed since the opt-out was seen (nothing begins later than two seconds
after its judgement), `enforced_at` is stamped (decisions 22).
"""

from __future__ import annotations

import time
from functools import partial

from django.db.models import QuerySet

from consent.models import Suppression
from messaging.in_hand import may_begin, waited_for
from messaging.locks import Locks, address_key
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.scope import acting_for

BOUND = 3.0  # seconds; more than the two within which a judged hand-off must begin
AT_ONCE = 2_000


def waiting() -> QuerySet[Suppression]:
    """Opt-outs not stamped yet, of the clients acted for."""
    rows: QuerySet[Suppression] = Suppression.objects.filter(enforced_at=None, ended_at=None)
    return rows


def enforce(client_id: int) -> int:
    """Stamp this client's opt-outs that are not stamped yet; returns how many. Takes `BOUND` seconds at most.

    Call it outside any transaction: the opt-outs must be committed, and are read anew.
    """
    with acting_for(client_id):
        unstamped = dict(waiting().order_by("pk").values_list("pk", "address_id")[:AT_ONCE])
    if not unstamped:
        return 0
    reach("stop.before_lock")
    ends = time.monotonic() + BOUND
    keys = {pk: address_key(address_id) for pk, address_id in unstamped.items()}
    with Locks() as locks:
        # Most are free: those are stamped at once, whatever the others wait for.
        free = {
            key
            for key, got in zip(keys.values(), locks.take([(key, key) for key in keys.values()]), strict=True)
            if got
        }
        reach("stop.after_lock")
        locks.release(free)
        begun = _in_hand(client_id, set(unstamped.values()))
        _stamp(client_id, [pk for pk, key in keys.items() if key in free and unstamped[pk] not in begun])
        for pk, key in keys.items():
            if key not in free or unstamped[pk] in begun:
                locks.wait(key, ends - time.monotonic())
                waited_for(partial(_in_hand, client_id, {unstamped[pk]}), ends - time.monotonic())
                _stamp(client_id, [pk])
    reach("stop.after_commit")
    return len(unstamped)


def _in_hand(client_id: int, addresses: set[int]) -> set[int]:
    """Those of these addresses to which a hand-over may still begin."""
    with acting_for(client_id):
        return set(may_begin().filter(address__in=addresses).values_list("address_id", flat=True))


def _stamp(client_id: int, ids: list[int]) -> None:
    with acting_for(client_id):
        Suppression.objects.filter(pk__in=ids, enforced_at=None).update(enforced_at=db_now())
