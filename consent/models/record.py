"""Consent records: dated proof that a person allowed a purpose on a contact point. Revoked, never deleted."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models import Channel, Purpose
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Tier(models.TextChoices):
    """How strong the proof is (rules 1.1): what it reaches is decided by the gate's consent check alone."""

    NUMBER_GIVEN = "number_given", "Number given to the practice (PEC)"
    VERBAL = "verbal", "Oral yes on record (PEC)"
    WRITTEN = "written", "Signed in writing (PEWC)"


EXPRESS_TIERS = (Tier.NUMBER_GIVEN, Tier.VERBAL, Tier.WRITTEN)


class PromisedAMonth(models.Func):
    """How many messages in 30 days the wording promises at most (“up to 4 msgs a month”, “hasta 1 mensaje por semana”); NULL for none."""

    arity = 1
    template = (
        r"(COALESCE(substring(%(expressions)s from '(?i)(?:up to|hasta) (\d{1,2})(?: \w+){0,3}"
        r"(?: ?(?:an?|per|each|every|al|por|cada|/) ?m(?:o|es\M)| ?mensual)')::integer,"
        r" 4 * substring(%(expressions)s from '(?i)(?:up to|hasta) (\d{1,2})(?: \w+){0,3}"
        r"(?: ?(?:an?|per|each|every|a la|por|cada|/) ?(?:we?e?k|semana)| ?semanal)')::integer))"
    )
    output_field = models.SmallIntegerField()


class ConsentRows(Interval["ConsentRecord"]):
    def in_force(self, at: Any) -> ConsentRows:
        """Given, not revoked and not run out at `at`."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at), Q(expires_at=None) | Q(expires_at__gt=at), since__lte=at
        )

    def dated(self) -> ConsentRows:
        """Those given on a known day: of an imported one `since` is the day of the import."""
        return self.exclude(method=ConsentRecord.Method.IMPORTED)


class ConsentRecord(ClientOwned):
    """One person's yes to one purpose on one address, with how it was given and the wording shown."""

    class Method(models.TextChoices):
        IMPORTED = "imported", "Imported, unproven"
        WEB_FORM = "web_form", "Web form"
        PHONE = "phone", "On the phone"
        VOICE_AGENT = "voice_agent", "To a voice agent"
        PAPER = "paper", "On paper"
        KEYWORD = "keyword", "Keyword text"
        PREFERENCES = "preferences", "Preference page"

    # The key to the contact holds the client too; checking it a second time costs imports a tenth.
    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    contact = SameClientKey("consent.Contact", models.PROTECT, db_index=False)
    # No constraint: see ContactPoint.address.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=5, choices=Channel)
    purpose = models.CharField(max_length=10, choices=Purpose)
    tier = models.CharField(max_length=12, choices=Tier)
    method = models.CharField(max_length=12, choices=Method)
    wording = models.TextField(blank=True, help_text="Exactly what the person was shown or told.")
    promised_a_month = models.GeneratedField(
        expression=PromisedAMonth("wording"),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
        help_text="Read from the wording, which binds us (rule FREQ-PRODUCT).",
    )
    # What it was stands in the evidence, encrypted; the gate asks only whether. Of a record from before it was asked: no.
    requested = models.BooleanField(
        default=False, db_default=False, help_text="It says what they asked to have."
    )
    # Labels of consent.proof: nothing of anybody's.
    missing = ArrayField(
        models.CharField(max_length=120),
        default=list,
        db_default=[],
        help_text="What kept it from a higher tier.",
    )
    evidence = EncryptedText(blank=True, help_text="JSON: what the method asks for (rules section 9).")
    scan = SameClientKey("consent.ConsentScan", models.PROTECT, null=True, db_index=False)
    since = models.DateTimeField(db_default=ClockNow(), help_text="When it was given, or imported.")
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Revoked.")
    recorded_at = models.DateTimeField(db_default=ClockNow())
    recorded_by = models.ForeignKey(
        "tenants.User", models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Where it came from, told and never joined: a key would cost an import a check for every row.
    made_by_import_id = models.BigIntegerField(null=True)

    objects = ClientManager.from_queryset(ConsentRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            # Importing the same list again adds nothing.
            models.UniqueConstraint(
                fields=["client", "contact", "address", "purpose", "method"],
                condition=Q(ended_at=None),
                name="consent_once",
            )
        ]
        indexes = [
            models.Index(fields=["client", "address", "purpose"]),  # the gate's consent check
            models.Index(
                fields=["client", "address"],
                condition=Q(promised_a_month__isnull=False),
                name="consent_with_a_promise",
            ),
            # What the API is asked for by time.
            BrinIndex(fields=["recorded_at"], name="consent_recorded", pages_per_range=32),
            models.Index(
                fields=["client", "ended_at"], condition=Q(ended_at__isnull=False), name="ended_consents"
            ),
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"
