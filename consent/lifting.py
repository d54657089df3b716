"""Lifting an opt-out: the one way out, and only with the person's own word as its proof, which the database asks for too.

No page and no call of the API leads here: a START that came in does, and a fresh yes where somebody unsubscribed.
"""

from __future__ import annotations

from datetime import datetime

from consent.models import ConsentRecord, PurposeOptOut, Suppression
from consent.models.suppression import LIFTED_BY_START, LIFTED_BY_YES
from tenants.clock import db_now


def by_reply(client_id: int, address_id: int, *, reply: int, before: datetime) -> int:
    """End what a STOP made before `before`, for a START: the reply's number. Inside `acting_for`; returns how many."""
    there = Suppression.objects.filter(
        client=client_id, address=address_id, source__in=LIFTED_BY_START, since__lt=before
    )
    return int(there.end(db_now(), lifted_by_reply=reply))


def by_yes(record: ConsentRecord) -> int:
    """End what a fresh yes of the person lifts at the address it is for. Inside `acting_for`; returns how many."""
    there = {"client": record.client_id, "address": record.address_id}
    lifted = Suppression.objects.filter(**there, source__in=LIFTED_BY_YES).end(
        db_now(), lifted_by_consent=record.pk
    )
    lifted += PurposeOptOut.objects.filter(**there).end(db_now(), lifted_by_consent=record.pk)
    return int(lifted)
