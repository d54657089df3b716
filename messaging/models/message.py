"""The outbox and the record: one row per campaign version, step and address; one attempt per hand-off."""

from __future__ import annotations

import uuid
from datetime import UTC

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models import Channel, Purpose
from tenants.models.base import ClientOwned, ClockNow


class Status(models.TextChoices):
    """decisions.md 1. Waiting is `queued` with codes and a later due time."""

    QUEUED = "queued", "Queued"
    HANDING = "handing", "Being handed over"
    ACCEPTED = "accepted", "Handed over"
    REFUSED = "refused", "Refused by the provider"
    UNKNOWN = "unknown", "Outcome unknown"
    UNRESOLVED = "unresolved", "Unresolved: a person decides"
    HELD = "held", "Held"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"


# The only changes there are; the same table stands in the database's trigger (messaging/migrations).
TRANSITIONS: dict[str, tuple[str, ...]] = {
    # Accepted: a person chose to send again, and before it went the provider told that it had the first one.
    Status.QUEUED: (Status.HANDING, Status.HELD, Status.EXPIRED, Status.CANCELLED, Status.ACCEPTED),
    Status.HANDING: (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.QUEUED),
    Status.UNKNOWN: (Status.ACCEPTED, Status.REFUSED, Status.UNRESOLVED),
    # A person sends again or closes; late truth from the provider still counts.
    Status.UNRESOLVED: (Status.ACCEPTED, Status.REFUSED, Status.QUEUED, Status.CANCELLED),
    Status.ACCEPTED: (),
    # The provider tells that it had taken an attempt, after a person closed the message, or what became of it sent again.
    Status.REFUSED: (Status.ACCEPTED,),
    Status.HELD: (Status.ACCEPTED,),
    Status.EXPIRED: (Status.ACCEPTED,),
    Status.CANCELLED: (Status.ACCEPTED,),
}
BEFORE_HANDING = (Status.QUEUED, Status.HELD, Status.EXPIRED, Status.CANCELLED)
AT_REST = (Status.ACCEPTED, Status.REFUSED, Status.HELD, Status.EXPIRED, Status.CANCELLED, Status.UNRESOLVED)
HANDED = (Status.HANDING, Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.UNRESOLVED)
# The delivery code of what was or may have been sent in the time that a restore forgot.
BEFORE_RESTORE = "before_restore"


class Delivery(models.TextChoices):
    """What the provider told afterwards; only rises."""

    NONE = "", "Nothing heard"
    SENT = "sent", "On its way"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Not delivered"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Reported as spam"


RANK = {
    Delivery.NONE: 0,
    Delivery.SENT: 1,
    Delivery.DELIVERED: 2,
    Delivery.FAILED: 3,
    Delivery.BOUNCED: 4,
    Delivery.COMPLAINED: 5,
}


# What is no step of a campaign, by its kind.
TOLD = {"by hand": "Answer by hand", "confirmation": "Confirmation of an opt-out"}


