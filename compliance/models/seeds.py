"""A mail to ourselves that proves what only a received mail can: that both unsubscribe headers are signed (RFC 8058)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import ExpressionWrapper, F, Value

from compliance.models.readiness import Answer
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager

PROVES_FOR = timedelta(
    days=30
)  # from the day it was sent, as a canary does: a mail server's settings change without a word


class SeedRows(Interval["SeedMail"]):
    def proving(self, at: Any) -> SeedRows:
        """Those that passed, were not disproved since, and are not too old at `at`."""
        until = ExpressionWrapper(F("sent_at") + Value(PROVES_FOR), output_field=models.DateTimeField())
        rows = self.in_force(at).filter(answer=Answer.PASS).annotate(proves_until=until)
        return rows.filter(proves_until__gt=at)  # type: ignore[return-value]


class SeedMail(ClientOwned):
    """One seed mail of a sender domain, and what its received headers said when a member brought them back."""

    domain = models.CharField(max_length=253)
    code = models.CharField(max_length=12, help_text="In its subject: by this it is known again.")
    sent_at = models.DateTimeField(db_default=ClockNow())
    sent_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    answer = models.CharField(
        max_length=7, choices=Answer, blank=True, help_text="Empty until it is brought back."
    )
    since = models.DateTimeField(null=True, help_text="When its headers were read.")
    ended_at = models.DateTimeField(null=True, help_text="A later one was read.")
    findings = models.JSONField(default=list)
    # The signatures' domain, selector and signed names; nothing of whoever received it.
    seen = models.JSONField(default=dict)

    objects = ClientManager.from_queryset(SeedRows)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "domain", "-sent_at"])]

    def __str__(self) -> str:
        return f"seed mail of {self.domain}"
