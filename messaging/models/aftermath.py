"""What is kept of our accounts with the providers: the daily comparison, opt-outs told to them, and where our history stands."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class LedgerCheck(ClientOwned):
    """One day of a provider's own list of what it sent for us, beside ours. `unknown` must be none.

    A trigger tells who listens to alerts of a day that has some, and of one that could not be compared (messaging/migrations).
    """

    provider = models.CharField(max_length=10)
    day = models.DateField(help_text="By UTC.")
    theirs = models.PositiveIntegerField()
    missing = ArrayField(
        models.CharField(max_length=120),
        help_text="The provider's ids that no attempt of ours has, a hundred at most.",
    )
    unknown = models.PositiveIntegerField(default=0, help_text="How many there are of those.")
    trouble = models.CharField(
        max_length=40,
        blank=True,
        help_text="Why it could not be compared the day after, a code; it is tried for a week.",
    )
    checked_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider", "day"], name="ledger_once_a_day")
        ]

    def __str__(self) -> str:
        return f"ledger of {self.day}"


class ToldOptOut(ClientOwned):
    """An opt-out made here, told to a provider: a second fence, should ours ever fail. Tried until it is confirmed."""

    suppression = SameClientKey("consent.Suppression", models.CASCADE, db_index=False)
    provider = models.CharField(max_length=10)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(db_default=ClockNow())
    confirmed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "suppression", "provider"], name="told_once")
        ]

    def __str__(self) -> str:
        return f"told opt-out {self.pk}"


class History(models.Model):
    """Which history of the database we live in, as last seen. One row. Holds no client's data.

    A restored backup or a promoted replica has another system or timeline, stands before the point of writing that the broker
    remembers, or was last seen before the moment it remembers: then hand-offs and opt-outs may be forgotten, and nothing is sent
    before the providers were asked.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    system = models.CharField(max_length=30)
    timeline = models.CharField(max_length=8)
    seen_at = models.DateTimeField()
    name = models.UUIDField(
        default=uuid.uuid4,
        help_text="By which the broker remembers when it was last seen; a dump carries it along.",
    )

    def __str__(self) -> str:
        return f"{self.system}/{self.timeline}"


class Hold(models.Model):
    """Everything is held because our history may have gaps. Ends when the providers were asked; holds no client's data."""

    reason = models.CharField(max_length=300)
    lost_since = models.DateTimeField(help_text="From here on our record may lack what the providers know.")
    since = models.DateTimeField(db_default=ClockNow())
    asked_at = models.DateTimeField(
        null=True, help_text="When every provider had been asked; campaigns are then released by name."
    )

    def __str__(self) -> str:
        return f"hold {self.pk}"


class HoldAnswer(ClientOwned):
    """Whether one account was asked after a hold, so that a provider that does not answer has only its own asked again."""

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="answers")
    account = SameClientKey("tenants.ProviderAccount", models.CASCADE, db_index=False)
    asked_at = models.DateTimeField(null=True, help_text="When it had told everything.")
    trouble = models.CharField(max_length=40, blank=True, help_text="Why it could not be asked; a code.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "hold", "account"], name="one_answer_a_hold")
        ]

    def __str__(self) -> str:
        return f"answer to hold {self.hold_id}"


class Recovered(ClientOwned):
    """A text that the provider has and our record lacked when it was asked after a hold. Counted once, however often it is asked."""

    provider_id = models.CharField(max_length=120)
    message = SameClientKey(
        "messaging.Message", models.CASCADE, null=True, db_index=False,
        help_text="Which message ended for it; none was waiting for some.",
    )  # fmt: skip
    sent_at = models.DateTimeField(help_text="By the provider's clock.")
    found_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "provider_id"], name="recovered_once")]

    def __str__(self) -> str:
        return f"recovered {self.pk}"