class Message(ClientOwned):
    """What one step, one answer by hand or one confirmation means to one person: queued, judged, handed over, or the record of why not.

    The columns from `location` to `due_at` are the gate's contract (compliance.facts.FACTS).
    """

    # Its composite keys already lead to a client: a key of its own would be one more look-up for each of a million rows.
    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, db_index=False)
    # None of the three: an answer by hand (messaging.models.Answer), or the confirmation of an opt-out.
    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, null=True, db_index=False)
    campaign_version = SameClientKey("campaigns.CampaignVersion", models.PROTECT, null=True, db_index=False)
    step = SameClientKey("campaigns.Step", models.PROTECT, null=True, db_index=False)
    # The opt-out that it confirms (messaging.confirming): set from the beginning or never, which a trigger holds.
    confirms = SameClientKey("consent.Suppression", models.PROTECT, null=True, db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    channel = models.CharField(max_length=5, choices=Channel)
    contact = SameClientKey("consent.Contact", models.PROTECT, db_index=False)
    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    household = models.BigIntegerField()
    sender = SameClientKey("tenants.Sender", models.PROTECT, db_index=False)
    sender_domain = models.CharField(max_length=253, blank=True)
    provider = models.CharField(max_length=10)
    fingerprint = models.CharField(max_length=64, blank=True)
    window_key = models.TextField()
    due_at = models.DateTimeField()

    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, db_default=Status.QUEUED)
    failed = ArrayField(
        models.CharField(max_length=40),
        db_default=[],
        default=list,
        help_text="Codes of the checks that refused it.",
    )
    judged_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    # The ids of the rows that decided each check, at the judgement that counted: {"opted_out": [17], …}.
    evidence = models.JSONField(null=True)
    # Counts hand-offs; every later write names it, so that a worker that woke too late writes nothing.
    fence = models.PositiveIntegerField(db_default=0, default=0)
    requeues = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="Times it was certainly not sent."
    )
    delivery = models.CharField(max_length=10, choices=Delivery, db_default="", default="", blank=True)
    delivery_code = models.CharField(max_length=20, db_default="", default="", blank=True)
    segments = models.PositiveSmallIntegerField(db_default=0, default=0)
    wording = models.CharField(
        max_length=1, db_default="", default="", blank=True,
        help_text="Which wording was read (campaigns.wordings), once claimed; empty where there is one.",
    )  # fmt: skip
    mailbox = models.CharField(
        max_length=10,
        db_default="",
        default="",
        blank=True,
        help_text="Who keeps the mailbox (messaging.breakers.mailboxes), once claimed; empty for texts.",
    )
    planned_at = models.DateTimeField(db_default=ClockNow())
    settled_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(
        db_default=ClockNow(), help_text="Of status or delivery; a trigger sets it."
    )

    class Meta(ClientOwned.Meta):
        constraints = [
            # One step reaches an address once, however often it is launched, planned or retried.
            models.UniqueConstraint(
                fields=["client", "campaign_version", "step", "address"], name="message_once"
            ),
            # The door: nothing is handed over that was not judged clear at the instant it was claimed. Both isnull
            # are vital: a CHECK that yields NULL passes.
            models.CheckConstraint(
                condition=Q(status__in=BEFORE_HANDING)
                | Q(failed=[], judged_at=F("claimed_at"), judged_at__isnull=False, claimed_at__isnull=False),
                name="handed_over_only_if_clear",
            ),
            # A step of a signed campaign, an answer or a confirmation: nothing in between.
            models.CheckConstraint(
                condition=Q(
                    campaign__isnull=False, campaign_version__isnull=False, step__isnull=False, confirms=None
                )
                | Q(campaign=None, campaign_version=None, step=None, confirms=None, purpose=Purpose.CARE)
                | Q(
                    campaign=None,
                    campaign_version=None,
                    step=None,
                    confirms__isnull=False,
                    channel=Channel.SMS,
                ),
                name="of_a_step_or_an_answer",
            ),
            # An opt-out is confirmed once; and an address, whatever it says and takes back, once a day (by UTC).
            models.UniqueConstraint(
                fields=["client", "confirms"], condition=Q(confirms__isnull=False), name="confirmed_once"
            ),
            models.UniqueConstraint(
                "client",
                "address",
                TruncDate("planned_at", tzinfo=UTC),
                condition=Q(confirms__isnull=False),
                name="confirmed_once_a_day",
            ),
        ]
        indexes = [
            # The next wave: all of a launch is due at one instant, so the id must be part of it; each number has its own pace.
            models.Index(
                fields=["client", "sender", "due_at", "id"],
                condition=Q(status="queued"),
                name="message_due",
            ),
            models.Index(
                fields=["client", "claimed_at"],
                condition=Q(status__in=["handing", "unknown"]),
                name="message_open",
            ),
            models.Index(fields=["client", "campaign", "status"], name="message_live"),  # the live page
            # What the breakers count: what was handed over lately.
            models.Index(
                fields=["client", "-claimed_at"],
                condition=Q(claimed_at__isnull=False),
                name="message_handed",
            ),
            models.Index(
                fields=["client", "contact"], name="message_of_contact"
            ),  # the contact's line of time
            # Opt-outs look for what was handed over to the address before or after them.
            models.Index(fields=["client", "address", "claimed_at"], name="message_of_address"),
            # What the API is asked for by time. Of ranges of pages: it costs claiming and planning next to nothing.
            BrinIndex(fields=["changed_at"], name="message_changed", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def by_hand(self) -> bool:
        """Whether a member wrote it, in answer to the person."""
        return self.campaign_id is None and self.confirms_id is None

    @property
    def kind(self) -> str:
        """Of `compliance.policy.KINDS`."""
        return "by hand" if self.by_hand else "confirmation" if self.confirms_id else ""

    @property
    def told(self) -> str:
        """Which message it is, for people: its campaign must have been selected with it."""
        return f"{self.campaign.name}, step {self.step.position}" if self.campaign_id else TOLD[self.kind]


class Attempt(ClientOwned):
    """One hand-off of a message to a provider. Its id travels with it, so that any callback binds at once."""

    class Outcome(models.TextChoices):
        OPEN = "", "Begun"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        NOT_SENT = "not_sent", "Certainly not sent"
        UNKNOWN = "unknown", "Unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(  # held by the key of its message
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    message = SameClientKey(Message, models.CASCADE, related_name="attempts", db_index=False)
    fence = models.PositiveIntegerField()
    claimed_at = models.DateTimeField()
    begin_by = models.DateTimeField(help_text="No first byte after this (two seconds).")
    deadline = models.DateTimeField(help_text="After this an open attempt is unknown.")
    worker = models.CharField(max_length=80, blank=True)
    # The words as sent, encrypted JSON, and their SHA-256.
    content = EncryptedText(blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    emptied_at = models.DateTimeField(
        null=True, help_text="When the words were thrown away; their hash stays."
    )
    outcome = models.CharField(max_length=10, choices=Outcome, db_default="", default="", blank=True)
    code = models.CharField(max_length=40, db_default="", default="", blank=True)
    provider_id = models.CharField(max_length=120, db_default="", default="", blank=True)
    finished_at = models.DateTimeField(null=True)
    asked = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="Times the provider was asked about it."
    )

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "message", "fence"], name="one_attempt_a_fence"),
            models.UniqueConstraint(
                fields=["client", "provider_id"], condition=~Q(provider_id=""), name="provider_id_once"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


def may_have_left() -> Q:
    """The messages that reached their person, or may have: whatever a person, the gate or a restore made of them afterwards."""
    attempts = Attempt.objects.filter(client=OuterRef("client"), message=OuterRef("pk"))
    taken = Q(fence__gt=0) & Exists(attempts.exclude(outcome=Attempt.Outcome.NOT_SENT))
    return Q(status__in=HANDED) | taken | Q(delivery_code=BEFORE_RESTORE)
