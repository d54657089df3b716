"""The words, and the client's yes to exactly them."""

from __future__ import annotations

from django.db.models import F, QuerySet

from campaigns.models import Approval
from compliance.checks.applying import WAIT
from compliance.facts import Facts, Group, require
from compliance.models import ContentReview


@require(
    "not_approved",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7001, 7006; APPROVAL-BINDS",
    fix="approval_status",
)
def approved(m: Facts) -> QuerySet[Approval]:
    """The client has not signed exactly this campaign, or the signature ran out or was withdrawn."""
    return Approval.objects.in_force(m.at).filter(
        client=m.client,
        campaign=m.campaign,
        fingerprint=m.fingerprint,
        campaign__fingerprint=F("fingerprint"),
    )


@require(
    "words_not_reviewed",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7704(a)(3), (5); CTIA M.P. & B.P.",
    fix="campaign",
)
def words_reviewed(m: Facts) -> QuerySet[ContentReview]:
    """The words have not passed the content review: stop line, brand, unsubscribe, offers, health words."""
    rows: QuerySet[ContentReview] = ContentReview.objects.filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint, passed=True, reviewed_at__lte=m.at
    )
    return rows
