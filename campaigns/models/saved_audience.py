"""A filter of contacts with a name, to be used by the client's next campaigns."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class SavedAudience(ClientOwned):
    """The audience rule of a campaign, kept. A campaign that uses it copies it: what was signed never moves with it."""

    name = models.CharField(max_length=80)
    last_visit_before = models.DateField(null=True)
    # Instead of a day: so many months before the day on which it is used.
    lapsed_months = models.PositiveSmallIntegerField(null=True)
    last_visit_after = models.DateField(null=True)
    segments = ArrayField(models.CharField(max_length=60), default=list)
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, db_index=False)
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="saved_audience_once"),
            models.CheckConstraint(
                condition=Q(lapsed_months=None) | Q(last_visit_before=None), name="a_day_or_months_not_both"
            ),
        ]

    def __str__(self) -> str:
        return self.name
