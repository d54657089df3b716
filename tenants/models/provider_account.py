"""The client's own accounts at providers and where their webhooks come to.

In this room because readiness sets them up and messaging sends through them.
"""

from __future__ import annotations

import json

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedTextIfReadable, Unreadable
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.models.sender import Provider
from tenants.scope import ClientManager


class ProviderAccount(ClientOwned):
    """One account of one client at one provider. Never edited: new settings end it and begin another."""

    provider = models.CharField(max_length=10, choices=Provider)
    account_id = models.CharField(
        max_length=64, blank=True, help_text="Twilio's AccountSid; the SMTP user name."
    )
    host = models.CharField(
        max_length=253,
        blank=True,
        help_text="The mail server, in clear: the agreement with it names the same.",
    )
    # JSON, encrypted: what the provider needs (tenants.providers names the keys of each).
    settings = EncryptedTextIfReadable()
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "provider"], condition=Q(ended_at=None), name="one_account_a_provider"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} account {self.pk}"

    @property
    def is_readable(self) -> bool:
        """Whether a key of ours opens the settings."""
        return not isinstance(self.settings, Unreadable)

    def credentials(self) -> dict[str, str]:
        """The settings in the clear, with `account_id` among them. Keep them out of logs and pages. Ask `is_readable` first."""
        if not self.is_readable:
            raise ValueError("No key of this installation opens the account's settings.")
        return {**json.loads(self.settings or "{}"), "account_id": self.account_id}


class HookEndpoint(models.Model):
    """Whose webhooks come to an address: read before any client is known, so without row-level security or personal data."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    provider = models.CharField(max_length=10, choices=Provider)
    client = models.ForeignKey("tenants.Client", models.CASCADE, related_name="+")
    # SHA-256 of what names the account at its provider, so that no two clients share one (rule A2P-TENANT).
    account_hash = models.BinaryField(max_length=32, null=True)
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account_hash"],
                condition=Q(ended_at=None),
                name="an_account_is_one_clients",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} hook {self.pk}"
