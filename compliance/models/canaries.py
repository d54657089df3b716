"""A message to the agency itself from each sender: what it proves is that the provider takes, delivers and reports signed."""

from __future__ import annotations

from typing import Any

from django.db import models

from compliance.models.readiness import Answer
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow
from tenants.scope import ClientManager


class CanaryRows(models.QuerySet["Canary"]):
    def good(self, at: Any) -> CanaryRows:
        """Those that came through and still count at `at`."""
        standing = models.Q(ended_at=None) | models.Q(ended_at__gt=at)
        return self.filter(standing, answer=Answer.PASS, heard_at__lte=at, valid_until__gt=at)


class Canary(ClientOwned):
    """One message of a sender to ourselves, and the report about it that its provider signed (rule CANARY)."""

    sender = SameClientKey("tenants.Sender", models.CASCADE)
    attempt = models.UUIDField(help_text="By this its report is known.")
    sent_at = models.DateTimeField(db_default=ClockNow())
    sent_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    heard_at = models.DateTimeField(null=True, help_text="When the first report came whose signature held.")
    answer = models.CharField(max_length=7, choices=Answer, blank=True, help_text="Empty: not known yet.")
    code = models.CharField(max_length=40, blank=True, help_text="The provider's own, of one that failed.")
    valid_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="A later one, or new credentials, took its place.")

    objects = ClientManager.from_queryset(CanaryRows)()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "attempt"], name="canary_once")]
        indexes = [models.Index(fields=["client", "sender", "-sent_at"])]

    def __str__(self) -> str:
        return f"canary of sender {self.sender_id}"
