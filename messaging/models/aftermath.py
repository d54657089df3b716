"""What is kept of our accounts with the providers: the daily comparison, opt-outs told to them, and where our history stands."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class LedgerCheck(ClientOwned):
    """One day of a provider's own list of what it sent for us, beside ours. `missing` must be empty."""

    provider = models.CharField(max_length=10)
    day = models.DateField(help_text="By UTC.")
    theirs = models.PositiveIntegerField()
    missing = ArrayField(
        models.CharField(max_length=120), help_text="The provider's ids that no attempt of ours has."
    )
    checked_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider", "day"], name="ledger_once_a_day")
        ]

    def __str__(self) -> str:
        return f"ledger of {self.day}"


class ToldOptOut(ClientOwned):
    """An opt-out made here, told to a provider: a second fence, should ours ever fail. Tried until it is confirmed."""

    suppression = SameClientKey("consent.Suppression", models.CASCADE, db_index=False)
    provider = models.CharField(max_length=10)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(db_default=ClockNow())
    confirmed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "suppression", "provider"], name="told_once")
        ]

    def __str__(self) -> str:
        return f"told opt-out {self.pk}"


class History(models.Model):
    """Which history of the database we live in, as last seen. One row. Holds no client's data.

    A restored backup or a promoted replica has another system or timeline, or stands before `lsn`: then hand-offs and
    opt-outs may be forgotten, and nothing is sent before the providers were asked.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    system = models.CharField(max_length=30)
    timeline = models.CharField(max_length=8)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.system}/{self.timeline}"


class Hold(models.Model):
    """Everything is held because our history may have gaps. Ends when the providers were asked; holds no client's data."""

    reason = models.CharField(max_length=300)
    lost_since = models.DateTimeField(help_text="From here on our record may lack what the providers know.")
    since = models.DateTimeField(db_default=ClockNow())
    asked_at = models.DateTimeField(
        null=True, help_text="When every provider had been asked; campaigns are then released by name."
    )

    def __str__(self) -> str:
        return f"hold {self.pk}"
