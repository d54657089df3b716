"""Sending hours of the demo: open, so that whoever looks at it at night or on a Sunday sees texts go out.

Only rows are added, only where everything goes to the simulator on this machine, and the rows say so; no rule of the
product knows of it.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from compliance.models import OwnWindow, SendingWindow
from consent.models import Contact
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

DEMO_RULES = "demo"


class NotADemo(Exception):
    """Real people could be reached from here."""


def open_hours() -> int:
    """A window from an hour ago for 30 days for every window key in use that has none; returns how many were added."""
    if not settings.DEMO or urlsplit(settings.TWILIO_BASE_URL).hostname != "127.0.0.1":
        raise NotADemo(
            "Sending hours are opened only in a demo whose provider is the simulator on this machine."
        )
    at = db_now()
    span = {"opens_at": at - timedelta(hours=1), "closes_at": at + timedelta(days=30)}
    with acting_for_every_client() as clients:
        keys = list(Contact.objects.order_by().values_list("client_id", "window_key").distinct())
        lawful = set(
            SendingWindow.objects.filter(
                rules_version=DEMO_RULES, closes_at__gt=at + timedelta(days=1)
            ).values_list("window_key", flat=True)
        )
        new = {key for _, key in keys} - lawful
        SendingWindow.objects.bulk_create(
            [
                SendingWindow(window_key=key, rules_version=DEMO_RULES, edges=[], **span)
                for key in sorted(new)
            ],
            ignore_conflicts=True,
        )
    for client_id in clients:
        with acting_for(client_id):
            own = set(
                OwnWindow.objects.filter(closes_at__gt=at + timedelta(days=20), opens_at__lte=at).values_list(
                    "window_key", flat=True
                )
            )
            mine = {key for owner, key in keys if owner == client_id} - own
            if new or mine:  # whoever was told to wait for a window is asked again now
                waiting = Message.objects.filter(
                    status=Status.QUEUED, failed__overlap=["quiet_hours", "own_hours"]
                )
                waiting.update(due_at=at)
            OwnWindow.objects.bulk_create(
                [OwnWindow(client_id=client_id, window_key=key, **span) for key in sorted(mine)],
                ignore_conflicts=True,
            )
    return len(new)
