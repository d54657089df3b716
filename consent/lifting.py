"""Lifting an opt-out: the one way out, and only with the person's own word as its proof, which the database asks for too.

No page and no call of the API leads here: a START that came in does, and a fresh yes where somebody unsubscribed. What a rule
read out of a reply by mistake, a wrong number, is ended by whoever reads that reply again.
"""

from __future__ import annotations

from datetime import datetime

from consent.models import ConsentRecord, PurposeOptOut, Suppression, UnsafeMark
from consent.models.suppression import LIFTED_BY_START, LIFTED_BY_YES
from tenants.clock import db_now


def by_reply(client_id: int, address_id: int, *, reply: int, before: datetime) -> int:
    """End what a STOP made before `before`, for a START: the reply's number. Inside `acting_for`; returns how many."""
    there = Suppression.objects.filter(
        client=client_id, address=address_id, source__in=LIFTED_BY_START, since__lt=before
    )
    return int(there.end(db_now(), lifted_by_reply=reply))


def by_yes(record: ConsentRecord) -> int:
    """End what a fresh yes of the person lifts at the address it is for. Inside `acting_for`; returns how many.

    A no that was stored while the yes was being written down is newer than it, and stands.
    """
    there = {"client": record.client_id, "address": record.address_id, "since__lte": record.since}
    lifted = Suppression.objects.filter(**there, source__in=LIFTED_BY_YES).end(
        db_now(), lifted_by_consent=record.pk
    )
    lifted += PurposeOptOut.objects.filter(**there).end(db_now(), lifted_by_consent=record.pk)
    return int(lifted)


def kind_by_yes(record: ConsentRecord) -> int:
    """End the no to the one kind of messages that a fresh yes is for, at its address, and nothing else. Inside `acting_for`."""
    there = PurposeOptOut.objects.filter(
        client=record.client_id, address=record.address_id, purpose=record.purpose, since__lte=record.since
    )
    return int(there.end(db_now(), lifted_by_consent=record.pk))


def misread(client_id: int, address_id: int, *, reply: int) -> bool:
    """End the wrong number that a rule read out of this reply, which a member has read again, and the mark for everybody with
    it; each only while nobody else has said the same. Inside `acting_for`; False when the opt-out stands."""
    told = {"address": address_id, "read_from": reply, "ended_at": None}
    wrong = Suppression.objects.filter(client=client_id, source=Suppression.Source.WRONG_NUMBER, **told)
    if not wrong.end(db_now(), lifted_by_reply=reply):
        return False
    UnsafeMark.objects.filter(reason="wrong_number", **told).update(ended_at=db_now(), lifted_by_reply=reply)
    return True
