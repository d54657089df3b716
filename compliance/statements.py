"""What whoever asks for approval says by name: the reason for each warning, the data-handling plan, and who pays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from campaigns.models import Campaign
from compliance.data_plan import plan_of
from compliance.models import CampaignStatement, ContentFinding, ContentReview
from tenants.clock import db_now
from tenants.models import User

SHORTEST_REASON = 8  # letters: "ok" is no reason


def record_findings(campaign: Campaign, reviewed: ContentReview) -> list[ContentFinding]:
    """The findings of a review as rows, in their order. Reasons given to the same words stay, those of others are gone."""
    rows = ContentFinding.objects.filter(campaign=campaign, fingerprint=reviewed.fingerprint)
    there = {(row.rule, row.step, row.blocks, row.says, row.where): row for row in rows}
    wanted = [
        (each["rule"], each["step"], each["blocks"], each["says"], each["where"])
        for each in reviewed.findings
    ]
    gone = [row.pk for key, row in there.items() if key not in wanted]
    ContentFinding.objects.filter(pk__in=gone).delete()
    used = {row.number for key, row in there.items() if key in wanted}
    free = (number for number in range(len(used) + len(wanted) + 1) if number not in used)
    ContentFinding.objects.bulk_create(
        ContentFinding(
            client_id=campaign.client_id, campaign=campaign, fingerprint=reviewed.fingerprint, number=next(free),
            rule=rule, step=step, blocks=blocks, says=says, where=where,
        )
        for rule, step, blocks, says, where in dict.fromkeys(wanted)
        if (rule, step, blocks, says, where) not in there
    )  # fmt: skip
    return list(rows.order_by("number"))


def answer_warnings(
    findings: list[ContentFinding], reasons: Mapping[str, str], by: User
) -> list[ContentFinding]:
    """Keep the reasons (`reason-RULE-STEP-…`, see `key_of`) with the name of who gave them; returns the warnings still open."""
    at = db_now()
    still = []
    for each in findings:
        if each.blocks or each.reason:
            continue
        reason = " ".join(reasons.get(key_of(each), "").split())[:500]
        if len(reason) < SHORTEST_REASON:
            still.append(each)
            continue
        ContentFinding.objects.filter(pk=each.pk).update(reason=reason, answered_by=by, answered_at=at)
    return still


def answered(campaign: Campaign, fingerprint: str) -> list[dict[str, Any]]:
    """Each warning with the reason and the name, for whoever signs."""
    rows = ContentFinding.objects.filter(campaign=campaign, fingerprint=fingerprint, blocks=False).exclude(
        reason=""
    )
    return [
        {
            "step": each.step,
            "says": each.says,
            "reason": each.reason,
            "by": each.answered_by.name if each.answered_by else "",
        }
        for each in rows.select_related("answered_by").order_by("number")
    ]


def key_of(finding: object) -> str:
    """The name of a warning's field in the form, the same for a finding and for its row."""
    words = f"{finding.rule}|{finding.step}|{finding.says}|{finding.where[:160]}"  # type: ignore[attr-defined]
    return f"reason-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def state(
    campaign: Campaign, fingerprint: str, by: User | None, *, paid_by_others: bool
) -> CampaignStatement:
    """Keep the statement about a fingerprint; a different one about the same ends the former."""
    plan, at = plan_of(campaign), db_now()
    rows = CampaignStatement.objects.filter(campaign=campaign, fingerprint=fingerprint, ended_at=None)
    there: CampaignStatement | None = rows.first()
    if there is not None and (there.plan, there.paid_by_others) == (plan, paid_by_others):
        return there
    rows.end(at)
    made: CampaignStatement = CampaignStatement.objects.create(
        client_id=campaign.client_id, campaign=campaign, fingerprint=fingerprint, plan=plan, paid_by_others=paid_by_others,
        by=by, since=at,
    )  # fmt: skip
    return made
