"""The first page after signing in."""
from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from tenants.access import MemberRequest, signed_in, visible_clients


@signed_in
def home(request: MemberRequest) -> HttpResponse:
    """The clients this person may see; straight to the client when there is only one."""
    clients = list(visible_clients(request.user).select_related("agency"))
    if len(clients) == 1:
        return redirect("client", client=clients[0].slug)
    return render(request, "tenants/home.html", {"clients": clients})
