"""The first page after signing in."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render

from tenants.access import MemberRequest, signed_in, visible_clients
from tenants.models import Client, Membership, Role
from tenants.models.member import AGENCY_ROLES


@signed_in
def home(request: MemberRequest) -> HttpResponse:
    """The clients this person may see, what waits first; people of one client go straight to it."""
    approver = Membership.objects.in_force().filter(client=OuterRef("pk"), agency=None, role=Role.APPROVER)
    clients = list(visible_clients(request.user).annotate(has_approver=Exists(approver)))
    roles = {
        (member.role, member.client_id)
        for member in Membership.objects.in_force().filter(user=request.user, role__in=AGENCY_ROLES)
    }
    if len(clients) == 1 and not roles:
        return redirect("client", client=clients[0].slug)
    unanswered = [client for client in clients if client.covered == Client.Covered.UNSET]
    without = [client for client in clients if not client.has_approver]
    return render(
        request,
        "tenants/home.html",
        {
            "clients": clients,
            "unanswered": unanswered if roles else [],
            "without_approver": without if roles else [],
            "may_add": (Role.OWNER, None) in roles,
        },
    )
