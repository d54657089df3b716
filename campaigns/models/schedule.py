"""A launch that somebody put off to a day and hour, and what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from campaigns.models.campaign import Campaign
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class ScheduledLaunch(ClientOwned):
    """At most one open one a campaign. Put off again, it is ended and followed by another."""

    class Outcome(models.TextChoices):
        LAUNCHED = "launched", "Launched"
        REFUSED = "refused", "Not launched"
        CANCELLED = "cancelled", "Cancelled"
        CHANGED = "changed", "Put to another time"

    campaign = SameClientKey(Campaign, models.PROTECT, db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    why = ArrayField(
        models.CharField(max_length=40), default=list, help_text="What stood in the way, as codes."
    )
    told_at = models.DateTimeField(null=True, help_text="When the mail about a refusal was taken.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign"], condition=Q(ended_at=None), name="one_open_schedule_a_campaign"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="an_ended_schedule_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"scheduled launch {self.pk}"
