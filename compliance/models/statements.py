"""What named people said of a campaign as it stood: the answer to each warning, and the statement before approval."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class ContentFinding(ClientOwned):
    """One finding of the review of the words. A block has no override; a warning needs a named person's reason."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE)
    fingerprint = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField(help_text="Its place among the findings of this fingerprint.")
    rule = models.CharField(max_length=40)
    step = models.PositiveSmallIntegerField(help_text="The position of the message; 0 for the whole.")
    blocks = models.BooleanField()
    says = models.TextField()
    where = models.TextField(blank=True)
    found_at = models.DateTimeField(db_default=ClockNow())
    reason = models.CharField(max_length=500, blank=True, help_text="Why it is sent all the same.")
    answered_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign", "fingerprint", "number"], name="finding_once"
            ),
            models.CheckConstraint(
                condition=Q(reason="", answered_by=None, answered_at=None)
                | (~Q(reason="") & Q(blocks=False, answered_by__isnull=False, answered_at__isnull=False)),
                name="only_a_warning_is_answered_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.says}"


class CampaignStatement(ClientOwned):
    """What whoever asks for approval states: the data-handling plan as drawn then, and whether others pay for the message."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE)
    fingerprint = models.CharField(max_length=64)
    # [[heading, sentence], ...]: flow, access, retention, deletion, as the settings said (compliance.data_plan).
    plan = models.JSONField()
    paid_by_others = models.BooleanField(
        help_text="Somebody whose product or service it promotes pays the practice for it (45 CFR 164.501)."
    )
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "campaign", "fingerprint"], condition=Q(ended_at=None), name="stated_once"
            )
        ]

    def __str__(self) -> str:
        return f"statement about campaign {self.campaign_id}"
