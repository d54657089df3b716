"""Who did what, when: written in the transaction of the deed, never changed."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClientOwned, ClockNow


class AuditEvent(ClientOwned):
    """One deed on a client's data. `what` is `app.Model:id`; `detail` holds ids, counts and codes, never personal data."""

    at = models.DateTimeField(db_default=ClockNow())
    actor = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_constraint=True)
    verb = models.CharField(max_length=60, help_text="As in campaign.launched.")
    what = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"]), models.Index(fields=["client", "what"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


class AccountEvent(models.Model):
    """One deed on accounts and teams: sign-ins, invitations, memberships. No client's data."""

    at = models.DateTimeField(db_default=ClockNow())
    agency = models.ForeignKey("tenants.Agency", models.CASCADE, null=True, related_name="+")
    actor = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)

    def __str__(self) -> str:
        return self.verb
