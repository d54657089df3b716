"""The words, and the client's yes to exactly them."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from campaigns.models import Approval, AudienceCount
from compliance.checks.applying import PLANNED, WAIT, may_be_in
from compliance.facts import Facts, Group, forbid, require
from compliance.models import CampaignStatement, ContentFinding, ContentReview
from tenants.models import Client


@require(
    "not_approved",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7001, 7006; APPROVAL-BINDS, APPROVAL-FRESH",
    fix="approval_status",
    applies=PLANNED,
)
def approved(m: Facts) -> QuerySet[Approval]:
    """The client has not signed exactly this campaign, or the signature ran out, was withdrawn, or fell with what it rested on: an
    agreement, a sender, its registration or its domain."""
    return Approval.objects.in_force(m.at).filter(
        client=m.client,
        campaign=m.campaign,
        fingerprint=m.fingerprint,
        campaign__fingerprint=F("fingerprint"),
    )


@forbid("audience_grew", effect=WAIT, group=Group.WORDS, cites="APPROVAL-FRESH", fix="approval_status")
def audience_as_signed(m: Facts) -> QuerySet[AudienceCount]:
    """At the launch the campaign was meant for over a tenth more people than the client had been shown before signing."""
    rows: QuerySet[AudienceCount] = AudienceCount.objects.filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint, at_launch=True, at__lte=m.at
    )
    shown = Approval.objects.in_force(m.inner.at).filter(
        client=m.inner.client, campaign=m.inner.campaign, fingerprint=m.inner.fingerprint
    )
    # What was counted after the launch was shown to whoever signed again while the campaign runs.
    enough = shown.annotate(most=F("count__people") * 11).filter(
        Q(most__gte=OuterRef("people") * 10) | Q(count__at__gt=OuterRef("at"))
    )
    return rows.filter(Exists(shown)).filter(~Exists(enough))  # without a signature the check above says so


@require(
    "words_not_reviewed",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7704(a)(3), (5); CTIA M.P. & B.P.",
    fix="campaign",
    applies=PLANNED,
)
def words_reviewed(m: Facts) -> QuerySet[ContentReview]:
    """The words have not passed the content review: stop line, brand, unsubscribe, offers, health words."""
    rows: QuerySet[ContentReview] = ContentReview.objects.filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint, passed=True, reviewed_at__lte=m.at
    )
    return rows


@forbid("warning_unanswered", effect=WAIT, group=Group.WORDS, cites="OVERRIDE-LOG", fix="flight_check")
def warnings_answered(m: Facts) -> QuerySet[ContentFinding]:
    """The review warns of something in the words, and nobody has given a reason by name to send it all the same."""
    rows: QuerySet[ContentFinding] = ContentFinding.objects.filter(
        client=m.client,
        campaign=m.campaign,
        fingerprint=m.fingerprint,
        blocks=False,
        reason="",
        found_at__lte=m.at,
    )
    return rows


@require(
    "no_statement",
    effect=WAIT,
    group=Group.WORDS,
    cites="45 CFR 164.316(b), 164.504(e)(2); data-handling plan",
    fix="flight_check",
    applies=PLANNED,
)
def statement_made(m: Facts) -> QuerySet[CampaignStatement]:
    """Nobody has stated how this campaign's data is handled, and that no third party pays for it."""
    return CampaignStatement.objects.in_force(m.at).filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint
    )


@forbid(
    "paid_by_others",
    effect=WAIT,
    group=Group.WORDS,
    cites="45 CFR 164.501, 164.508(a)(3); Cal. Civ. Code 56.05",
    fix="flight_check",
)
def paid_by_others(m: Facts) -> QuerySet[CampaignStatement]:
    """A third party pays for this message, or it promotes what is not the practice's own, so each person must have authorized
    it, and no such record is kept here."""
    covered = Client.objects.filter(pk=m.inner.client).exclude(covered=Client.Covered.NOT_COVERED)
    return _paid(m).filter(Exists(covered))


@forbid(
    "paid_in_california",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="Cal. Civ. Code 56.05, 56.11; CMIA",
    fix="flight_check",
    applies=may_be_in("CA"),
)
def paid_in_california(m: Facts) -> QuerySet[CampaignStatement]:
    """California asks for each person's authorization where a third party pays for a message, whether HIPAA covers the client or
    not, and no such record is kept here."""
    uncovered = Client.objects.filter(pk=m.inner.client, covered=Client.Covered.NOT_COVERED)
    return _paid(m).filter(Exists(uncovered))  # of a covered client the check above says so


def _paid(m: Facts) -> QuerySet[CampaignStatement]:
    rows: QuerySet[CampaignStatement] = CampaignStatement.objects.in_force(m.at).filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint, paid_by_others=True
    )
    return rows
