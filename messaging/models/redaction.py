"""How far the words at the providers are blanked."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClientOwned, ClockNow


class Redaction(ClientOwned):
    """One mark a client, provider and direction: everything before it was blanked there, or had nothing to blank."""

    class Direction(models.TextChoices):
        SENT = "sent", "What we sent"
        RECEIVED = "received", "What people wrote"

    provider = models.CharField(max_length=10)
    direction = models.CharField(max_length=8, choices=Direction)
    until = models.DateTimeField(help_text="When the last of them was handed over, or received.")
    last_id = models.BigIntegerField(default=0, help_text="Which one it was: several have the same time.")
    blanked = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(
        default=0, help_text="What the provider would not blank, or did not have."
    )
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider", "direction"], name="one_mark_a_direction")
        ]

    def __str__(self) -> str:
        return f"{self.direction} at {self.provider}"
