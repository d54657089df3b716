"""Stopping a campaign for good: the row that the gate reads, and the end of everything still queued."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from campaigns.models import Campaign
from compliance import stopping
from compliance.models import Stop
from messaging.models import Message, Status
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import User


def stop_for_good(
    campaign: Campaign, by: User, reason: str, request: HttpRequest | None = None
) -> tuple[Stop, int]:
    """Stop the campaign and cancel what is queued, in one transaction inside the client's scope; the stop, and how many."""
    made = stopping.stop(campaign.client, campaign, Stop.Kind.STOP, by, reason)
    audit("campaign.stopped", campaign, client_id=campaign.client_id, by=by, request=request)
    return made, cancel_queued(campaign, by, request)


def cancel_queued(campaign: Campaign, by: User | None, request: HttpRequest | None = None) -> int:
    """Queued messages of a campaign end as cancelled; what is being handed over is not called back. Audited."""
    cancelled: int = Message.objects.filter(campaign=campaign, status=Status.QUEUED).update(
        status=Status.CANCELLED, settled_at=db_now()
    )
    if cancelled:
        audit(
            "campaign.queued_cancelled",
            campaign,
            client_id=campaign.client_id,
            by=by,
            request=request,
            cancelled=cancelled,
        )
    return cancelled


def cancel_stopped(client_id: int) -> int:
    """For the sweep: what came back to the queue, or was still being planned, when its campaign was stopped for good."""
    for_good = Stop.objects.in_force(db_now()).filter(
        client=client_id, kind=Stop.Kind.STOP, campaign__isnull=False
    )
    queued = Message.objects.filter(campaign=OuterRef("pk"), status=Status.QUEUED)
    left = Campaign.objects.filter(Exists(queued), pk__in=for_good.values("campaign"), client=client_id)
    return sum(cancel_queued(campaign, None) for campaign in left)
