"""The versions of a campaign that were laid before the client, and what reads differently between any two."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from campaigns.campaign_pages import found_campaign
from campaigns.differences import differences
from campaigns.models import CampaignVersion
from tenants.access import MemberRequest, client_page
from tenants.models import Client


@client_page()
@require_GET
def versions(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """`?before=1&after=3`; without them the last two."""
    found = found_campaign(client, campaign)
    rows = CampaignVersion.objects.filter(campaign=found).select_related("frozen_by").order_by("-number")
    listed = list(rows.defer("content")[:100])
    after = _chosen(listed, request.GET.get("after", ""), 0)
    before = _chosen(listed, request.GET.get("before", ""), 1)
    both = {row.pk: row for row in rows.filter(pk__in=[each.pk for each in (before, after) if each])}
    context = {
        "campaign": found,
        "versions": listed,
        "before": before,
        "after": after,
        "changed": differences(both[before.pk].content, both[after.pk].content) if before and after else None,
    }
    return render(request, "campaigns/versions.html", context)


def _chosen(listed: list[CampaignVersion], number: str, otherwise: int) -> CampaignVersion | None:
    """The version of that number; the newest (0) or the one before it (1) when none such is named."""
    named = next((each for each in listed if str(each.number) == number), None)
    if named is not None or len(listed) <= otherwise:
        return named
    return listed[otherwise]
