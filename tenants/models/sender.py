"""What a client sends from: a number or a mail address, at a provider, for named purposes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"


class Purpose(models.TextChoices):
    """Which consent is enough (rules 1.2): care = TRANSACTIONAL/CARE_REMINDER, recall = HEALTHCARE_RECALL."""

    CARE = "care", "Care"
    RECALL = "recall", "Recall"
    MARKETING = "marketing", "Marketing"


class Provider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SENDGRID = "sendgrid", "SendGrid"
    SMTP = "smtp", "Own mail server (SMTP)"


class Sender(ClientOwned):
    """A sending number or From address. Never edited: changing one ends it and begins another."""

    channel = models.CharField(max_length=5, choices=Channel)
    provider = models.CharField(max_length=10, choices=Provider)
    address = models.CharField(max_length=254, help_text="E.164 number, or the From mail address.")
    display_name = models.CharField(max_length=120, blank=True, help_text="The From name of a mail.")
    domain = models.CharField(max_length=253, blank=True, help_text="The From address's domain, lower case.")
    # Twilio: the messaging service the number is registered under; the registration hangs on it.
    messaging_service = models.CharField(max_length=40, blank=True)
    # DKIM selectors the provider signs with, as in s1, s2.
    dkim_selectors = ArrayField(models.CharField(max_length=63), default=list, blank=True)
    # The host in the provider's return path (SendGrid's em1234.example.com): its SPF counts. Empty = the domain itself.
    return_path = models.CharField(max_length=253, blank=True)
    purposes = ArrayField(models.CharField(max_length=10, choices=Purpose), default=list)
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, blank=True)
    # Kept for what people asked for: it texts nobody whose yes does not say what that was.
    on_request = models.BooleanField(default=False, db_default=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "channel", "address"], condition=Q(ended_at=None), name="sender_once"
            ),
            models.CheckConstraint(
                condition=Q(channel="sms", provider="twilio")
                | Q(channel="email", provider__in=["sendgrid", "smtp"]),
                name="provider_carries_channel",
            ),
            models.CheckConstraint(
                condition=Q(on_request=False) | Q(channel="sms"), name="a_number_is_kept_for_requests"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.display_name} <{self.address}>"
            if self.channel == Channel.EMAIL and self.display_name
            else self.address
        )
