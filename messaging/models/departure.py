"""The end of an engagement: who asked for a client's data to be deleted, who agreed, and when it was done."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tenants.models.base import ClientOwned, ClockNow


class Departure(ClientOwned):
    """Two people, one after the other; it can be taken back until the second has agreed."""

    asked_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(db_default=ClockNow())
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        "tenants.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    agreed_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)
    agreed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it could not be done yet.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_at=None)
                | (Q(agreed_by__isnull=False, agreed_at__isnull=False) & ~Q(agreed_by=F("asked_by"))),
                name="deletion_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(agreed_at=None, done_at=None),
                name="deletion_agreed_is_not_taken_back",
            ),
            models.UniqueConstraint(
                fields=["client"], condition=Q(withdrawn_at=None), name="one_departure_a_client"
            ),
        ]

    def __str__(self) -> str:
        return f"departure {self.pk}"
