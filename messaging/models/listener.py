"""What a client's other systems are told: who listens, what is to be told, and what was."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow
from tenants.scope import ClientManager

TROUBLES = {
    "inside": "the name leads into our own network",
    "tls": "the certificate is not right",
    "slow": "no answer in time",
    "connect": "no connection",
    "broken": "the connection broke",
}


class Listener(ClientOwned):
    """A system of the client that is told what happens, at an address of its own."""

    class Kind(models.TextChoices):
        """What one may ask to be told. The database's triggers name them too (messaging/migrations)."""

        OPT_OUT = "opt_out", "Somebody opted out, or came back"
        REPLY = "reply", "Somebody wrote"
        STATUS = "status", "What became of a message"
        APPROVAL = "approval", "An approval was asked for, given, refused or withdrawn"
        ALERT = "alert", "Too much went wrong, or a provider sent what we know nothing of"

    name = models.CharField(max_length=80, help_text="The system that listens.")
    # Encrypted both: an address may carry a key of the receiver's.
    url = EncryptedText()
    secret = EncryptedText(help_text="What its requests are signed with; shown once.")
    kinds = ArrayField(models.CharField(max_length=10, choices=Kind))
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True, help_text="The first failure since the last success.")
    off_at = models.DateTimeField(null=True, help_text="When it was switched off for failing too long.")
    told_off_at = models.DateTimeField(null=True, help_text="When the agency was mailed about it.")
    next_at = models.DateTimeField(db_default=ClockNow(), help_text="Not tried before.")
    leased_until = models.DateTimeField(null=True, help_text="A worker is at it.")

    class Meta(ClientOwned.Meta):
        indexes = [
            models.Index(
                fields=["client", "next_at"], condition=Q(ended_at=None, off_at=None), name="listening"
            )
        ]

    def __str__(self) -> str:
        return f"listener {self.pk}"

    @property
    def host(self) -> str:
        """Where it is, without path and key."""
        return urlsplit(self.url).hostname or ""


class ToTell(ClientOwned):
    """One thing to be told to one listener. Written by triggers, in the transaction of what happened; never lost, never early."""

    listener = SameClientKey(Listener, models.CASCADE, db_index=False)
    kind = models.CharField(max_length=10)
    data = models.JSONField(help_text="Ids and words of ours; nothing personal.")
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "listener", "id"], name="to_tell")]

    def __str__(self) -> str:
        return f"to tell {self.pk}"


class Tellings(models.QuerySet["Telling"]):
    def open(self) -> Tellings:
        """Neither taken nor given up."""
        return self.filter(taken_at=None, given_up_at=None)


class Telling(ClientOwned):
    """One request to a listener, with up to a hundred things; tried until it is taken or given up. The log people read."""

    listener = SameClientKey(Listener, models.CASCADE, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, help_text="The same however often it is tried.")
    events = models.JSONField()
    again = SameClientKey(
        "messaging.Telling", models.CASCADE, null=True, db_index=False, help_text="Which one it repeats."
    )
    made_at = models.DateTimeField(db_default=ClockNow())
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True, help_text="The last HTTP status.")
    trouble = models.CharField(max_length=20, blank=True, help_text="Why there was no answer.")
    took_ms = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Tellings)()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "uid"], name="telling_once")]
        indexes = [
            models.Index(fields=["client", "listener", "-id"], name="tellings_of_listener"),
            models.Index(
                fields=["client", "listener", "id"],
                condition=Q(taken_at=None, given_up_at=None),
                name="telling_open",
            ),
        ]

    def __str__(self) -> str:
        return f"telling {self.pk}"

    @property
    def said(self) -> str:
        """How the last try ended, for people."""
        return TROUBLES.get(self.trouble, "") or (f"HTTP {self.answer}" if self.answer else "")
