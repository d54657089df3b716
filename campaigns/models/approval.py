"""Asking for approval, the client's written yes to one exact fingerprint, and the objection."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from campaigns.models.resting import fallen, kinds
from campaigns.models.signing import Signed, SigningRule
from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class AudienceCount(ClientOwned):
    """How many a version would reach, dated: written by the gate's preview, shown to the signer, kept with the approval."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, related_name="counts")
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=ClockNow())
    # By step position: {"1": {"total": n, "clear": n, "waiting": n, "held": n, "codes": {"opted_out": n}}}; people is the union.
    steps = models.JSONField(default=dict)
    people = models.IntegerField(default=0, help_text="Distinct contacts the audience rule names.")
    at_launch = models.BooleanField(
        default=False, help_text="Counted when it was launched, to compare with what was signed."
    )

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "campaign", "-at"])]

    def __str__(self) -> str:
        return f"count of campaign {self.campaign_id}"


class ApprovalRequest(ClientOwned):
    """A version laid before the client's compliance contact. Open until signed, objected to, or withdrawn."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, related_name="requests")
    version = SameClientKey("campaigns.CampaignVersion", models.CASCADE)
    count = SameClientKey(AudienceCount, models.PROTECT)
    asked_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=ClockNow())
    rule = SameClientKey(
        SigningRule, models.PROTECT, null=True, help_text="Who must sign, as it stood then; none: any one."
    )
    note = models.TextField(blank=True, help_text="What the agency says about it.")
    # [{step, says, reason, by}]: kept with what was signed, whatever a later review of the words says.
    answered = models.JSONField(
        default=list,
        help_text="What the review of the words pointed out, and the named reasons to send it all the same.",
    )
    paid_by_others = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whoever asked stated that somebody else pays for it, or that it promotes what is not the practice’s own.",
    )
    mailed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=10,
        blank=True,
        choices=[
            ("approved", "Approved"),
            ("objected", "Change asked for"),
            ("withdrawn", "Withdrawn"),
            ("replaced", "Replaced"),
            ("new_rule", "Who must sign was changed"),
        ],
    )

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign"], condition=Q(closed_at=None), name="one_open_request"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="closed_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"approval request {self.pk}"


class ApprovalRows(Interval["Approval"]):
    def in_force(self, at: Any) -> ApprovalRows:
        """Signed, not withdrawn and not run out at `at`; nothing that it rested on fell since, nor was it said since that others pay."""
        return self.standing(at).filter(~fallen(at)).exclude(self._now_paid(at))

    def unpaid(self, at: Any) -> ApprovalRows:
        """Those that would hold, were it not said after the signature that others pay for exactly this."""
        return self.standing(at).filter(self._now_paid(at))

    def _now_paid(self, at: Any) -> Q:
        said = ApprovalRequest.objects.filter(
            client=OuterRef("client"),
            version=OuterRef("version"),
            paid_by_others=True,
            asked_at__gt=OuterRef("since"),
            asked_at__lte=at,
        )
        return Q(Exists(said), request__paid_by_others=False)

    def standing(self, at: Any) -> ApprovalRows:
        """Signed, not withdrawn and not run out at `at`, whatever became of what it rested on."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at, expires_at__gt=at)

    def that_fell(self, at: Any) -> ApprovalRows:
        """Those that would hold, had nothing fallen that they rested on: see `what_fell`."""
        return self.standing(at).what_fell(at)

    def what_fell(self, at: Any) -> ApprovalRows:
        """Those under which something had fallen by `at`: by kind (`resting.kinds`) the number of the first that did, as `fell_…`."""
        first = {
            f"fell_{kind}": Subquery(rows.order_by("over", "pk").values("pk")[:1])
            for kind, rows in kinds(at).items()
        }
        return self.filter(fallen(at)).annotate(**first)


class Approval(Signed):
    """The client's written yes: who, when, how proven, to which statement and which fingerprint.

    Where several must sign it is the last signature; the database takes it only when the others (Cosignature) are there.
    """

    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, related_name="approvals")
    version = SameClientKey("campaigns.CampaignVersion", models.PROTECT)
    request = SameClientKey(ApprovalRequest, models.PROTECT)
    count = SameClientKey(AudienceCount, models.PROTECT)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Withdrawn.")
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    ended_because = models.TextField(blank=True)

    objects = ClientManager.from_queryset(ApprovalRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "request"], name="signed_once"),
            models.CheckConstraint(
                condition=Q(delegation=None, role="approver")
                | Q(delegation__isnull=False, role__in=["approver", "viewer", "front_desk"]),
                name="only_the_compliance_contact_signs",
            ),
            models.CheckConstraint(
                condition=Q(drafted_by=None) | ~Q(drafted_by=F("signed_by")), name="drafter_never_signs"
            ),
            models.CheckConstraint(condition=~Q(typed_name="") & ~Q(second_factor=""), name="signed_in_full"),
        ]
        indexes = [models.Index(fields=["client", "campaign", "fingerprint"])]  # the gate's approval check

    def __str__(self) -> str:
        return f"approval {self.pk}"


class Cosignature(Signed):
    """One of several signatures that a request needs, given before the last, which is the approval itself. Never changed."""

    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, related_name="+")
    version = SameClientKey("campaigns.CampaignVersion", models.PROTECT)
    request = SameClientKey(ApprovalRequest, models.PROTECT, related_name="cosignatures")
    covers = models.ForeignKey(
        "tenants.User",
        models.PROTECT,
        related_name="+",
        help_text="Whose turn it was: the signer, or who named them.",
    )

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "request", "signed_by"], name="cosigned_once"),
            models.UniqueConstraint(fields=["client", "request", "covers"], name="covered_once"),
            models.CheckConstraint(
                condition=Q(delegation=None, role="approver", covers=F("signed_by"))
                | Q(delegation__isnull=False, role__in=["approver", "viewer", "front_desk"]),
                name="only_the_compliance_contact_cosigns",
            ),
            models.CheckConstraint(
                condition=Q(drafted_by=None) | ~Q(drafted_by=F("signed_by")), name="drafter_never_cosigns"
            ),
            models.CheckConstraint(
                condition=~Q(typed_name="") & ~Q(second_factor=""), name="cosigned_in_full"
            ),
        ]

    def __str__(self) -> str:
        return f"cosignature {self.pk}"


class ApprovalDocument(ClientOwned):
    """The approval as a sealed PDF, made once when it was signed (campaigns.approval_documents). Never changed."""

    approval = SameClientKey(Approval, models.PROTECT)
    file = EncryptedText(help_text="The PDF, base64.")
    sha256 = models.CharField(max_length=64)
    block = models.BigIntegerField(help_text="The newest block of the client's record then; 0 = none.")
    block_hash = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "approval"], name="document_once")]

    def __str__(self) -> str:
        return f"document of approval {self.approval_id}"


class Objection(ClientOwned):
    """The client asks for a change, in words."""

    campaign = SameClientKey("campaigns.Campaign", models.PROTECT, related_name="objections")
    request = SameClientKey(ApprovalRequest, models.PROTECT)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    comment = models.TextField()
    step = models.PositiveSmallIntegerField(null=True, help_text="The position of the step it is about.")
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "request"], name="objected_once")]

    def __str__(self) -> str:
        return f"objection {self.pk}"
