"""Files of appointments, as text, read at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.bookings import loading
from campaigns.models import Booking, BookingFile, BookingLine
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for

HEAD = "Patient ID,Appointment ID,Booked at,Appointment date,Status,Value"


def brought(of: Client, *lines: str, head: str = HEAD) -> BookingFile:
    """A file with these lines under `head`, read to its end."""
    text = "\n".join([head, *lines]) + "\n"
    with acting_for(of.pk):
        made = loading.receive(of, [text.encode()], "appointments.csv", by=None)
    assert loading.load(of.pk, made.pk)
    with acting_for(of.pk):
        made.refresh_from_db()
    return made


def told(file: BookingFile) -> list[tuple[int, str, str]]:
    """Line, outcome and reason of each line."""
    with acting_for(file.client_id):
        rows = BookingLine.objects.filter(file=file).order_by("line")
        return list(rows.values_list("line", "outcome", "reason"))


def reasons(file: BookingFile) -> list[str]:
    return [reason for _, _, reason in told(file)]


def standing(of: Client) -> list[dict[str, Any]]:
    """The client's bookings as they stand."""
    with acting_for(of.pk):
        return [dict(row) for row in Booking.objects.filter(ended_at=None).order_by("pk").values()]


def hours(number: float) -> str:
    """An instant so many hours from now, as a file would have it at a practice in New York."""
    at: datetime = db_now() + timedelta(hours=number)
    return at.astimezone(ZoneInfo("America/New_York")).strftime("%m/%d/%Y %I:%M %p")
