"""A recall that ran five weeks ago and what came of it, so that reports, lift and revenue have something to say from the start.

Its messages are written as they would stand by now, a tenth held out by the draw; the appointments come in by the product's own importer.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.bookings import loading
from campaigns.fingerprint import refresh
from campaigns.models import Campaign, Launch
from compliance.checks.outcome import HELD_OUT
from config.demo.data.campaigns import draft, person, signed
from consent.models import ContactPoint, Suppression
from messaging.models import Attempt, Message, Status
from messaging.models.message import Delivery
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose, Role
from tenants.scope import acting_for

AGO = timedelta(days=35)
PEOPLE = 1_000
BOOKS, ANYWAY = 0.13, 0.04  # of those written to, and of those held out
STATES = ["Completed"] * 7 + ["Cancelled", "No show", "Completed"]


def ran(client: Client) -> None:
    """Once: the campaign with its messages, then a file of the practice's appointments."""
    with acting_for(client.pk):
        if Campaign.objects.filter(name="First hygiene recall").exists():
            return
        at = db_now() - AGO
        made = _sent(client, at)
        rows = _appointments(made, client)
        file = loading.receive(
            client, [rows.encode()], "appointments.csv", by=person(client, Role.FRONT_DESK)
        )
    loading.load(client.pk, file.pk)


def _sent(client: Client, at: datetime) -> Campaign:
    staff = person(client, Role.STAFF)
    made = draft(
        client, staff, "First hygiene recall", Purpose.RECALL, [],
        "Hi {{ first_name }}, this is {{ practice_name }}. You are due for your regular visit. Call us at {{ practice_phone }} to find a time.",
    )  # fmt: skip
    made.hold_out = 10
    made.save()
    refresh(made)
    version = signed(client, made, staff, person(client, Role.APPROVER), at - timedelta(days=1))
    step, messages, attempts = made.steps.select_related("sender").get(), [], []
    gone = Suppression.objects.values("address")
    points = ContactPoint.objects.filter(channel=Channel.SMS, ended_at=None).exclude(address__in=gone)
    for number, point in enumerate(points.select_related("contact").order_by("pk")[:PEOPLE]):
        moment, household = at + timedelta(seconds=3 * number), point.contact.household
        out = _draw(made, household)
        message = Message(
            client=client, campaign=made, campaign_version=version, step=step, purpose=made.purpose, channel=step.channel,
            contact=point.contact, address_id=point.address_id, household=household, sender=step.sender, provider=step.sender.provider,
            fingerprint=version.fingerprint, window_key=point.contact.window_key, due_at=at, planned_at=at,
            expires_at=at + timedelta(days=3), judged_at=moment, settled_at=moment, evidence={}, changed_at=moment,
            **{"status": Status.HELD, "failed": [HELD_OUT]} if out else {
                "status": Status.ACCEPTED, "failed": [], "claimed_at": moment, "fence": 1, "segments": 1, "delivery": Delivery.DELIVERED,
            },
        )  # fmt: skip
        messages.append(message)
    Message.objects.bulk_create(messages)
    for message in messages:
        if (at_once := message.claimed_at) is not None:
            ident = uuid.uuid4()
            attempts.append(
                Attempt(
                    id=ident, client=client, message=message, fence=1, claimed_at=at_once, begin_by=at_once, deadline=at_once,
                    emptied_at=db_now(), outcome=Attempt.Outcome.ACCEPTED, provider_id=f"SM{ident.hex}", finished_at=at_once,
                )
            )  # fmt: skip
    Attempt.objects.bulk_create(attempts)
    Launch.objects.create(
        client=client, campaign=made, version=version, at=at, by=staff, planned_at=at, planned=len(messages)
    )
    return made


def _draw(made: Campaign, household: int) -> bool:
    """As docs/outcomes.md says, so that anybody can repeat it."""
    lot = hashlib.sha256(f"{made.hold_out_seed}:{household}".encode()).digest()[:4]
    return int.from_bytes(lot, "big") % 10_000 < made.hold_out * 100


def _appointments(made: Campaign, client: Client) -> str:
    """As the practice's program would export them."""
    chance, zone, out = random.Random(made.name), ZoneInfo(client.time_zone), io.StringIO()  # noqa: S311
    sheet = csv.writer(out)
    sheet.writerow(["Patient ID", "Appointment ID", "Booked at", "Appointment date", "Status", "Production"])
    rows = Message.objects.filter(campaign=made).select_related("contact").order_by("pk")
    for number, message in enumerate(rows):
        held, hours, days = message.status == Status.HELD, chance.uniform(1, 150), chance.uniform(2, 16)
        if chance.random() >= (ANYWAY if held else BOOKS):
            continue
        booked = message.judged_at + timedelta(hours=hours)
        times = [
            f"{each.astimezone(zone):%Y-%m-%d %H:%M}" for each in (booked, booked + timedelta(days=days))
        ]
        sheet.writerow([message.contact.external_id, f"A-{number:05d}", *times, chance.choice(STATES), chance.choice([120, 145, 180, 260])])  # fmt: skip
    return out.getvalue()
