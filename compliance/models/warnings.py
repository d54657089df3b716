"""Mails about what runs out, each once."""

from __future__ import annotations

from django.db import models

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class ExpiryWarning(ClientOwned):
    """People were told that an agreement runs out within so many days."""

    agreement = SameClientKey("tenants.Agreement", models.CASCADE)
    days = models.PositiveSmallIntegerField(help_text="60, 30 or 7.")
    at = models.DateTimeField(db_default=ClockNow())
    people = models.PositiveSmallIntegerField(default=0, help_text="How many mails were taken.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "agreement", "days"], name="warned_once"),
        ]

    def __str__(self) -> str:
        return f"warned {self.days} days ahead"
