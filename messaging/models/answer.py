"""Writing back by hand: the answers, the words kept ready for them, and who looks after a thread."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models import Channel
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Answer(ClientOwned):
    """What a member wrote back. The message is its row of the outbox; these are its words."""

    message = SameClientKey("messaging.Message", models.CASCADE, db_index=False)
    reply = SameClientKey("messaging.Inbound", models.PROTECT, db_index=False, help_text="What it answers.")
    # Given with the form: however often it is sent, it is one answer.
    key = models.UUIDField()
    words = EncryptedText(blank=True, help_text="As they go out, with the practice's name and the STOP line.")
    emptied_at = models.DateTimeField(null=True, help_text="When the words were thrown away.")
    written_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="answered_once"),
            models.UniqueConstraint(fields=["client", "message"], name="one_answer_a_message"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class ReadyWords(ClientOwned):
    """A text kept ready, with merge fields: for everybody at the client, or for the one who wrote it."""

    owner = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    words = models.TextField()
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "owner", "name"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="ready_words_once",
            )
        ]

    def __str__(self) -> str:
        return f"ready words {self.pk}"


class Assignment(ClientOwned):
    """Who looks after what comes from one address."""

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    to = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address"], condition=Q(ended_at=None), name="assigned_once"
            )
        ]
        indexes = [models.Index(fields=["client", "to"], condition=Q(ended_at=None), name="assigned_to")]

    def __str__(self) -> str:
        return f"assignment {self.pk}"
