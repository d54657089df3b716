"""How long people's own opt-outs took from being stored to being enforced, over the last thirty days: summed in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Max, Q

from consent.models import Suppression
from consent.models.suppression import OWN_WISH
from tenants.models import Channel

SPAN = timedelta(days=30)


class Percentile(Aggregate):
    """The value that so many percent do not exceed, one that was measured."""

    template = "percentile_disc(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
    allow_distinct = False

    def __init__(self, expression: Any, percent: int, **extra: Any) -> None:
        super().__init__(expression, share=f"{percent / 100:.2f}", **extra)


@dataclass(frozen=True)
class StopTimes:
    """One channel: how many opted out, and how long it took from the row to its enforcement."""

    channel: str
    asked: int
    open: int  # not stamped yet: in force all the same
    half: timedelta | None
    most: timedelta | None  # 99 of 100
    longest: timedelta | None


def stop_times(at: datetime) -> list[StopTimes]:
    """Of the client acted for, one query; channels on which nobody opted out are left out."""
    took = ExpressionWrapper(F("enforced_at") - F("since"), DurationField())
    rows = (
        Suppression.objects.filter(source__in=OWN_WISH, since__gt=at - SPAN, since__lte=at)
        .order_by()
        .values("channel")
        .annotate(
            asked=Count("pk"), open=Count("pk", filter=Q(enforced_at=None, ended_at=None)), half=Percentile(took, 50),
            most=Percentile(took, 99), longest=Max(took),
        )
    )  # fmt: skip
    found = {row["channel"]: StopTimes(**row) for row in rows}
    return [found[channel] for channel in Channel.values if channel in found]
