"""The policy in each wording by which a message was ever judged."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClockNow


class Policy(models.Model):
    """What every check said, and where it stood in law. Of no client, without personal data; only added to."""

    fingerprint = models.CharField(
        max_length=16, primary_key=True, help_text="Of the rules, as evidence names it."
    )
    rules = models.JSONField()
    since = models.DateTimeField(db_default=ClockNow(), help_text="When a message was first judged by it.")

    class Meta:
        verbose_name_plural = "policies"

    in_force_now = False  # set by compliance.policy

    def __str__(self) -> str:
        return f"policy {self.fingerprint}"
