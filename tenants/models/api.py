"""Keys with which a client's other systems speak to us, and the answers a repeated request is given again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Scope(models.TextChoices):
    """What a token may do. Nothing is implied: writing does not include reading."""

    CONTACTS_READ = "contacts:read", "See contacts and where to reach them"
    CONTACTS_WRITE = "contacts:write", "Add contacts, correct them"
    IMPORTS_READ = "imports:read", "See lists that were brought in and what became of their lines"
    IMPORTS_WRITE = (
        "imports:write",
        "Bring lists in: whoever makes the key states of each that the client gave it for this use and that it was not bought",
    )
    CONSENTS_READ = "consents:read", "See consents"
    CONSENTS_WRITE = "consents:write", "Record and revoke consents"
    SUPPRESSIONS_READ = "suppressions:read", "See opt-outs"
    SUPPRESSIONS_WRITE = "suppressions:write", "Opt people out"
    BOOKINGS_READ = "bookings:read", "See appointments"
    BOOKINGS_WRITE = "bookings:write", "Tell of appointments"
    CAMPAIGNS_READ = "campaigns:read", "See campaigns"
    MESSAGES_READ = "messages:read", "See messages and what became of them"
    REPLIES_READ = "replies:read", "Read what people answered"


class ApiToken(models.Model):
    """A key to one client's data. Looked up before the client is known, so without row-level security and personal data."""

    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+", db_index=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=80, help_text="The system that uses it.")
    ending = models.CharField(max_length=4, help_text="The last characters, to tell keys apart.")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["client", "-id"])]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("made_at")), name="token_runs_out")
        ]

    def __str__(self) -> str:
        return f"API key {self.pk}"


class ApiAnswer(ClientOwned):
    """What a POST was answered, under the caller's Idempotency-Key: a repeat does nothing and gets the same."""

    token = SameClientKey(ApiToken, models.CASCADE, db_index=False)
    key_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the Idempotency-Key.")
    request_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the path and the body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedText(blank=True, help_text="The JSON of the answer.")
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "token", "key_hash"], name="answered_once_a_key")
        ]
        indexes = [models.Index(fields=["client", "made_at"])]

    def __str__(self) -> str:
        return f"answer {self.pk}"
