"""When a person entered the count of a campaign, and how many did, kept up by the database itself whenever a message is written."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models.base import ClientOwned


class Entry(ClientOwned):
    """The first message to a person that a campaign handed over or, where there is none, the first that only the draw refused.

    Without foreign keys, as `Tally`: those of the message hold.
    """

    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.BigIntegerField()
    campaign = models.BigIntegerField()
    held = models.BooleanField(help_text="Nothing was handed over to them: they are held out.")
    at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "contact", "campaign"], name="entered_once")]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class EntryTally(ClientOwned):
    """So many people more, or fewer, who entered in one quarter of an hour; added up as `Tally` is."""

    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    campaign = models.BigIntegerField()
    held = models.BooleanField()
    quarter = models.DateTimeField()
    number = models.IntegerField()
    joined = models.BooleanField(db_default=False, default=False, help_text="Of many rows, by the round.")

    class Meta(ClientOwned.Meta):
        indexes = [
            models.Index(fields=["client", "campaign"], name="entries_of_campaign"),
            models.Index(fields=["client"], condition=Q(joined=False), name="entries_to_join"),
        ]

    def __str__(self) -> str:
        return f"{self.number:+} people"
