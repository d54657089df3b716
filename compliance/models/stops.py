"""The red buttons: a campaign, a client, everything. Stopping is at once; releasing names who and when."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Stop(ClientOwned):
    """Sending is stopped for one campaign, or (campaign empty) for the whole client."""

    class Kind(models.TextChoices):
        PAUSE = "pause", "Paused"
        STOP = "stop", "Stopped for good"

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, null=True)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.PAUSE)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign"],
                condition=Q(ended_at=None),
                name="stopped_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"stop {self.pk}"


class EverythingRows(models.QuerySet["StopEverything"]):
    def in_force(self, at: Any) -> EverythingRows:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at)


class StopEverything(models.Model):
    """Nothing at all is sent, for no client. Holds no client's data."""

    reason = models.CharField(max_length=300)
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = EverythingRows.as_manager()

    def __str__(self) -> str:
        return f"everything stopped {self.pk}"
