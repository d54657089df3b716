"""Campaign and steps: a sequence for a client, one audience, one purpose."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models import Channel, Purpose
from tenants.models.base import ClientOwned, ClockNow


class Credit(models.TextChoices):
    """Which of several campaigns an appointment is credited to, beside what each of them counts for itself."""

    LAST_TOUCH = "last_touch", "The one whose message was the newest before it was booked"


class Campaign(ClientOwned):
    """A draft that becomes sendable by approval and launch. Its state is read from records, not stored."""

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.MARKETING)
    # The audience rule: who, of all contacts. Empty = no such limit.
    last_visit_before = models.DateField(null=True, blank=True)
    last_visit_after = models.DateField(null=True, blank=True)
    segments = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, blank=True)
    # A standing welcome: instead of anybody there is, each person who becomes known after the launch (campaigns.audience).
    greets = models.BooleanField(default=False, db_default=False)
    # Or each person, known before it or not, at their first yes to such messages after it.
    greets_known = models.BooleanField(default=False, db_default=False)
    # Evergreen: whoever comes to match later joins, as far as the signature covers them (messaging.evergreen). Only then may the
    # rule move with the days: the last visit so many months ago, counted anew each day.
    joins = models.BooleanField(default=False, db_default=False)
    lapsed_months = models.PositiveSmallIntegerField(null=True, blank=True)
    # The schedule: the first day it may be sent; empty = at launch. Steps not sent this many days after they are due expire.
    starts_on = models.DateField(null=True, blank=True)
    days_valid = models.PositiveSmallIntegerField(default=7)
    # How its effect is measured, fixed before the launch (docs/outcomes.md): a share of the households is never written
    # to, drawn by the seed; a booking counts within so many business days of the first message.
    hold_out = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    hold_out_seed = models.CharField(max_length=32, blank=True)
    counts_for = models.PositiveSmallIntegerField(default=10, help_text="Business days.")
    credit = models.CharField(
        max_length=10,
        choices=Credit,
        blank=True,
        default=Credit.LAST_TOUCH,
        db_default="",
        help_text="The rule that was named to the signer; campaigns from before it was named have none.",
    )
    # SHA-256 over everything the client signs, as it stands now (campaigns.fingerprint); kept in step by every save
    # through the pages and derived anew by the worker before each claim.
    fingerprint = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    # Who at the agency looks after it: no content, so nothing that is signed.
    assignee = models.ForeignKey("tenants.User", models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=ClockNow())
    changed_at = models.DateTimeField(db_default=ClockNow())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_out=0) | (Q(hold_out__lte=50) & ~Q(hold_out_seed="")),
                name="hold_out_is_drawn_by_a_seed",
            ),
            # What the signer reads of a welcome names none of these.
            models.CheckConstraint(
                condition=Q(greets=False)
                | Q(last_visit_before=None, last_visit_after=None, segments=[], starts_on=None, hold_out=0),
                name="a_welcome_is_for_new_people_only",
            ),
            models.CheckConstraint(
                condition=Q(greets_known=False) | Q(greets=True), name="only_a_welcome_greets"
            ),
            models.CheckConstraint(
                condition=Q(joins=False, lapsed_months=None)
                | (
                    Q(joins=True, greets=False)
                    & (Q(lapsed_months=None) | Q(last_visit_before=None, lapsed_months__gt=0))
                ),
                name="only_an_evergreen_rule_moves",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        """With a seed as soon as somebody is to be held back: the counts before a launch draw as the launch does."""
        if self.hold_out and not self.hold_out_seed:
            self.hold_out_seed = secrets.token_hex(16)
            if (only := options.get("update_fields")) is not None:
                options["update_fields"] = {*only, "hold_out_seed"}
        super().save(*args, **options)


class Step(ClientOwned):
    """One message of the sequence."""

    campaign = SameClientKey(Campaign, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=5, choices=Channel)
    sender = SameClientKey("tenants.Sender", models.PROTECT)
    delay_days = models.PositiveSmallIntegerField(default=0, help_text="Days after the launch.")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(
        blank=True, help_text="Text, or simple marked-up mail, with merge fields in {{ }}."
    )
    # A second wording, which half of the households read, by the seed (campaigns.wordings). Empty: there is one wording.
    other_subject = models.CharField(max_length=200, blank=True, db_default="", default="")
    other_body = models.TextField(blank=True, db_default="", default="")
    split_seed = models.CharField(max_length=32, blank=True, db_default="", default="")
    # The words for whoever reads Spanish. Empty: they get the English ones, and the review says so.
    spanish_subject = models.CharField(max_length=200, blank=True, db_default="", default="")
    spanish_body = models.TextField(blank=True, db_default="", default="")
    # The merge fields the words of any of them need; the gate holds whoever lacks one.
    needs = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    class Meta(ClientOwned.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign", "position"],
                name="step_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(channel="email") | Q(subject="", other_subject="", spanish_subject=""),
                name="only_mail_has_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(other_body="", other_subject="") | ~Q(split_seed=""),
                name="wordings_are_drawn_by_a_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.position} of campaign {self.campaign_id}"

    @property
    def has_second(self) -> bool:
        """Whether half read another wording."""
        return bool(self.other_body)

    @property
    def all_words(self) -> list[str]:
        """Subjects and bodies of every wording, whether filled or not."""
        wordings = ("", "other_", "spanish_")
        return [getattr(self, f"{each}{part}") for each in wordings for part in ("subject", "body")]


class CampaignVersion(ClientOwned):
    """A campaign frozen when approval was asked for: what is sent is rendered from here, never from the live draft."""

    campaign = SameClientKey(Campaign, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    content = models.JSONField(
        help_text="Everything the fingerprint covers, readable (campaigns.fingerprint.signed_content)."
    )
    frozen_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "campaign", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"version {self.number} of campaign {self.campaign_id}"


class Launch(ClientOwned):
    """A version set in motion. One a version, however often the button is pressed."""

    class Stopped(models.TextChoices):
        """Why an evergreen campaign takes in nobody new."""

        UNSIGNED = "unsigned", "No signature stands for it."
        GREW = "grew", "More people match than the signature covers."

    campaign = SameClientKey(Campaign, models.PROTECT, related_name="launches")
    version = SameClientKey(CampaignVersion, models.PROTECT)
    at = models.DateTimeField(db_default=ClockNow())
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    planned_at = models.DateTimeField(null=True, help_text="When every message row was written.")
    # How far planning got: the last contact id of the last finished range, by step position.
    progress = models.JSONField(default=dict)
    planned = models.IntegerField(default=0)
    looked_at = models.DateTimeField(null=True, help_text="When it was last looked who came to match.")
    stopped_joining = models.CharField(max_length=10, choices=Stopped, blank=True, db_default="", default="")

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "version"], name="launched_once")]

    def __str__(self) -> str:
        return f"launch of version {self.version_id}"
