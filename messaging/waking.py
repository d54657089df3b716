"""Messages that were put off for what concerns a whole campaign, its client or its sender: due again once that is over.

A message that is refused for now is asked again after a quarter of an hour. When a pause is released or a missing
paper is filed nobody should have to wait for that: one message of each step is asked on behalf of all.
"""

from __future__ import annotations

from compliance.flight import WHOLE_CODES
from messaging.judging import refusals
from messaging.models import Message, Status
from tenants.clock import db_now


def wake() -> int:
    """Inside `acting_for(client)`: make due what is no longer held up; returns how many messages."""
    at = db_now()
    put_off = Message.objects.filter(status=Status.QUEUED, due_at__gt=at, failed__overlap=sorted(WHOLE_CODES))
    put_off = put_off.filter(campaign__isnull=False)  # an answer by hand is asked again by itself
    one_each = put_off.order_by("step_id", "pk").distinct("step_id").values("pk")
    asked = list(Message.objects.filter(pk__in=one_each).values_list("client_id", "pk"))
    if not asked:
        return 0
    now = refusals(asked[0][0], [pk for _, pk in asked], at)
    over = [step for step, codes in now if WHOLE_CODES.isdisjoint(codes)]
    return put_off.filter(step_id__in=over).update(due_at=at) if over else 0
