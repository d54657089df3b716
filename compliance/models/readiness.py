"""Facts gathered beforehand, dated; stale or missing means refused. Every look-up adds a row, none is overwritten."""

from __future__ import annotations

from typing import Any

from django.db import models

from compliance.pace import rate_of, shares_of
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class FactRows(models.QuerySet[Any]):
    """Dated look-ups that are good for a while."""

    def good(self, at: Any) -> FactRows:
        """Passed, and not yet stale at `at`. A failed pass after it counts: see `ended_at`."""
        return self.filter(passed=True, checked_at__lte=at, valid_until__gt=at).filter(
            models.Q(ended_at=None) | models.Q(ended_at__gt=at)
        )


class Answer(models.TextChoices):
    """What a look-up said."""

    PASS = "pass", "Passed"
    FAIL = "fail", "Failed"
    UNKNOWN = "unknown", "Could not check"


class DomainCheck(ClientOwned):
    """One look-up of a sender domain: SPF, DKIM, DMARC, MX, with the records as seen (rule DOMAIN-READY)."""

    domain = models.CharField(max_length=253)
    checked_at = models.DateTimeField(db_default=ClockNow())
    # 24 h after the look-up. A later answer "fail" ends the pass at once; "could not check" leaves it its 24 h (decisions 17).
    valid_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    passed = models.BooleanField()
    answer = models.CharField(max_length=7, choices=Answer)
    spf = models.CharField(max_length=7, choices=Answer)
    dkim = models.CharField(max_length=7, choices=Answer)
    dmarc = models.CharField(max_length=7, choices=Answer)
    # [{"part": "spf", "answer": "fail", "says": sentence, "add": {"type", "name", "value"} or null}] (compliance.domains.findings)
    findings = models.JSONField(default=list)
    seen = models.JSONField(default=dict, help_text="The records as seen: {name type: [values]}.")

    objects = ClientManager.from_queryset(FactRows)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "domain", "-checked_at"])]

    def __str__(self) -> str:
        return f"{self.domain}: {self.answer}"


class SmsRegistration(ClientOwned):
    """One look at a number's registration at the provider: brand, campaign, use case (rules A2P-*, TF-VERIFY)."""

    sender = SameClientKey("tenants.Sender", models.CASCADE)
    checked_at = models.DateTimeField(db_default=ClockNow())
    valid_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    passed = models.BooleanField()
    answer = models.CharField(max_length=7, choices=Answer, default=Answer.UNKNOWN)
    kind = models.CharField(max_length=10, choices=[("10dlc", "10DLC"), ("toll_free", "Toll-free")])
    brand_status = models.CharField(max_length=40, blank=True)
    campaign_status = models.CharField(max_length=40, blank=True)
    use_case = models.CharField(max_length=60, blank=True)
    findings = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    # The registered rate, in segments, and with which numbers it is shared: read from what was seen (compliance.pace).
    a_second = models.FloatField(default=1.0)
    a_day = models.PositiveIntegerField(null=True)
    rate_key = models.CharField(max_length=64, default="")
    day_key = models.CharField(max_length=64, default="")

    objects = ClientManager.from_queryset(FactRows)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "sender", "-checked_at"])]

    def save(self, *args: Any, **kwargs: Any) -> None:
        rate = rate_of(self)
        self.a_second, self.a_day = rate.a_second, rate.a_day
        self.rate_key, self.day_key = shares_of(self, self.sender_id)
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"registration of sender {self.sender_id}"


class ContentReview(ClientOwned):
    """What the review of the words found, bound to the fingerprint of exactly those words."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE)
    fingerprint = models.CharField(max_length=64)
    reviewed_at = models.DateTimeField(db_default=ClockNow())
    passed = models.BooleanField(help_text="No finding that blocks.")
    # [{"rule": id, "step": position, "blocks": bool, "says": sentence, "where": text}]
    findings = models.JSONField(default=list)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "campaign", "fingerprint"], name="reviewed_once")
        ]

    def __str__(self) -> str:
        return f"review of campaign {self.campaign_id}"


class ListCertificate(ClientOwned):
    """A named person certifies that all past opt-outs were imported and the list was cleaned (rule CONSENT-IMPORT-OPTOUTS)."""

    certified_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    statement = models.TextField()
    since = models.DateTimeField(db_default=ClockNow())
    expires_at = models.DateTimeField(help_text="30 days later.")
    ended_at = models.DateTimeField(null=True, help_text="A newer import ends it.")

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-since"])]

    def __str__(self) -> str:
        return f"certificate {self.pk}"
