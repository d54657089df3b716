"""Agreements about protected health information, as dated records with their evidence."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
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

    def carrying(self) -> AgreementRows:
        """Enough for a provider to carry protected data: SendGrid never; Twilio where it flagged the account; a mail server by name."""
        return self.of_use().filter(kind=Agreement.Kind.PROVIDER)

    def of_use(self) -> AgreementRows:
        """Those that allow anything: of a provider's only the ones enough to carry."""
        flagged, named = (
            Q(provider=Provider.TWILIO, hipaa_account=True),
            Q(provider=Provider.SMTP) & ~Q(host=""),
        )
        return self.filter(~Q(kind=Agreement.Kind.PROVIDER) | flagged | named)


class SubProcessor(ClientOwned):
    """A further company that sees the client's data: with which product, and which data (rule HIPAA-BAA-CHAIN).

    From when it is named, nothing is sent for a covered client until an agreement with it is on file.
    """

    name = models.CharField(max_length=120)
    product = models.CharField(max_length=120)
    sees = models.CharField(max_length=300, help_text="Which of the client's data, in plain words.")
    since = models.DateTimeField(db_default=ClockNow())
    named_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True, help_text="Sees nothing of the client any more.")
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client"])]

    def __str__(self) -> str:
        return f"sub-processor {self.pk}"


class Agreement(ClientOwned):
    """A business associate agreement: with the client, or with a provider that sees its data (the chain)."""

    class Kind(models.TextChoices):
        CLIENT = "client", "Client and agency (BAA)"
        PROVIDER = "provider", "Provider that sees the data (BAA)"
        HOSTING = "hosting", "Company that hosts this installation (BAA)"
        OTHER = "other", "Another company that sees the data (BAA)"

    kind = models.CharField(max_length=10, choices=Kind)
    provider = models.CharField(max_length=10, choices=Provider, blank=True)
    sub_processor = SameClientKey(SubProcessor, models.PROTECT, null=True, db_index=False)
    product = models.CharField(max_length=200, blank=True, help_text="The product or service it names.")
    scope = models.CharField(max_length=300, blank=True, help_text="Which of the client's data it covers.")
    host = models.CharField(
        max_length=253, blank=True, help_text="The mail server it is about, as the account names it."
    )
    hipaa_account = models.BooleanField(
        default=False, help_text="Whoever filed it says that Twilio has flagged this account for HIPAA."
    )
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
                condition=Q(kind__in=["client", "hosting", "other"], provider="")
                | (Q(kind="provider") & ~Q(provider="")),
                name="provider_named_when_theirs",
            ),
            models.CheckConstraint(
                condition=Q(kind="other", sub_processor__isnull=False)
                | (~Q(kind="other") & Q(sub_processor=None)),
                name="company_named_when_theirs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, signed {self.signed_on}"
