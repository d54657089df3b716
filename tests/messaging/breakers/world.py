"""What was sent and what was told of it afterwards, for the breakers' tests."""

from __future__ import annotations

import uuid
from datetime import timedelta

from compliance.models import Stop
from messaging.models import Message, Status
from messaging.models.message import Delivery
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed


def sent(of: Client, number: int, *, provider: str = "sendgrid") -> list[int]:
    """Hand over that many; all of them arrive."""
    ids: list[int] = []
    while len(ids) < number:
        more = handed(of, provider=provider)
        assert more
        ids += more
    with acting_for(of.pk):
        Message.objects.filter(pk__in=ids).update(delivery=Delivery.DELIVERED)
    return ids


def told(of: Client, ids: list[int], delivery: str, code: str = "") -> None:
    with acting_for(of.pk):
        Message.objects.filter(pk__in=ids).update(delivery=delivery, delivery_code=code)


def queue_one_more(of: Client) -> Message:
    """Something left to send, so that a pause makes a difference."""
    with acting_for(of.pk):
        message: Message = Message.objects.order_by("-pk")[0]
        message.pk, message.status, message.claimed_at, message.judged_at = None, Status.QUEUED, None, None
        message.delivery = message.delivery_code = ""
        person = people.contact(of, phone=people.a_phone(), email=f"{uuid.uuid4().hex}@example.org")
        message.contact, message.household = person, person.pk
        message.address_id = person.points.get(channel=message.channel).address_id
        message.due_at = db_now() + timedelta(days=1)
        message.save(force_insert=True)
        return message


def mails(of: Client) -> list[int]:
    with acting_for(of.pk):
        return list(
            Message.objects.filter(status=Status.ACCEPTED).order_by("pk").values_list("pk", flat=True)
        )


def stop_of(of: Client) -> Stop | None:
    with acting_for(of.pk):
        found: Stop | None = Stop.objects.filter(ended_at=None).first()
        return found
