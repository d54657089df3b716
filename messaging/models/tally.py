"""How many messages there are of each kind, kept up by the database itself whenever a message is written."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.models import Channel
from tenants.models.base import ClientOwned


class Tally(ClientOwned):
    """So many messages more, or fewer, of one kind; the sum of all rows of a kind is how many there are. Nothing personal.

    Triggers of the message's table add them, in the transaction of what happened (messaging/migrations); `messaging.tally`
    joins them now and then. Without foreign keys: those of a message hold already, and keys here would have every wave of every
    sender lock the same campaign's row.
    """

    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    campaign = models.BigIntegerField(null=True)
    step = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=5, choices=Channel)
    provider = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    delivery = models.CharField(max_length=10, blank=True)
    failed = ArrayField(models.CharField(max_length=40))
    quarter = models.DateTimeField(
        null=True,
        help_text="The quarter of an hour of the hand-over: days and months of every zone's clock begin with one.",
    )
    number = models.IntegerField()
    segments = models.IntegerField()
    joined = models.BooleanField(db_default=False, default=False, help_text="Of many rows, by the round.")

    class Meta(ClientOwned.Meta):
        indexes = [
            models.Index(fields=["client", "campaign"], name="tally_of_campaign"),
            models.Index(fields=["client", "quarter"], name="tally_of_time"),
            models.Index(fields=["client"], condition=Q(joined=False), name="tally_to_join"),
        ]

    def __str__(self) -> str:
        return f"{self.number:+} {self.status}"
