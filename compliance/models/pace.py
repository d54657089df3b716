"""What was sent by numbers that share a limit: the bucket of their rate, and the segments of the last day by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models

from compliance.pace import DAY, SLICE
from tenants.models.base import ClientOwned
from tenants.scope import ClientManager


class Bucket(ClientOwned):
    """Until when the rate of a registered campaign, or of a number alone, is paid for. Locked by every claim that spends."""

    key = models.CharField(max_length=64)
    paid_until = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_bucket")]

    def __str__(self) -> str:
        return f"bucket {self.key}"


class SentRows(models.QuerySet[Any]):
    def of_day(self, at: Any) -> SentRows:
        """What counts for a day that ends at `at`: no 24 hours hold more than these and what comes after."""
        ago: timedelta = DAY + SLICE
        return self.filter(minute__gt=at - ago)


class SentSegments(ClientOwned):
    """Segments handed over in one minute by the numbers of a brand. Kept for a few days."""

    key = models.CharField(max_length=64)
    minute = models.DateTimeField()
    segments = models.PositiveIntegerField()

    objects = ClientManager.from_queryset(SentRows)()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "key", "minute"], name="sent_once_a_minute")]

    def __str__(self) -> str:
        return f"{self.segments} segments"


def minute_of(at: datetime) -> datetime:
    """The minute that an instant is counted in."""
    return at.replace(second=0, microsecond=0)
