"""Crossing a limit pauses: a stop like any other, made by the product, with the reason, on record.

The narrowest scope is judged first. A sender or a mailbox provider pauses the campaigns that would go on using it, a
client all of them. What a person releases counts from zero again. Where nothing is left to pause the agency is told all
the same: complaints come days after a campaign has ended.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from campaigns.models import Campaign, Launch, Step
from compliance import stopping
from compliance.models import Stop
from messaging import spending
from messaging.breakers.counting import Place, Tallies, tallies
from messaging.breakers.mailboxes import NAMES
from messaging.breakers.measures import LONGEST, MEASURES, Count, Measure
from messaging.models import Message, Status, Trip
from messaging.models.trip import Scope
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import Channel, Client, Sender
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
NARROWEST_FIRST = list(Scope.values)
EVERY = 3.0  # seconds
RESTING = 300.0  # seconds, for a client that has nothing to send
_next: dict[int, float] = {}  # when a client is counted again by this process
_resting: dict[int, float] = {}  # the same, while nothing moves


def watch(client_id: int) -> list[Trip]:
    """Count, and pause what is over a limit; returns what tripped. Opens its own scope; one watcher a client at a time."""
    with acting_for(client_id):
        moving = _moving(client_id)
        if not (moving or _worth_a_look(client_id)) or not _alone(client_id):
            return []
        return _judge(Client.objects.get(pk=client_id), moving, tallies(at := db_now()), at)


def soon(client_id: int) -> None:
    """As `watch`, and what it cost, after something was handed over or told; not more often than a twentieth of the time it takes.

    Whatever goes wrong in counting is logged: the round that watches everybody comes all the same.
    """
    now = time.monotonic()
    if now < _next.get(client_id, 0.0):
        return
    try:
        watch(client_id)
        spending.count(client_id)
    except Exception:
        logger.exception("could not count", extra={"client": client_id})
    after = time.monotonic()
    _next[client_id] = after + max(EVERY, 20 * (after - now))


def _moving(client_id: int) -> dict[int, Campaign]:
    """Launched campaigns that have something left to send, and may."""
    queued = Message.objects.filter(client=client_id, campaign=OuterRef("pk"), status=Status.QUEUED)
    launched = Launch.objects.filter(client=client_id, campaign=OuterRef("pk"))
    stopped = Stop.objects.filter(client=client_id, campaign=OuterRef("pk"), ended_at=None)
    rows = Campaign.objects.filter(Exists(launched), Exists(queued), ~Exists(stopped), client=client_id)
    if Stop.objects.filter(client=client_id, campaign=None, ended_at=None).exists():
        return {}
    return {campaign.pk: campaign for campaign in rows.select_related("client")}


def _worth_a_look(client_id: int) -> bool:
    """Where nothing moves, complaints still come for days: counted from time to time, while what was sent is young enough."""
    now = time.monotonic()
    if now < _resting.get(client_id, 0.0):
        return False
    _resting[client_id] = now + RESTING
    if Stop.objects.filter(client=client_id, campaign=None, ended_at=None).exists():
        return False
    return bool(Message.objects.filter(client=client_id, claimed_at__gt=db_now() - LONGEST).exists())


def _alone(client_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key("watch", client_id)])
        return bool(cursor.fetchone()[0])


def _judge(client: Client, moving: dict[int, Campaign], found: Tallies, at: datetime) -> list[Trip]:
    over = [
        (place, measure, counts[measure.code])
        for place, counts in found.items()
        for measure in MEASURES
        if counts[measure.code].over(measure)
    ]
    over.sort(key=lambda each: (NARROWEST_FIRST.index(each[0][0]), each[0][1], MEASURES.index(each[1])))
    if not over:
        return []
    using, told = _using(moving), _Told(client, at)
    trips = []
    for place, measure, count in over:
        wholly = place[0] == Scope.CLIENT
        targets: list[Campaign | None] = (
            [None] if wholly and moving else [moving[pk] for pk in using.get(place, ()) if pk in moving]
        )
        for campaign in targets:
            trips.append(_pause(client, campaign, place, measure, count, at))
            for pk in [campaign.pk] if campaign else list(moving):
                moving.pop(pk)
                told.paused.add(pk)
        if not targets and told.is_news(place, measure):
            trips.append(_note(client, place, measure, count, at))
        if trips:
            told.add(trips[-1])
    return trips


class _Told:
    """What the agency knows of already, so that one trouble is told once and in its narrowest scope."""

    def __init__(self, client: Client, at: datetime) -> None:
        known = Trip.objects.filter(client=client, at__gt=at - LONGEST).exclude(stop__ended_at__isnull=False)
        spans = {measure.code: measure.span for measure in MEASURES}
        self._known = {
            (measure, scope, key)
            for measure, scope, key, when in known.values_list("measure", "scope", "key", "at")
            if when > at - spans.get(measure, LONGEST)
        }
        paused = Stop.objects.filter(
            client=client, kind=Stop.Kind.PAUSE, ended_at=None, campaign__isnull=False
        )
        self.paused = set(paused.values_list("campaign", flat=True))

    def add(self, trip: Trip) -> None:
        self._known.add((trip.measure, trip.scope, trip.key))

    def is_news(self, place: Place, measure: Measure) -> bool:
        scope, key = place
        if (measure.code, scope, key) in self._known:
            return False
        if scope == Scope.CAMPAIGN:
            return int(key) not in self.paused  # whoever resumes it has it counted
        width = NARROWEST_FIRST.index(scope)
        return not self.paused and all(NARROWEST_FIRST.index(there) >= width for _, there, _ in self._known)


def _using(moving: dict[int, Campaign]) -> dict[Place, list[int]]:
    """Which of the moving campaigns would go on in each scope."""
    found: dict[Place, list[int]] = {(Scope.CAMPAIGN, str(pk)): [pk] for pk in moving}
    for campaign, sender, channel in (
        Step.objects.filter(campaign__in=moving).values_list("campaign", "sender", "channel").distinct()
    ):
        found.setdefault((Scope.SENDER, str(sender)), []).append(campaign)
        if channel == Channel.EMAIL:
            for mailbox in NAMES:
                found.setdefault((Scope.MAILBOX, mailbox), []).append(campaign)
    return found


def _pause(
    client: Client, campaign: Campaign | None, place: Place, measure: Measure, count: Count, at: datetime
) -> Trip:
    with transaction.atomic():
        why = reason(place, measure, count)
        stop = stopping.stop(client, campaign, Stop.Kind.PAUSE, None, why)
        trip: Trip
        trip, made = Trip.objects.get_or_create(
            client=client, stop=stop, measure=measure.code, scope=place[0], key=place[1],
            defaults={"campaign": campaign, "part": count.part, "whole": count.whole, "at": at},
        )  # fmt: skip
        if made:
            audit(
                "campaign.paused_by_breaker" if campaign else "client.paused_by_breaker",
                campaign or stop,
                client_id=client.pk,
                measure=measure.code,
                scope=place[0],
                key=place[1],
                part=count.part,
                whole=count.whole,
                limit=measure.limit,
            )
    return trip


def _note(client: Client, place: Place, measure: Measure, count: Count, at: datetime) -> Trip:
    """Nothing is left to pause there, and somebody should know."""
    campaign = int(place[1]) if place[0] == Scope.CAMPAIGN else None
    made: Trip = Trip.objects.create(
        client=client, campaign_id=campaign, measure=measure.code, scope=place[0], key=place[1], part=count.part,
        whole=count.whole, at=at, reason=reason(place, measure, count),
    )  # fmt: skip
    audit(
        "client.over_a_limit",
        made,
        client_id=client.pk,
        measure=measure.code,
        scope=place[0],
        key=place[1],
        part=count.part,
        whole=count.whole,
        limit=measure.limit,
    )
    return made


def reason(place: Place, measure: Measure, count: Count) -> str:
    """Why it was paused, as everybody reads it: the counts, where, the limit, and what to look at."""
    things = {Channel.EMAIL.value: "mails", Channel.SMS.value: "texts"}.get(measure.channel, "messages")
    last = f"the last {count.whole:,}" if measure.last and count.whole >= measure.last else f"{count.whole:,}"
    return (
        f"{count.part:,} of {last} {things}{where(place)} {measure.one} ({count.share:.3g} %; the limit is {measure.limit:g} %). "
        f"{measure.do}"
    )[:300]


def where(place: Place) -> str:
    """The scope, as it stands in a sentence; nothing for the campaign itself."""
    scope, key = place
    if scope == Scope.SENDER:
        sender = Sender.objects.filter(pk=key).first()
        return f" of {sender.address}" if sender else " of this sender"
    if scope == Scope.MAILBOX:
        return f" to {NAMES.get(key, key)}"
    return " of this client" if scope == Scope.CLIENT else ""
