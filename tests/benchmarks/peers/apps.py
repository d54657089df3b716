"""The peers' one app, and what it does when a webhook tells something."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class Peers(AppConfig):
    name = "tests.benchmarks.peers"
    label = "peers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anymail.signals import tracking

        tracking.connect(keep)


def keep(sender: Any, event: Any, esp_name: str, **_: Any) -> None:  # noqa: ARG001
    """As anymail's documentation has it: a row an event, and an opt-out where it says so."""
    from tests.benchmarks.peers.models import Event, OptOut

    Event.objects.update_or_create(
        event_id=event.event_id,
        defaults={"kind": event.event_type, "address": event.recipient, "at": event.timestamp},
    )
    if event.event_type in ("unsubscribed", "complained", "bounced"):
        OptOut.objects.get_or_create(address=event.recipient)
