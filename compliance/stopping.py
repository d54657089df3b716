"""Stopping and releasing: rows that the gate reads at every claim, and the wait for what was judged just before.

From its commit on a stop is seen by every claim. A hand-over judged a moment earlier may still be about to begin: its
worker holds the locks of `lock_keys` together with others, from before the judgement until its calls are back. Once a
stop has had its own lock alone, and no row tells of one that outlived the session of its locks, nothing judged before it
can begin any more (reliability G15).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import IntegrityError, OperationalError, connection, transaction

from campaigns.models import Campaign
from campaigns.state import State
from compliance.models import Stop, StopEverything
from consent.bell import ring
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import Client, Membership, User

BOUND = 3.0  # seconds; more than the two within which a judged hand-over must begin
Over = Callable[[Stop | StopEverything, float], bool]
_waits: list[Over] = []


def register(over: Over) -> None:
    """Let the room that hands over wait, for so many seconds, until nothing that a stop is to stop may begin; whether it is so."""
    if over not in _waits:
        _waits.append(over)


class StoppedAnew(Exception):
    """What is to be released is another stop than the one that was read; the message says why it was made."""


class StoppedForGood(Exception):
    """A campaign that was stopped for good is not released; the message says what to do instead."""


def stop(client: Client, campaign: Campaign | None, kind: Stop.Kind, by: User | None, reason: str) -> Stop:
    """Pause or stop a campaign, or (None) the whole client. A pause may become a stop; the reverse is not possible."""
    open_stops = Stop.objects.select_for_update(of=("self",)).filter(
        client=client, campaign=campaign, ended_at=None
    )
    there: Stop | None = open_stops.first()
    if there is not None:
        if there.kind == Stop.Kind.STOP or kind == Stop.Kind.PAUSE:
            return there
        Stop.objects.filter(pk=there.pk).update(ended_at=db_now(), ended_by=by)
    try:
        with transaction.atomic():
            return Stop.objects.create(client=client, campaign=campaign, kind=kind, reason=reason, by=by)
    except IntegrityError:  # someone else pressed at the same moment: theirs stands
        return open_stops.get()


def lock_keys(client_id: int, campaign_id: int | None) -> list[int]:
    """The locks under which a message is judged and handed over: of its campaign, its client and everything."""
    kinds = [("stop everything", 0), ("stop client", client_id)]
    if campaign_id is not None:  # an answer by hand belongs to none
        kinds.append(("stop campaign", campaign_id))
    return [lock_key(*kind) for kind in kinds]


def stands(made: Stop | StopEverything) -> bool:
    """Whether it is proven that no hand-over judged before this stop begins any more; waits `BOUND` seconds at most.

    Call it outside any transaction, when the stop is committed. False: calls that were judged before are still open. They
    began before, or find their two seconds over.
    """
    ends = time.monotonic() + BOUND
    try:
        # In one transaction, so that a pooler leaves the waiting and the letting go to one session.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(BOUND * 1000)}ms"])
            cursor.execute("SELECT pg_advisory_lock(%s)", [_own_key(made)])
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_own_key(made)])
    except OperationalError:
        return False
    return all(over(made, ends - time.monotonic()) for over in _waits)


def _own_key(made: Stop | StopEverything) -> int:
    if isinstance(made, StopEverything):
        return lock_keys(0, None)[0]
    return lock_keys(made.client_id, made.campaign_id)[-1]


def release(client: Client, campaign: Campaign | None, by: User, read: int | None = None) -> bool:
    """End the pause in force; whether there was one. `read`: the stop whose reason stood before the person, when it is known.

    Raises StoppedAnew, StoppedForGood.
    """
    there = (
        Stop.objects.select_for_update(of=("self",))
        .filter(client=client, campaign=campaign, ended_at=None)
        .first()
    )
    if there is None:
        return False
    if there.kind == Stop.Kind.STOP:
        if campaign is None:
            raise StoppedForGood("The engagement ended: nothing is sent for this practice any more.")
        raise StoppedForGood(
            "This campaign was stopped for good. Copy it into a new one and have that approved."
        )
    if read not in (
        None,
        there.pk,
    ):  # their page is older than this stop: nobody lets run what they did not read
        raise StoppedAnew(
            f"It was paused anew meanwhile: {there.reason} Read that first; nothing was released."
        )
    Stop.objects.filter(pk=there.pk).update(ended_at=db_now(), ended_by=by)
    transaction.on_commit(lambda: ring("messaging.tasks.wake", client_id=client.pk))
    return True


def stop_everything(by: User | None, reason: str) -> StopEverything:
    """Stop all sending of the installation."""
    return StopEverything.objects.create(by=by, reason=reason)


def release_everything(by: User) -> bool:
    """End the stops of everything that this person's agency made; whether there was one.

    A stop is the whole installation's, so any agency's owner may make one, but none undoes another agency's.
    """
    mine = [
        stop.pk
        for stop in StopEverything.objects.filter(ended_at=None).select_related("by")
        if may_release(stop, by)
    ]
    transaction.on_commit(lambda: ring("messaging.tasks.wake"))
    return bool(StopEverything.objects.filter(pk__in=mine).update(ended_at=db_now(), ended_by=by))


def may_release(stop: StopEverything, by: User) -> bool:
    """Whether a person may end a stop of everything: one of their own agency. The hold after a restore is nobody's to end: it
    ends by itself, once every provider was asked."""
    ours = Membership.objects.in_force().filter(user=by, agency__isnull=False).values("agency")
    return stop.by_id is not None and Membership.objects.filter(user=stop.by_id, agency__in=ours).exists()


def may_read(stop: StopEverything, by: User) -> bool:
    """Whether a person may know who made it and why: another agency's words are not theirs."""
    return stop.by_id is None or may_release(stop, by)


def told(campaign_ids: list[int]) -> dict[int, State]:
    """Which of these campaigns are paused or stopped (for campaigns.state)."""
    rows = Stop.objects.filter(campaign__in=campaign_ids, ended_at=None).values_list("campaign", "kind")
    return {campaign: State.STOPPED if kind == Stop.Kind.STOP else State.PAUSED for campaign, kind in rows}
