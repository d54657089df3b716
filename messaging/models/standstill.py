"""A running campaign waits for something that people must put in order, and they were told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Standstill(ClientOwned):
    """One reason of one campaign; ended when nothing waits for it any more, so that the next time is told again."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, db_index=False)
    code = models.CharField(max_length=40, help_text="The check that it waits for, or approval_ends.")
    messages = models.PositiveIntegerField(help_text="How many waited when it was told.")
    people = models.PositiveSmallIntegerField(default=0, help_text="How many mails were taken.")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign", "code"],
                condition=Q(ended_at=None),
                name="one_standstill_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"campaign {self.campaign_id} waits for {self.code}"
