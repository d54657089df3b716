"""The rounds over the record: sealing every few seconds, mailing the seal once a day. Repeating them does no harm."""

from __future__ import annotations

import logging

from celery import shared_task

from tenants import audit_anchors, sealing, sealing_alarm
from tenants.api import once
from tenants.models import Client
from tenants.scope import acting_for

log = logging.getLogger(__name__)


@shared_task
def seal_records() -> int:
    """Seal what can be sealed, raise an alarm where nothing may be; returns how many blocks were made."""
    return sealing.seal_due(sealing_alarm.raise_alarm)


@shared_task
def forget_answers() -> int:
    """Delete the API's kept answers that nobody repeats any more; returns how many."""
    forgotten = 0
    for client_id in Client.objects.order_by("pk").values_list("pk", flat=True):
        with acting_for(client_id):
            forgotten += once.forget(client_id)
    return forgotten


@shared_task
def anchor_records() -> int:
    """Mail each client its newest seal; returns how many mails were taken."""
    taken = 0
    for client in Client.objects.order_by("pk"):
        try:
            taken += audit_anchors.anchor(client)
        except Exception:
            log.exception("record not anchored", extra={"client": client.pk})
    return taken
