"""A breaker that tripped: what was too much, where, and the pause it made, if anything was left to pause."""

from __future__ import annotations

from django.db import models

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Scope(models.TextChoices):
    """Over what a share is taken; the narrowest is judged first."""

    CAMPAIGN = "campaign", "Campaign"
    SENDER = "sender", "Sender"
    MAILBOX = "mailbox", "Mailbox provider"
    CLIENT = "client", "Client"


REFUSED = "refused"  # in place of a measure: the provider refuses the account or the sender itself


class Trip(ClientOwned):
    """Never changed but for `told_at`. When its stop ends, counting in this scope begins from zero.

    Without a stop nothing was left to pause: it is told all the same, and says itself why.
    """

    stop = SameClientKey("compliance.Stop", models.PROTECT, null=True, db_index=False)
    reason = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Only where there is no stop to say it.",
    )
    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, null=True, db_index=False)
    measure = models.CharField(max_length=12)
    scope = models.CharField(max_length=8, choices=Scope)
    key = models.CharField(max_length=20, help_text="Id of the campaign or sender, or the mailbox provider.")
    part = models.PositiveIntegerField()
    whole = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=ClockNow())
    told_at = models.DateTimeField(null=True, help_text="When the agency was mailed.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "stop", "measure", "scope", "key"], name="tripped_once")
        ]
        indexes = [models.Index(fields=["client", "-at"], name="trips_of_client")]

    def __str__(self) -> str:
        return f"{self.measure} in {self.scope} {self.key}"
