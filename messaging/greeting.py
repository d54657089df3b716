"""Standing welcomes: a signed campaign whose audience grows, person by person. No second way of sending: what is written here
are messages like any other, and each is claimed, judged and handed over like any other, its approval included."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from campaigns.audience import due_at, first_yes, newcomers
from campaigns.models import Launch, Step
from compliance.models import Stop
from messaging.models import Message
from messaging.outbox import write_messages
from tenants.clock import db_now


def standing(client_id: int, at: datetime, due: Q, **which: bool) -> dict[int, Launch]:
    """The newest launch of each campaign of this kind that takes people in: planned, and not stopped for good."""
    stopped = Stop.objects.in_force(at).filter(campaign=OuterRef("campaign"), kind=Stop.Kind.STOP)
    rows = Launch.objects.filter(
        ~Exists(stopped), due, client=client_id, planned_at__isnull=False, at__lte=at, **which
    )
    later = rows.select_related("version", "campaign__client").order_by("campaign", "at")
    return {each.campaign_id: each for each in later}


def greet(client_id: int) -> int:
    """Write the messages for whoever became known since the last look, inside `acting_for(client)`; returns how many.

    Asked again it writes nothing twice. Nobody is greeted by two campaigns, whichever came first.
    """
    at = db_now()
    newest = standing(client_id, at, Q(), campaign__greets=True)
    if not newest:
        return 0
    written = 0
    steps = Step.objects.filter(campaign__in=newest).select_related("campaign__client", "sender")
    for step in steps.order_by("campaign", "position"):
        launched = newest[step.campaign_id]
        greeted = Message.objects.filter(
            client=client_id, address=OuterRef("address"), campaign__greets=True
        ).filter(Q(step=step) | ~Q(campaign=step.campaign_id))
        whom = first_yes if step.campaign.greets_known else newcomers
        subject = whom(step, launched.at, at, launched.version).filter(~Exists(greeted))
        written += write_messages(step, launched.version, subject, due_at(step, at))
    return written
