"""Agreements about protected health information, as dated records with their evidence."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.models.sender import Provider
from tenants.scope import ClientManager


class AgreementRows(Interval["Agreement"]):
    """Agreements, asked by what they allow."""

    def in_force(self, at: Any) -> AgreementRows:
        """Signed, not withdrawn and not run out at `at`."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at), Q(expires_at=None) | Q(expires_at__gt=at), since__lte=at
        )

    def with_client(self) -> AgreementRows:
        """Between the client and the agency (rule HIPAA-BAA-CLIENT)."""
        return self.filter(kind=Agreement.Kind.CLIENT)


class Agreement(ClientOwned):
    """A business associate agreement: with the client, or with a provider that sees its data (the chain)."""

    class Kind(models.TextChoices):
        CLIENT = "client", "Client and agency (BAA)"
        PROVIDER = "provider", "Provider that sees the data (BAA)"
        HOSTING = "hosting", "Company that hosts this installation (BAA)"

    kind = models.CharField(max_length=10, choices=Kind)
    provider = models.CharField(max_length=10, choices=Provider, blank=True)
    parties = models.CharField(max_length=300)
    signed_on = models.DateField()
    since = models.DateTimeField(db_default=ClockNow(), help_text="When it was filed with us.")
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Withdrawn or replaced.")
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    file = EncryptedText(help_text="The file itself, base64.")
    filed_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = ClientManager.from_queryset(AgreementRows)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "kind"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["client", "hosting"], provider="")
                | (Q(kind="provider") & ~Q(provider="")),
                name="provider_named_when_theirs",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, signed {self.signed_on}"
