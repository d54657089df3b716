"""After a restore, or when another database server has taken over, our history may have gaps: hold, ask, then release by name.

A backup forgets what was handed over and who said no since. So nothing is sent until every provider has been asked for
both, and then each running campaign waits for a named person. Known by the database's own marks: another system, another
timeline, a clock of writes that stands before what the broker remembers, or a moment last seen that does: a dump read back into
the same server keeps the first two, and writing it moves the third on.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat, Left

from campaigns.models import Campaign, Launch, ScheduledLaunch
from campaigns.state import State, states_of
from compliance import stopping
from compliance.models import Stop, StopEverything
from messaging import evergreen, greeting, outbox
from messaging.models import History, Hold, HoldAnswer, Message, Status
from messaging.models.message import BEFORE_RESTORE
from messaging.providers.base import NotConnected
from messaging.recovering import recover
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import ProviderAccount, User
from tenants.scope import acting_for, acting_for_every_client

logger = logging.getLogger(__name__)
BEFORE = timedelta(minutes=15)  # how far behind the last known moment the questions begin
MARK = "clear-to-send:highest-lsn"
SEEN = "clear-to-send:last-seen"
SEEN_EVERY = timedelta(seconds=30)
HELD = "After a restore: whoever knows this campaign releases it."
RESTORED = "restored"  # why a launch at an hour was not made (messaging.scheduling has the sentence)


def history_is_ours() -> bool:
    """Whether this is the history we lived in the last time; if not, everything is held from now on.

    The broker is asked before the database: what another worker noted by then was written by then. The other way round the
    database would seem to stand before a point that it only reached in between.
    """
    last = History.objects.first()
    highest, seen = _remembered(last) if last else (0, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text, left(pg_walfile_name(pg_current_wal_lsn()), 8), "
            "(pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint, (SELECT seen_at FROM messaging_history WHERE id = 1)"
        )
        system, timeline, written, last_seen = cursor.fetchone()
    if last is None:
        History.objects.get_or_create(
            pk=1, defaults={"system": system, "timeline": timeline, "seen_at": db_now()}
        )
    elif (last.system, last.timeline) != (system, timeline):
        hold(
            "Another database server has taken over, or a backup was restored.",
            last.seen_at,
            system,
            timeline,
        )
    elif written < highest or (seen is not None and last_seen < seen):
        hold(
            "The database stands before what was written already: a backup was restored.",
            last_seen,
            system,
            timeline,
        )
        _forget(last)
    else:
        _note(last, written if written > highest else None)
    return not Hold.objects.filter(asked_at=None).exists()


def hold(reason: str, lost_since: datetime, system: str = "", timeline: str = "") -> Hold:
    """Hold everything until the providers were asked about what happened since `lost_since`. Waits for what was judged before,
    as a red button does; called outside any transaction."""
    with transaction.atomic():
        made = Hold.objects.create(reason=reason[:300], lost_since=lost_since)
        stop = StopEverything.objects.create(reason=f"Held: {reason}"[:300])
        if system:
            History.objects.update_or_create(
                pk=1, defaults={"system": system, "timeline": timeline, "seen_at": db_now()}
            )
    logger.error("everything is held", extra={"count": made.pk})
    # Else a provider would be asked what it has while somebody is still handing over.
    if not stopping.stands(stop):
        logger.warning("hand-overs judged before the hold are still open", extra={"count": made.pk})
    return made


def ask() -> bool:
    """Ask the providers of every client what we may have forgotten; then campaigns wait for their release by name instead of
    everything being held. False while a provider cannot be asked, or nothing is held."""
    held = list(Hold.objects.filter(asked_at=None).order_by("lost_since"))
    if not held:
        return False
    since = held[0].lost_since - BEFORE
    _write_who_joins()
    with acting_for_every_client():
        answered = HoldAnswer.objects.filter(hold__in=held, asked_at__isnull=False).order_by()
        told = Counter(answered.values_list("account", flat=True))
        asked = [
            account
            for account in ProviderAccount.objects.in_force(db_now()).order_by("pk")
            if told[account.pk] < len(held)
        ]
    # Each, whatever another's provider does; and who has answered is not asked again while another does not.
    answers = [_answered(account, since, held) for account in asked]
    if not all(answers):
        return False
    with acting_for_every_client() as clients:
        for client_id in clients:
            _pause_running(client_id)
            _call_off(client_id)
        at = db_now()
        Hold.objects.filter(pk__in=[each.pk for each in held]).update(asked_at=at)
        StopEverything.objects.filter(by=None, ended_at=None, reason__startswith="Held: ").update(ended_at=at)
    return True


def release(campaign: Campaign, by: User) -> bool:
    """A named person lets one campaign go on; False when it was not waiting. Inside the client's scope."""
    released = stopping.release(campaign.client, campaign, by)
    if released:
        audit("campaign.released_after_hold", campaign, client_id=campaign.client_id, by=by)
    return released


