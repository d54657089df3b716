"""Forms on which people agree to texts by themselves: the address each stands at, and every version of its wording."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.models import Purpose
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class SignupForm(models.Model):
    """Where a form stands. Read before any client is known: no row-level security, nothing personal."""

    public_id = models.CharField(max_length=22, unique=True, help_text="In its address; no secret.")
    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+")
    name = models.CharField(max_length=60, help_text="What the members call it.")
    asks_mail = models.BooleanField(
        default=False, help_text="It also takes a mail address, which counts once a mailed link confirmed it."
    )
    opened_at = models.DateTimeField(db_default=ClockNow())
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-up form {self.pk}"


class SignupWording(ClientOwned):
    """One version of what a form says. Never changed: a new version takes its place, and each consent keeps its own."""

    form = models.CharField(max_length=22, help_text="The form's public id.")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=2, choices=[("en", "English"), ("es", "Spanish")], default="en")
    wording = models.TextField()
    purposes = ArrayField(models.CharField(max_length=10, choices=Purpose))
    lasts_months = models.PositiveSmallIntegerField(
        null=True, help_text="A yes given to it ends by itself; empty: until it is taken back."
    )
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "form", "number"], name="one_wording_a_number"),
            models.UniqueConstraint(
                fields=["client", "form"], condition=Q(ended_at=None), name="one_wording_shown"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of form {self.form}"


class MailWish(ClientOwned):
    """A mail address somebody typed into a form and has not confirmed: no contact, no consent, nothing to write to.

    Deleted when it is confirmed, which makes a consent of it, or after the days that its link is good for.
    """

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    given = EncryptedText(help_text="JSON: the names, the address, the evidence.")
    wording = models.TextField()
    purposes = ArrayField(models.CharField(max_length=10, choices=Purpose))
    asked_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "address"], name="mail_wishes_of_address")]

    def __str__(self) -> str:
        return f"mail wish {self.pk}"


class MailConfirmation(models.Model):
    """What a mailed link stands for: read before any client is known. No row-level security, nothing personal."""

    token_hash = models.BinaryField(max_length=32, primary_key=True)
    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+", db_index=False)
    wish_id = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=ClockNow())
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"confirmation of mail wish {self.wish_id}"
