"""When a person entered a count, and how many did, kept up by the database itself whenever a message is written."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models.base import ClientOwned

NAMES = ["campaign", "step", "wording", "month"]


class Counted(ClientOwned):
    """What is counted, by four names: a campaign; those of its step who read one of two wordings; or a month, of whatever campaigns."""

    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    campaign = models.BigIntegerField(help_text="0: whichever.")
    step = models.BigIntegerField(db_default=0, default=0, help_text="0: whichever.")
    wording = models.CharField(max_length=1, db_default="", default="", blank=True)
    month = models.IntegerField(
        db_default=0, default=0, help_text="202611, by the client's own clock; 0: whenever."
    )
    held = models.BooleanField(help_text="Nothing was handed over to them: they are held out.")

    class Meta(ClientOwned.Meta):
        abstract = True


class Entry(Counted):
    """The first message to a person that was handed over of those the count is of or, for a campaign without one, the first that
    only the draw refused.

    Without foreign keys, as `Tally`: those of the message hold.
    """

    contact = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta(Counted.Meta):
        constraints = [
            # With what a report asks of a person, so that it reads the index alone.
            models.UniqueConstraint(
                fields=["client", "contact", *NAMES], include=["held", "at"], name="entered_once"
            )
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class EntryTally(Counted):
    """So many people more, or fewer, who entered in one quarter of an hour; added up as `Tally` is."""

    quarter = models.DateTimeField()
    number = models.IntegerField()
    joined = models.BooleanField(db_default=False, default=False, help_text="Of many rows, by the round.")

    class Meta(Counted.Meta):
        indexes = [
            models.Index(fields=["client", "campaign", "month"], name="entries_of_count"),
            models.Index(fields=["client"], condition=Q(joined=False), name="entries_to_join"),
        ]

    def __str__(self) -> str:
        return f"{self.number:+} people"
