"""Keeping and taking away notes on a campaign, and saying who looks after it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from campaigns import notes
from campaigns.campaign_pages import SAYS, found_campaign
from campaigns.models import CampaignNote
from campaigns.notes import CannotNote
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client


@client_page(roles=STAFF, says=SAYS)
@require_POST
def note_new(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Keep a note; a launched campaign takes them too."""
    try:
        notes.add(found_campaign(client, campaign), request.POST.get("words", ""), request.user)
    except CannotNote as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The note is kept.")
    return redirect("campaign", client=client.slug, campaign=campaign)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def note_delete(request: MemberRequest, client: Client, campaign: int, note: int) -> HttpResponse:
    """Take one's own note away."""
    found = get_object_or_404(CampaignNote, pk=note, campaign=campaign, client=client)
    if found.by_id != request.user.pk:
        messages.error(request, "Only whoever wrote a note can take it away.")
    else:
        audit.record("campaign.note_removed", found, client_id=client.pk, request=request)
        found.delete()
        messages.success(request, "The note is gone.")
    return redirect("campaign", client=client.slug, campaign=campaign)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def campaign_assign(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Let a member of the agency look after it, or nobody in particular."""
    found, given = found_campaign(client, campaign), request.POST.get("to", "")
    who = next((each for each in notes.members(client) if str(each.pk) == given), None)
    if given and who is None:
        messages.error(
            request, "Choose a member of the agency who can open this client. Nothing was changed."
        )
    else:
        notes.give_to(found, who, request.user)
        said = f"{who.name} looks after it now." if who else "Nobody in particular looks after it now."
        messages.success(request, said)
    return redirect("campaign", client=client.slug, campaign=campaign)
