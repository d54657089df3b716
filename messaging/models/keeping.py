"""How long what is kept, what must not be thrown away, what was erased, and the packs that were made."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Kind(models.TextChoices):
    """What is thrown away after a time. Everything else is kept: proofs, opt-outs and the record for ever."""

    WORDS = "words", "Words of messages as sent"
    REPLIES = "replies", "Words of replies"
    HOOKS = "hooks", "Webhooks as providers sent them"
    LISTS = "lists", "Uploaded lists and the addresses in import reports"
    TOLD = "told", "Requests to listening systems"


class RetentionRule(ClientOwned):
    """A client's own time for one kind of data; without a rule the default holds (messaging.evidence.purging)."""

    kind = models.CharField(max_length=10, choices=Kind)
    days = models.PositiveIntegerField()
    set_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "kind"], name="one_time_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"


class LegalHold(ClientOwned):
    """Nothing of this person, this campaign, or (neither named) this client is thrown away or erased meanwhile."""

    contact = SameClientKey("consent.Contact", models.PROTECT, null=True, blank=True, db_index=False)
    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, null=True, blank=True, db_index=False)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(contact=None) | Q(campaign=None), name="held_for_one_reason")
        ]

    def __str__(self) -> str:
        return f"legal hold {self.pk}"


class Certificate(ClientOwned):
    """What was thrown away or erased, when and by which rule; signed. Never changed."""

    what = models.CharField(
        max_length=10, choices=[*Kind.choices, ("person", "A person"), ("client", "A client")]
    )
    contact_id = models.BigIntegerField(
        null=True, help_text="The person that was erased; the row stays, empty."
    )
    before = models.DateTimeField(null=True, help_text="What was older was thrown away.")
    counts = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=ClockNow())
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    text = models.TextField(help_text="What was signed.")
    signature = models.BinaryField(max_length=64)
    key = models.BinaryField(max_length=32)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"])]

    def __str__(self) -> str:
        return f"certificate {self.pk}"


class EvidencePack(ClientOwned):
    """A pack that somebody asked for; its file lies encrypted for a day (consent.importing.uploads)."""

    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, null=True, blank=True, db_index=False)
    contact = SameClientKey("consent.Contact", models.PROTECT, null=True, blank=True, db_index=False)
    since = models.DateField(null=True, blank=True)
    whole = models.BooleanField(
        default=False,
        help_text="No evidence: everything the client owns, in open formats (messaging.ending).",
    )
    asked_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=ClockNow())
    made_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True)
    stored_as = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="A sentence, when it could not be made.")

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"])]

    def __str__(self) -> str:
        return f"evidence pack {self.pk}"
