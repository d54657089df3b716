"""What went out of order after the client's signature, from when to when; told by mail once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class FactChange(ClientOwned):
    """A check that keeps back a whole campaign the client signed."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE)
    code = models.CharField(max_length=40, help_text="Of the check.")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True, help_text="In order again.")
    told_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign", "code"], condition=Q(ended_at=None), name="changed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of campaign {self.campaign_id}"
