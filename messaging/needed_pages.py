"""What waits for a person, as a fragment: over all clients on the first page, of one client on its overview."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging.needed import needed
from tenants.access import MemberRequest, client_page, signed_in, visible_clients
from tenants.models import Client
from tenants.scope import acting_for


@signed_in
@require_GET
def needed_everywhere(request: MemberRequest) -> HttpResponse:
    """Over every client one may see."""
    clients = {client.pk: client for client in visible_clients(request.user) if client.closed_at is None}
    with acting_for(clients):
        found = needed(clients)
    return render(request, "messaging/_needed.html", {"needed": found, "names_client": True})


@client_page()
@require_GET
def needed_here(request: MemberRequest, client: Client) -> HttpResponse:
    """Of one client."""
    found = [] if client.closed_at else needed({client.pk: client})
    return render(request, "messaging/_needed.html", {"needed": found, "names_client": False})
