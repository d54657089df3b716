"""Where a booking system tells of appointments by itself: the address, the secrets it signs with, and what it told."""

from __future__ import annotations

from django.db import models

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class BookingHook(models.Model):
    """The address of one system. Read before any client is known: no row-level security, no secret, nothing personal."""

    public_id = models.CharField(max_length=22, unique=True, help_text="In its address; no secret.")
    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=80, help_text="The system that tells.")
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True, help_text="When a request was last taken.")
    refused_at = models.DateTimeField(null=True, help_text="When a signature was last wrong.")

    class Meta:
        indexes = [models.Index(fields=["client", "id"])]

    def __str__(self) -> str:
        return f"booking hook {self.pk}"


class BookingHookSecret(ClientOwned):
    """What a system signs with. A new one leaves the former in force for a day, unless that one got out."""

    hook = SameClientKey(BookingHook, models.CASCADE, db_index=False)
    secret = EncryptedText()
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "hook"], name="secrets_of_booking_hook")]

    def __str__(self) -> str:
        return f"secret {self.pk} of a booking hook"


class BookingDelivery(ClientOwned):
    """One signed request: what became of it. Holds nothing of what stood in it; repeated, it is answered the same."""

    hook = SameClientKey(BookingHook, models.CASCADE, db_index=False)
    uid_hash = models.BinaryField(max_length=32, help_text="SHA-256 of its webhook-id.")
    body_hash = models.BinaryField(max_length=32, help_text="SHA-256 of its body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status it was answered.")
    says = models.CharField(max_length=400, blank=True, help_text="The first refusal, as a sentence.")
    results = models.JSONField(default=list, help_text="Row by row: outcome, id, remarks. Nothing personal.")
    taken = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "hook", "uid_hash"], name="booking_delivery_once")
        ]
        indexes = [models.Index(fields=["client", "at"], name="booking_deliveries_by_day")]

    def __str__(self) -> str:
        return f"delivery {self.pk} of bookings"
