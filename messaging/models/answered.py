"""Which messages of campaigns people answered in words of their own, kept up by the database itself whenever a reply is written."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClientOwned


class Answered(ClientOwned):
    """One such reply (`messaging.afterwards` says which), beside what a report groups by: nobody looks a million messages up.

    Without foreign keys, as `Tally`: those of the reply and of the message hold.
    """

    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    reply = models.BigIntegerField()
    message = models.BigIntegerField()
    # Of the message, and whose that is: the reply's own person may have been let go.
    campaign = models.BigIntegerField()
    step = models.BigIntegerField()
    wording = models.CharField(max_length=1, blank=True)
    contact = models.BigIntegerField()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "message", "reply"], name="answered_by_a_reply")
        ]
        indexes = [
            models.Index(
                fields=["client", "campaign"],
                include=["step", "wording", "message", "contact"],
                name="answered_of_campaign",
            )
        ]

    def __str__(self) -> str:
        return f"answered by {self.reply}"
