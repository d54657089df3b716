"""How many of an audience said yes to texts a long time ago: a warning, before the consents run out (rule CONSENT-AGE)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Q

from campaigns.audience import people
from campaigns.models import Campaign
from compliance.checks.people import KNOWN_LASTS
from consent.models import ConsentRecord
from tenants.models import Channel


def aging(campaign: Campaign, at: datetime) -> str:
    """A sentence with their number, or nothing. The newest consent of each counts; one imported without its day is old. One query."""
    newest = (
        ConsentRecord.objects.in_force(at)
        .filter(
            client=campaign.client_id,
            channel=Channel.SMS,
            purpose=campaign.purpose,
            contact__in=people(campaign).order_by().values("pk"),
        )
        .order_by()
        .values("contact")
        .annotate(newest=Max("since", filter=~Q(method=ConsentRecord.Method.IMPORTED)))
    )
    old = newest.aggregate(old=Count("contact", filter=Q(newest__lt=at - KNOWN_LASTS) | Q(newest=None)))[
        "old"
    ]
    if not old:
        return ""
    who = "1 person of this audience" if old == 1 else f"{old:,} people of this audience"
    return (
        f"{who} consented to these texts more than 18 months ago, or on a day that is not known. Who forgot it complains. Ask them anew: "
        "after 36 months without a visit they get no texts."
    )
