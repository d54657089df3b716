"""Mails that a person does not want. Only of kinds that may be missed; what is not here is wanted."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClockNow


class MailChoice(models.Model):
    """One kind that one person turned off, for all clients. Belongs to an account, as sessions do: no client's data."""

    class Kind(models.TextChoices):
        """What may be missed: each also stands on a page, and something else keeps the rules."""

        COMMENTS = "comments", "A client commented on a message you asked approval for"
        STANDSTILL = "standstill", "A running campaign waits for something, or will"
        LIMIT = "limit", "A client’s monthly limit in dollars is reached"
        EXPIRY = "expiry", "An agreement runs out in 60 or 30 days"

    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    since = models.DateTimeField(db_default=ClockNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="turned_off_once")]

    def __str__(self) -> str:
        return f"no mails of kind {self.kind}"
