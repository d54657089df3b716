"""A beginning for campaigns that an agency wrote itself."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from tenants.models import Purpose
from tenants.models.base import ClockNow


class OwnTemplate(models.Model):
    """Words that an agency keeps for all of its clients. Of no client: what a practice is called is a merge field in it.

    Seen by the agency's clients only, as the database holds (the policy of_the_agency).
    """

    agency = models.ForeignKey("tenants.Agency", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=10, choices=Purpose)
    steps = models.JSONField(help_text="Channel, delay_days, subject and body of each message, in order.")
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        constraints = [models.UniqueConstraint("agency", Lower("name"), name="own_template_once")]

    def __str__(self) -> str:
        return self.name
