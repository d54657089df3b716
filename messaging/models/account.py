"""The client's own accounts at providers, the addresses their webhooks come to, and the workers' pulse."""
from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.models import Provider
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class ProviderAccount(ClientOwned):
    """One account of one client at one provider."""

    provider = models.CharField(max_length=10, choices=Provider)
    account_id = models.CharField(max_length=64, blank=True, help_text="Twilio's AccountSid; the SMTP user name.")
    # JSON, encrypted: what the provider's folder says it needs (token, api key, host, verification key…).
    settings = EncryptedText()
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider"], condition=Q(ended_at=None), name="one_account_a_provider")
        ]

    def __str__(self) -> str:
        return f"{self.provider} account {self.pk}"


class HookEndpoint(models.Model):
    """Whose webhooks come to an address: read before any client is known, so without row-level security or personal data."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    provider = models.CharField(max_length=10, choices=Provider)
    client = models.ForeignKey("tenants.Client", models.CASCADE, related_name="+")
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.provider} hook {self.pk}"


class WorkerHeartbeat(models.Model):
    """When a worker last did its round; /readyz looks at the newest."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
