"""What a running campaign waits for, beside its approval."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging.launch_pages import campaign_of
from messaging.standstill import reasons, sentences
from tenants.access import MemberRequest, client_page
from tenants.models import Client


@client_page()
@require_GET
def campaign_waits(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The part of the approval's page that says why nothing more goes out, if that is so."""
    found = campaign_of(client, campaign)
    waits = sentences(found.pk, reasons(found.pk))
    return render(request, "messaging/_campaign_waits.html", {"waits": waits, "campaign": found})
