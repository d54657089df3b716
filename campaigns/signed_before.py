"""What the client signed of a campaign before: what of it goes on while something else is asked."""

from __future__ import annotations

from django.db.models import F

from campaigns import wording
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
