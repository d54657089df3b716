"""Messages that were put off for what concerns a whole campaign, its client or its sender: due again once that is over.

A message that is refused for now is asked again after a quarter of an hour. When a pause is released or a missing
paper is filed nobody should have to wait for that: one message of each step is asked on behalf of all. A mail that waited for
nothing but the look-up of its domain goes on when that is answered.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from compliance.checks.mailboxes import domain_looked_up
from compliance.flight import WHOLE_CODES
from compliance.models import MailLookup, Told
from messaging.judging import refusals
from messaging.models import Message, Status
from tenants.clock import db_now

LOOK_UP = domain_looked_up.code


def wake() -> int:
    """Inside `acting_for(client)`: make due what is no longer held up; returns how many messages."""
    at = db_now()
    return _whole(at) + _looked_up(at)


def _looked_up(at: datetime) -> int:
    put_off = Message.objects.filter(status=Status.QUEUED, due_at__gt=at, failed=[LOOK_UP])
    looked = MailLookup.objects.in_force(at).filter(client=OuterRef("client"), address=OuterRef("address"))
    return int(put_off.filter(Exists(looked.exclude(told=Told.UNKNOWN))).update(due_at=at))


def _whole(at: datetime) -> int:
    put_off = Message.objects.filter(status=Status.QUEUED, due_at__gt=at, failed__overlap=sorted(WHOLE_CODES))
    put_off = put_off.filter(campaign__isnull=False)  # an answer by hand is asked again by itself
    one_each = put_off.order_by("step_id", "pk").distinct("step_id").values("pk")
    asked = list(Message.objects.filter(pk__in=one_each).values_list("client_id", "pk"))
    if not asked:
        return 0
    now = refusals(asked[0][0], [pk for _, pk in asked], at)
    over = [step for step, codes in now if WHOLE_CODES.isdisjoint(codes)]
    return int(put_off.filter(step_id__in=over).update(due_at=at)) if over else 0
