"""As if days had passed in the demo: a sequence whose second step is due in three days can be seen to its end."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F

from config.demo.data.hours import NotADemo
from consent.models import Touch
from messaging.models import Message, Status
from tenants.scope import acting_for_every_client


def forward(days: int) -> int:
    """Bring what is queued `days` nearer and set what was sent as far back; returns the messages moved."""
    if not settings.DEMO:
        raise NotADemo("Time passes by itself outside the demo.")
    span = timedelta(days=days)
    with acting_for_every_client():
        Touch.objects.update(at=F("at") - span)
        moved: int = Message.objects.filter(status=Status.QUEUED).update(
            due_at=F("due_at") - span, expires_at=F("expires_at") - span
        )
        return moved
