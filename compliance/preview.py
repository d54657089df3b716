"""Who is clear and why the rest are not: a campaign judged before any message exists."""
from __future__ import annotations

from datetime import datetime

from campaigns.audience import people, subjects
from campaigns.models import AudienceCount, Campaign, Step
from compliance.gate import Tally, tally


def tallies(campaign: Campaign, at: datetime) -> list[tuple[Step, Tally]]:
    """Each step's tally, judged now with the clock as planned, inside `acting_for(client)`. One query a step."""
    steps = Step.objects.filter(campaign=campaign).select_related("campaign__client", "sender").order_by("position")
    return [(step, tally(subjects(step, at), at)) for step in steps]


def count(campaign: Campaign, at: datetime) -> AudienceCount:
    """Store the tallies as dated evidence, bound to the fingerprint they were counted under."""
    return AudienceCount.objects.create(
        client_id=campaign.client_id, campaign=campaign, fingerprint=campaign.fingerprint, at=at,
        steps={str(step.position): answer.as_json() for step, answer in tallies(campaign, at)}, people=people(campaign).count(),
    )  # fmt: skip