def _answered(account: ProviderAccount, since: datetime, held: list[Hold]) -> bool:
    trouble = ""
    try:
        recover(account, since)
    except NotConnected as error:
        trouble = str(error)[:40]
        logger.warning(
            "a provider could not be asked",
            extra={"client": account.client_id, "provider": account.provider, "code": trouble},
        )
    except (
        Exception
    ) as error:  # its keys cannot be read, or its answer: no other account waits for it, and it is named
        trouble = type(error).__name__[:40]
        logger.exception(
            "what a provider told is not taken in",
            extra={"client": account.client_id, "provider": account.provider},
        )
    with acting_for(account.client_id):
        at = None if trouble else db_now()
        HoldAnswer.objects.bulk_create(
            [HoldAnswer(client_id=account.client_id, hold=each, account=account, asked_at=at, trouble=trouble) for each in held],
            update_conflicts=True, unique_fields=["client", "hold", "account"], update_fields=["asked_at", "trouble"],
        )  # fmt: skip
    return not trouble


def _write_who_joins() -> None:
    """Whoever a launch, a welcome or an evergreen campaign takes in has their message before the providers are asked: else what was
    sent to them in the time that is forgotten would end none, and they would be written to again."""
    outbox.finish_planning()
    with acting_for_every_client() as ids:
        clients = list(ids)
    for client_id in clients:
        try:
            with acting_for(client_id):
                Launch.objects.filter(client=client_id, campaign__joins=True).update(looked_at=None)
                greeting.greet(client_id)
                evergreen.join(client_id)
        except Exception:  # one client's trouble does not hold everybody: its campaigns are paused too
            logger.exception("who joined is not written", extra={"client": client_id})


def _pause_running(client_id: int) -> None:
    launched = list(
        Campaign.objects.filter(
            pk__in=Launch.objects.filter(client=client_id).values("campaign")
        ).select_related("client")
    )
    states = states_of(each.pk for each in launched)
    for campaign in launched:
        if states[campaign.pk] == State.RUNNING:
            stopping.stop(campaign.client, campaign, Stop.Kind.PAUSE, None, HELD)
    # Whoever resumes one that the backup shows as paused must know as well: it may have gone on in the time that is forgotten.
    left = Message.objects.filter(client=client_id, campaign=OuterRef("campaign"), status=Status.QUEUED)
    paused = Stop.objects.filter(Exists(left), client=client_id, kind=Stop.Kind.PAUSE, ended_at=None)
    paused.exclude(reason__startswith=HELD).update(
        reason=Left(Concat(Value(f"{HELD} It was paused before: "), "reason"), 300)
    )


def _call_off(client_id: int) -> None:
    """What would leave without anybody's word, though it may have left in the time that is forgotten, ends: every launch at an
    hour, as it may have been made, moved, called off or pressed by hand since, and every answer by hand that waited."""
    at = db_now()
    launches = ScheduledLaunch.objects.filter(client=client_id, ended_at=None)
    for row in launches.select_related("campaign"):
        audit("launch.refused", row.campaign, client_id=client_id, why=[RESTORED])
    launches.update(ended_at=at, outcome=ScheduledLaunch.Outcome.REFUSED, why=[RESTORED])
    answers = Message.objects.filter(client=client_id, campaign=None, status=Status.QUEUED)
    ended = answers.update(status=Status.CANCELLED, settled_at=at, delivery_code=BEFORE_RESTORE)
    if ended:
        audit("answers.ended_after_hold", client_id=client_id, count=ended)


def _remembered(last: History) -> tuple[int, datetime | None]:
    """The highest point of writing, and the last moment this history was seen, that the broker remembers; 0 and None of neither."""
    try:
        highest, seen = _broker().mget(f"{MARK}:{last.system}", f"{SEEN}:{last.name}")
        moment = datetime.fromisoformat(seen.decode()) if isinstance(seen, bytes) else None
        return int(highest or 0), moment
    except (redis.RedisError, ValueError):
        return 0, None


def _note(last: History, written: int | None) -> None:
    """Remember what stands. The moment is written to the database first: the broker never knows of one that is not there."""
    at = db_now()
    moved = 0
    if last.seen_at < at - SEEN_EVERY:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL synchronous_commit = on"
            )  # written for good, wherever a crash loses more
            moved = History.objects.filter(pk=1, seen_at__lt=at - SEEN_EVERY).update(seen_at=at)
    kept = {f"{MARK}:{last.system}": str(written)} if written is not None else {}
    if moved:
        kept[f"{SEEN}:{last.name}"] = at.isoformat()
    if kept:
        with suppress(redis.RedisError):
            _broker().mset(kept)


def _forget(last: History) -> None:
    with suppress(redis.RedisError):
        _broker().delete(f"{SEEN}:{last.name}", *_broker().scan_iter(f"{MARK}:*"))


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1)
