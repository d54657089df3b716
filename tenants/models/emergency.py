"""Coming in without a membership: asked by one person, granted by another, for some hours."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from tenants.encryption import EncryptedText
from tenants.models.base import ClientOwned, ClockNow

MOST_HOURS = 4


class EmergencyAccess(ClientOwned):
    """Somebody of the agency, kept out of this client, may read it for some hours because a second person said so."""

    user = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    reason = EncryptedText()
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(db_default=ClockNow())
    granted_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(granted_by=None, granted_at=None, until=None)
                | Q(granted_by__isnull=False, granted_at__isnull=False, until__isnull=False)
                & ~Q(granted_by=F("user"))
                & Q(until__lte=F("granted_at") + timedelta(hours=MOST_HOURS)),
                name="emergency_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=1, hours__lte=MOST_HOURS), name="emergency_is_some_hours"
            ),
            models.UniqueConstraint(
                fields=["client", "user"],
                condition=Q(ended_at=None, granted_at=None),
                name="one_open_emergency_request",
            ),
        ]

    def __str__(self) -> str:
        return f"emergency access {self.pk}"
