"""What came in: the raw webhook (kept before it is answered), the events in it, and what people wrote."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models import Channel
from tenants.models.base import ClientOwned, ClockNow


class RawHook(ClientOwned):
    """A verified webhook as received. Committed before the 2xx; applied afterwards, as often as needed."""

    provider = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, help_text="status, inbound, events, bounce")
    # Names the delivery, so that a repeat is the same row: MessageSid and status, or a hash of the body.
    delivery_id = models.CharField(max_length=120)
    body = EncryptedText()
    received_at = models.DateTimeField(db_default=ClockNow())
    applied_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider", "kind", "delivery_id"], name="hook_once")
        ]
        indexes = [models.Index(fields=["client", "id"], condition=Q(applied_at=None), name="hook_to_apply")]

    def __str__(self) -> str:
        return f"hook {self.pk}"


class Event(ClientOwned):
    """One thing a provider told us about a message. History: never changed."""

    provider = models.CharField(max_length=10)
    event_id = models.CharField(max_length=150)
    kind = models.CharField(
        max_length=20,
        help_text="sent, delivered, failed, bounced, blocked, dropped, complained, unsubscribed, deferred",
    )
    code = models.CharField(max_length=40, blank=True)
    message = SameClientKey(
        "messaging.Message", models.CASCADE, null=True, related_name="events", db_index=False
    )
    attempt = models.UUIDField(null=True)
    at = models.DateTimeField(help_text="The provider's time.")
    received_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "provider", "event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["client", "message"]),
            models.Index(fields=["client", "-received_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Inbound(ClientOwned):
    """What a person wrote to us, and what we took it for."""

    class Label(models.TextChoices):
        OPT_OUT = "opt_out", "Opted out"
        OPT_IN = "opt_in", "Opted in"
        HELP = "help", "Asked for help"
        UNSURE = "unsure", "Unclear: a person decides"
        OTHER = "other", "Reply"

    channel = models.CharField(max_length=5, choices=Channel)
    provider_id = models.CharField(max_length=120)
    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    sender = SameClientKey("tenants.Sender", models.PROTECT, null=True, db_index=False)
    contact = SameClientKey("consent.Contact", models.SET_NULL, null=True, db_index=False)
    message = SameClientKey("messaging.Message", models.SET_NULL, null=True, db_index=False)
    value = EncryptedText(help_text="The address it came from.")
    body = EncryptedText(blank=True)
    body_words = ArrayField(models.BigIntegerField(), default=list)
    emptied_at = models.DateTimeField(null=True, help_text="When the words were thrown away.")
    pictures = models.PositiveSmallIntegerField(default=0)
    pictures_next_at = models.DateTimeField(db_default=ClockNow(), help_text="Not fetched before.")
    pictures_tries = models.PositiveSmallIntegerField(db_default=0, default=0)
    pictures_done_at = models.DateTimeField(null=True, help_text="When all of them were fetched.")
    label = models.CharField(max_length=8, choices=Label)
    rule = models.CharField(max_length=60, help_text="The rule that decided the label.")
    urgent = models.BooleanField(
        default=False, db_default=False, help_text="May be an emergency, whatever else it says."
    )
    received_at = models.DateTimeField(db_default=ClockNow())
    sent_at = models.DateTimeField(null=True, help_text="The provider's time, where it tells one.")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "provider_id"], name="inbound_once")]
        indexes = [
            models.Index(fields=["client", "-received_at"]),
            models.Index(fields=["client", "contact"]),
            # Of an address the newest: the tabs that go by address ask that of each.
            models.Index(fields=["client", "address", "-id"], name="replies_of_address"),
            # The inbox, newest first, and what of it nobody has read: the bell of every page counts that.
            models.Index(fields=["client", "-id"], name="inbox_newest"),
            models.Index(fields=["client", "label", "-id"], name="inbox_by_label"),
            models.Index(fields=["client", "-id"], condition=Q(handled_at=None), name="inbox_unread"),
            # Of what nobody has read, each by itself, however much one machine wrote: since when the oldest waits and how
            # many there are, of everybody and of an address; what may be an emergency; what a person has to decide.
            models.Index(fields=["client", "received_at"], condition=Q(handled_at=None), name="unread_waits"),
            models.Index(
                fields=["client", "address", "received_at"],
                condition=Q(handled_at=None),
                name="unread_of_address",
            ),
            models.Index(
                fields=["client", "rule", "-id"], condition=Q(handled_at=None), name="unread_by_rule"
            ),
            models.Index(
                fields=["client", "-id"], condition=Q(handled_at=None, urgent=True), name="unread_urgent"
            ),
            models.Index(
                fields=["client", "label", "-id"], condition=Q(handled_at=None), name="unread_by_label"
            ),
            models.Index(
                fields=["client", "-id"],
                condition=Q(handled_at=None, label__in=["unsure", "opt_out"]),
                name="unread_to_decide",
            ),
            models.Index(
                fields=["client", "pictures_next_at"],
                condition=Q(pictures__gt=0, pictures_done_at=None),
                name="to_fetch",
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"
