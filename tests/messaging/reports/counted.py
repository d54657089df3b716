"""A campaign that ran, and bookings of every kind."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Booking, Campaign, Launch
from consent.models import Contact
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests.messaging.flight import handed
from tests.messaging.world import launched


def ran(of: Client, *steps: dict[str, Any], texts: int, days_ago: int = 20, **values: Any) -> Campaign:
    """A campaign launched and sent so many days ago, to whom it was clear for."""
    made = launched(of, *steps, texts=texts, **values)
    for _ in range(texts // 64 + 1):
        handed(of)
    back = timedelta(days=days_ago)
    with acting_for(of.pk):
        Launch.objects.filter(campaign=made).update(at=db_now() - back)
        for row in Message.objects.filter(campaign=made):
            moved = {
                name: at - back
                for name in ("claimed_at", "judged_at", "settled_at")
                if (at := getattr(row, name))
            }
            Message.objects.filter(pk=row.pk).update(**moved)
    return made


def booked(person: Contact | int, at: datetime, **values: Any) -> Booking:
    """An appointment, two days after it was booked. Called inside the client's scope."""
    contact = person if isinstance(person, Contact) else Contact.objects.get(pk=person)
    given: dict[str, Any] = {"for_at": at + timedelta(days=2), "status": "booked"}
    made: Booking = Booking.objects.create(
        client_id=contact.client_id, contact=contact, booked_at=at, **given | values
    )
    return made


def at_random(of: Client, made: Campaign, seed: int) -> None:
    """Bookings of every kind, before, in and after the window, at its very edges too."""
    dice = random.Random(seed)
    with acting_for(of.pk):
        start = Launch.objects.get(campaign=made).at
        for contact in Contact.objects.order_by("pk"):
            for each in range(dice.choice((0, 0, 1, 1, 2))):
                at = start + timedelta(hours=dice.randrange(-48, 20 * 24))
                if dice.random() < 0.3:
                    at = datetime.combine(at.date(), datetime.min.time(), ZoneInfo(of.time_zone))
                booked(
                    contact, at, number=f"{contact.pk}-{each}", status=dice.choice(("booked", "kept", "kept", "cancelled", "no_show")),
                    cents=dice.choice((None, 0, 12_345, 9_900)), ended_at=dice.choice((None, None, None, db_now())),
                )  # fmt: skip


def window_of(first: datetime, business_days: int, zone: ZoneInfo) -> datetime:
    """Where a window ends: midnight at the practice after so many business days, counted on the fingers."""
    day = first.astimezone(zone).date()
    while business_days:
        day += timedelta(days=1)
        business_days -= day.weekday() < 5
    return datetime.combine(day + timedelta(days=1), time(), zone)
