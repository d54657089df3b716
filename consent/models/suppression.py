"""The no: suppressions, which outlive contacts; touches, by which frequency is counted; what was heard; preference links."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.encryption import EncryptedText
from tenants.models import Channel, Purpose
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Suppression(ClientOwned):
    """An address this client must not contact, whatever else is true. Keyed by address id; outlives the contact.

    Never deleted. Lifted (`ended_at`) only by the person: START for a keyword or free-text STOP on that
    number, or a fresh yes on the preference page.
    """

    class Source(models.TextChoices):
        KEYWORD = "keyword", "Replied with a stop word"
        FREE_TEXT = "free_text", "Asked in their own words"
        ONE_CLICK = "one_click", "Unsubscribed in the mail program"
        PREFERENCES = "preferences", "Unsubscribed on the page"
        COMPLAINT = "complaint", "Reported as spam"
        HARD_BOUNCE = "hard_bounce", "The mail address does not exist"
        PROVIDER = "provider", "Already opted out at the provider"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        IMPORT = "import", "A no in an imported list"
        STAFF = "staff", "Entered by a member"
        API = "api", "Told by the practice’s own system"
        LEGAL = "legal", "Legal hold"

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    source = models.CharField(max_length=12, choices=Source)
    note = EncryptedText(blank=True)
    since = models.DateTimeField(db_default=ClockNow())
    # When the address's lock had been held once after the commit: from here on no hand-off can begin (decisions 22).
    enforced_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # What ended it: the person's START (messaging's id; no key across rooms) or their fresh yes. Triggers look at both.
    lifted_by_reply = models.BigIntegerField(null=True)
    lifted_by_consent = models.BigIntegerField(null=True)
    made_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    # Where it came from, told and never joined: a key would cost an import a check for every row.
    made_by_import_id = models.BigIntegerField(null=True)
    # The reply it was read from by rule, while nobody else has said the same: that reading may have been a mistake.
    read_from = models.BigIntegerField(null=True)
    # The message the person answered or unsubscribed from, where known (messaging's id; no key across rooms).
    message_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address", "source"], condition=Q(ended_at=None), name="suppressed_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, lifted_by_reply=None, lifted_by_consent=None)
                | Q(ended_at__isnull=False, lifted_by_reply__isnull=False, lifted_by_consent=None)
                | Q(ended_at__isnull=False, lifted_by_reply=None, lifted_by_consent__isnull=False),
                name="lifted_with_proof",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-since"]),
            models.Index(
                fields=["client", "ended_at"], condition=Q(ended_at__isnull=False), name="lifted_opt_outs"
            ),
            # The gate's opted_out and left_campaign at a claim; `suppressed_once` knows only those not ended.
            models.Index(fields=["client", "address"]),
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk}"


# Made by the person themself: their whole campaign ends, on every channel.
OWN_WISH = (
    Suppression.Source.KEYWORD,
    Suppression.Source.FREE_TEXT,
    Suppression.Source.ONE_CLICK,
    Suppression.Source.PREFERENCES,
    Suppression.Source.COMPLAINT,
)
# What a START lifts (decisions 9); of a number that was stopped on the page of a mail it is the only way back.
LIFTED_BY_START = (
    Suppression.Source.KEYWORD, Suppression.Source.FREE_TEXT, Suppression.Source.PROVIDER, Suppression.Source.PREFERENCES,
)  # fmt: skip
# What a fresh yes lifts, where the person unsubscribed from mails.
LIFTED_BY_YES = (
    Suppression.Source.ONE_CLICK,
    Suppression.Source.PREFERENCES,
    Suppression.Source.KEYWORD,
    Suppression.Source.FREE_TEXT,
    Suppression.Source.IMPORT,
    Suppression.Source.STAFF,
    Suppression.Source.API,
)


class PurposeOptOut(ClientOwned):
    """One purpose that an address wants no more of, chosen by the person where they unsubscribe. A suppression is wider.

    Never deleted; lifted only by a fresh yes of the person, on the same page.
    """

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    purpose = models.CharField(max_length=10, choices=Purpose)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    # The fresh yes that ended it; a trigger looks at it.
    lifted_by_consent = models.BigIntegerField(null=True)
    # The message whose link was pressed (messaging's id; no key across rooms).
    message_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address", "purpose"], condition=Q(ended_at=None), name="purpose_out_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, lifted_by_consent=None)
                | Q(ended_at__isnull=False, lifted_by_consent__isnull=False),
                name="purpose_lifted_with_proof",
            ),
        ]
        indexes = [models.Index(fields=["client", "address"], name="purposes_of_address")]

    def __str__(self) -> str:
        return f"opt-out {self.pk} of one purpose"


class Touch(ClientOwned):
    """An address was, or is being, contacted: written in the claim, voided when certainly nothing was sent."""

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    household = models.BigIntegerField()
    channel = models.CharField(max_length=5, choices=Channel)
    purpose = models.CharField(max_length=10, choices=Purpose)
    at = models.DateTimeField()
    message_id = models.BigIntegerField()
    voided_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        indexes = [
            models.Index(fields=["client", "address", "-at"]),  # frequency
            models.Index(fields=["client", "household", "-at"]),  # one a day for a household
            models.Index(fields=["client", "-at"]),  # a preview hashes the last day's and week's touches
            models.Index(fields=["client", "message_id"]),
        ]

    def __str__(self) -> str:
        return f"touch {self.pk}"


class Heard(ClientOwned):
    """Somebody wrote to the client from this address: for a day, an answer by hand needs no other consent."""

    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "address", "-at"], name="heard_of_address")]

    def __str__(self) -> str:
        return f"heard {self.pk}"


class PreferenceLink(models.Model):
    """What an unsubscribe link stands for: a client and an address. No row-level security, no personal data; works for ever."""

    token_hash = models.BinaryField(max_length=32, primary_key=True)
    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+", db_index=False)
    address = models.ForeignKey("consent.Address", models.PROTECT, related_name="+", db_index=False)
    message_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(db_default=ClockNow())

    def __str__(self) -> str:
        return f"preference link of client {self.client_id}"
