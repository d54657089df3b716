"""Who of the client's people must sign, who signs for whom, and what every signature holds."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class SigningRule(ClientOwned):
    """How many signatures an approval of this client needs. Rows are only added: the newest is in force, none means any one."""

    class How(models.TextChoices):
        """From the loosest to the strictest."""

        ANY = "any", "Any one compliance contact"
        ALL = "all", "All of these, in any order"
        ORDER = "order", "All of these, in this order"

    how = models.CharField(max_length=5, choices=How)
    signers = ArrayField(
        models.BigIntegerField(), default=list, help_text="Accounts, in their order; none for any one."
    )
    set_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(how="any", signers=[]) | (~Q(how="any") & ~Q(signers=[])),
                name="named_where_several_sign",
            ),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="newest_signing_rule")]

    def __str__(self) -> str:
        return f"signing rule {self.pk}"


class Loosening(ClientOwned):
    """A wish of a compliance contact for fewer signatures. It holds when all who must sign now have agreed to it."""

    before = SameClientKey(SigningRule, models.PROTECT, db_index=False, help_text="The rule it would follow.")
    how = models.CharField(max_length=5, choices=SigningRule.How)
    signers = ArrayField(models.BigIntegerField(), default=list)
    asked_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    # Refused, taken back, overtaken by another rule, or in force.
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(ended_at=None), name="one_open_loosening_a_client"
            )
        ]

    def __str__(self) -> str:
        return f"loosening {self.pk}"


class LooseningYes(ClientOwned):
    """One of those who must sign now agrees to fewer signatures."""

    loosening = SameClientKey(Loosening, models.PROTECT, db_index=False)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "loosening", "by"], name="agrees_to_loosening_once")
        ]

    def __str__(self) -> str:
        return f"yes {self.pk} to a loosening"


class AdditionRule(ClientOwned):
    """What is signed when a message is added to a signed campaign. Rows are only added: the newest is in force, none means everything."""

    only_added = models.BooleanField(help_text="Only the added messages; else the whole campaign again.")
    set_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"], name="newest_addition_rule")]

    def __str__(self) -> str:
        return f"addition rule {self.pk}"


class Delegation(ClientOwned):
    """A compliance contact lets one of the client's own people sign for them, from one day until another."""

    principal = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    delegate = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    # Days where the client is, both included.
    from_day = models.DateField()
    until_day = models.DateField()
    named_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(delegate=F("principal")), name="delegate_is_another"),
            models.CheckConstraint(condition=Q(named_by=F("principal")), name="one_names_ones_own_delegate"),
            models.CheckConstraint(condition=Q(from_day__lte=F("until_day")), name="delegation_has_days"),
        ]

    def __str__(self) -> str:
        return f"delegation {self.pk}"


class Signed(ClientOwned):
    """What a signature holds, the only one or one of several: who, when, how proven, to which statement and fingerprint."""

    fingerprint = models.CharField(max_length=64)
    signed_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    # Copied so that the database can hold drafter and signer apart.
    drafted_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    delegation = SameClientKey(Delegation, models.PROTECT, null=True, help_text="When signed for another.")
    adds_to = SameClientKey(
        "campaigns.Approval",
        models.PROTECT,
        null=True,
        db_index=False,
        help_text="Only what was added was read and signed; the rest rests on this approval.",
    )
    role = models.CharField(
        max_length=10, help_text="The signer's role then: the client's compliance contact, or a delegate's."
    )
    typed_name = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    statement = models.TextField()
    statement_version = models.CharField(max_length=20)
    second_factor = models.CharField(max_length=20, help_text="How the second factor was proven: totp, code.")
    since = models.DateTimeField(db_default=ClockNow(), help_text="When it was signed.")
    ip = models.GenericIPAddressField(null=True)
    browser = EncryptedText(blank=True)

    class Meta(ClientOwned.Meta):
        abstract = True
