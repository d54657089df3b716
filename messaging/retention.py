"""How long what providers sent is kept as it came: its facts (events, replies, opt-outs) are rows of their own by then."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from messaging.models import RawHook, Telling
from tenants.clock import db_now
from tenants.scope import acting_for_every_client

KEPT = timedelta(days=30)
AT_ONCE = 1000

logger = logging.getLogger(__name__)


@shared_task
def forget_hooks() -> int:
    """Delete webhooks received more than 30 days ago and applied; returns how many. One that waits is never deleted.

    A delivery that comes again afterwards changes nothing: events and replies know their own ids.
    """
    forgotten, last = 0, 0
    while True:
        with acting_for_every_client():
            before = db_now() - KEPT
            # Ids follow the time of receipt: the first that is young enough ends the search.
            rows = list(
                RawHook.objects.filter(pk__gt=last)
                .order_by("pk")
                .values_list("pk", "received_at", "applied_at")[:AT_ONCE]
            )
            old = [pk for pk, received, applied in rows if received < before and applied is not None]
            RawHook.objects.filter(pk__in=old).delete()
        forgotten += len(old)
        if len(rows) < AT_ONCE or rows[-1][1] >= before:
            break
        last = rows[-1][0]
    if forgotten:
        logger.info("old webhooks were deleted", extra={"count": forgotten})
    return forgotten


@shared_task
def forget_tellings() -> int:
    """Delete what listeners were told more than 30 days ago, unless it is still being tried; returns how many."""
    with acting_for_every_client():
        old = Telling.objects.filter(Q(taken_at__isnull=False) | Q(given_up_at__isnull=False))
        first = old.filter(made_at__lt=db_now() - KEPT).order_by("pk").values("pk")[: 50 * AT_ONCE]

        return int(Telling.objects.filter(pk__in=list(first.values_list("pk", flat=True))).delete()[0])
