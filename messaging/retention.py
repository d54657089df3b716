"""How long what only carried facts is kept as it came: webhooks, uploaded lists, requests to listeners. Their facts are rows of their own.

Each client's own time holds (messaging.evidence.purging). While anything of a client is held for a suit all of it stays: it
cannot be told whom it names. Once a day for each client and kind, with a certificate.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection
from django.db.models import Q

from consent import retention
from messaging.evidence.certifying import certify
from messaging.evidence.holding import with_holds
from messaging.evidence.purging import TIMES
from messaging.models import Certificate, Kind, RetentionRule, Telling
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for, acting_for_every_client

A_DAY = timedelta(hours=20)  # rounds come hourly
AT_ONCE = 50_000

logger = logging.getLogger(__name__)

# Ids follow the time of receipt: the first that is young enough for every client ends the search.
_HOOKS = """
    WITH due AS (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]) AS d(client_id, before)),
    old AS (
        SELECT h.id FROM messaging_rawhook h JOIN due ON due.client_id = h.client_id
        WHERE h.received_at < due.before AND h.applied_at IS NOT NULL AND h.id < coalesce(
            (SELECT y.id FROM messaging_rawhook y WHERE y.received_at >= (SELECT max(before) FROM due) ORDER BY y.id LIMIT 1),
            9223372036854775807
        )
        ORDER BY h.id LIMIT %s
    )
    DELETE FROM messaging_rawhook h USING old WHERE h.id = old.id RETURNING h.client_id
"""


@shared_task
def forget_hooks() -> int:
    """Delete webhooks that are older than their client's time and applied; returns how many. One that waits is never deleted.

    A delivery that comes again afterwards changes nothing: events and replies know their own ids.
    """
    forgotten = 0
    with acting_for_every_client():
        due = _due(Kind.HOOKS)
    while due:
        with acting_for_every_client(), connection.cursor() as cursor:
            cursor.execute(_HOOKS, [list(due), list(due.values()), AT_ONCE])
            gone = Counter(client_id for (client_id,) in cursor.fetchall())
            for client_id, rows in sorted(gone.items()):
                certify(client_id, Kind.HOOKS, {"rows": rows}, before=due[client_id])
        forgotten += gone.total()
        if gone.total() < AT_ONCE:
            break
    if forgotten:
        logger.info("old webhooks were deleted", extra={"count": forgotten})
    return forgotten


@shared_task
def forget_raw() -> int:
    """Delete lists nobody went on with, empty the addresses in reports, and delete what listeners were told; returns how many
    certificates were written."""
    with acting_for_every_client():
        lists, told = _due(Kind.LISTS), _due(Kind.TOLD)
    made = 0
    for client_id, before in lists.items():
        try:
            made += _lists(client_id, before)
        except Exception:
            logger.exception("old lists not deleted", extra={"client": client_id})
    for client_id, before in told.items():
        made += _told(client_id, before)
    return made


def _due(kind: Kind) -> dict[int, datetime]:
    """Clients of which nothing is held and whose last certificate of this kind is a day old: before when what they have goes."""
    at = db_now()
    lately = Certificate.objects.filter(what=kind, at__gt=at - A_DAY).values_list("client", flat=True)
    days = dict(RetentionRule.objects.filter(kind=kind).values_list("client", "days"))
    clients = Client.objects.order_by("pk").values_list("pk", flat=True)
    left = set(clients) - set(lately) - with_holds()
    return {each: at - timedelta(days=days.get(each, TIMES[kind].default)) for each in sorted(left)}


def _lists(client_id: int, before: datetime) -> bool:
    counts = {
        "files": retention.forget_files(client_id, before),
        "lines": retention.empty_reports(client_id, before),
    }
    if not any(counts.values()):
        return False
    with acting_for(client_id):
        certify(client_id, Kind.LISTS, counts, before=before)
    return True


def _told(client_id: int, before: datetime) -> bool:
    with acting_for(client_id):
        old = Telling.objects.filter(
            Q(taken_at__isnull=False) | Q(given_up_at__isnull=False), client=client_id
        )
        gone = old.filter(made_at__lt=before).delete()[0]
        if gone:
            certify(client_id, Kind.TOLD, {"rows": gone}, before=before)
    return bool(gone)
