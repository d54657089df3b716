"""A campaign that ran, with bookings of every kind, and its numbers counted again one row after the other."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
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


def recounted(of: Client, made: Campaign) -> dict[str, dict[str, int]]:
    """Row by row, by nothing that the report uses."""
    zone = ZoneInfo(of.time_zone)
    entries: dict[str, dict[int, datetime]] = {"written": {}, "held_out": {}}
    with acting_for(of.pk):
        for row in Message.objects.filter(campaign=made).order_by("pk"):
            if row.status in ("handing", "accepted", "refused", "unknown", "unresolved"):
                there, at = entries["written"], row.claimed_at
            elif row.status == "held" and row.failed == ["held_out"]:
                there, at = entries["held_out"], row.settled_at
            else:
                continue
            there[row.contact_id] = min(at, there.get(row.contact_id, at))
        bookings = list(Booking.objects.all())
    found = {}
    for name, people in entries.items():
        counts = dict.fromkeys(("people", "booked", "bookings", "kept", "missed", "cents", "unpriced"), 0)
        for contact, first in people.items():
            day, left = first.astimezone(zone).date(), made.counts_for
            while left:
                day += timedelta(days=1)
                left -= day.weekday() < 5
            theirs = [
                each for each in bookings
                if each.contact_id == contact and each.ended_at is None and each.status != "cancelled"
                and each.booked_at >= first and each.booked_at.astimezone(zone).date() <= day
            ]  # fmt: skip
            counts["people"] += 1
            counts["booked"] += bool(theirs)
            counts["bookings"] += len(theirs)
            for each in theirs:
                counts["kept"] += each.status == "kept"
                counts["missed"] += each.status == "no_show"
                if each.status == "kept":
                    counts["cents"] += each.cents or 0
                    counts["unpriced"] += each.cents is None
        found[name] = counts
    return found
