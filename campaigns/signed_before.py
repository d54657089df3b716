"""What the client signed of a campaign before: what of it goes on while something else is asked, and what fell under it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from campaigns import what_fell, wording
from campaigns.differences import Difference, differences
from campaigns.models import Approval, ApprovalRequest
from tenants.clock import db_now


def goes_on(request: ApprovalRequest) -> Approval | None:
    """The approval under which the campaign is sent whatever is answered to this request; the one that holds longest."""
    standing = Approval.objects.in_force(db_now()).filter(
        campaign=request.campaign_id, campaign__fingerprint=F("fingerprint")
    )
    others = standing.exclude(request=request.pk).order_by("-expires_at", "-pk")
    found: Approval | None = others.first()
    return found


def goes_on_says(request: ApprovalRequest) -> str:
    """What is sent under a former signature whatever is answered, as a sentence; empty when nothing is."""
    former = goes_on(request)
    if former is None:
        return ""
    signed, until = (wording.day_there(at, request.client) for at in (former.since, former.expires_at))
    return f"What {former.typed_name} signed on {signed} goes on until {until}, or until it is withdrawn."


def changes(last: Approval, request: ApprovalRequest) -> list[Difference]:
    """What a request lays before its reader that reads differently from what was signed last."""
    content, before = request.version.content, last.version.content
    found = differences(before, content)
    if last.request.paid_by_others != request.paid_by_others:
        was = wording.who_pays(before, last.request.paid_by_others)
        now = wording.who_pays(content, request.paid_by_others)
        found.append(Difference("Who pays", (("removed", was), ("added", now))))
    return found


def last_signed(request: ApprovalRequest, given: Approval | None = None) -> Approval | None:
    """What the client signed of this campaign last before it answered this request, or before `given`, whichever version that was."""
    rows = Approval.objects.filter(campaign=request.campaign_id).exclude(request=request.pk)
    if given is not None:
        rows = rows.filter(pk__lt=given.pk)
    elif request.closed_at is not None:
        rows = rows.filter(since__lt=request.closed_at)
    found: Approval | None = rows.select_related("version", "request").order_by("-pk").first()
    return found


def fell(campaigns: Iterable[int]) -> dict[int, str]:
    """By approval: what fell although signatures of these campaigns rested on it, and who signs anew, as a sentence."""
    paid = Approval.objects.unpaid(db_now()).filter(campaign__in=campaigns).select_related("client")
    said = {each.pk: _paid_says(each) for each in paid}
    rows = Approval.objects.that_fell(db_now()).filter(campaign__in=campaigns).select_related("client")
    return said | what_fell.sentences(rows.order_by("pk"))


def _paid_says(approval: Approval) -> str:
    signed = wording.day_there(approval.since, approval.client)
    return (
        f"After {approval.typed_name} signed on {signed}, the agency stated that a third party pays for it or that it promotes what is "
        "not the practice’s own. The practice’s compliance contact must sign anew."
    )
