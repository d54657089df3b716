"""Showing names, numbers and addresses of a client's people in clear for a while, and masking them again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tenants import audit, masking
from tenants.access import MemberRequest, client_page
from tenants.models import Client
from tenants.step_up import came_from


@require_POST
@client_page(only_shows=True)
def clear_show(request: MemberRequest, client: Client) -> HttpResponse:
    """Names and addresses in clear for a quarter of an hour. On record, with the reason of whoever is not the client's own."""
    reason = request.POST.get("reason", "")
    if masking.needs_reason(request) and reason not in masking.REASONS:
        messages.error(request, "Say why: the reason stands in the client's record. Nothing was shown.")
        return redirect(came_from(request))
    masking.show(request, client.pk)
    kept: dict[str, Any] = {"reason": reason} if reason in masking.REASONS else {}
    audit.record(
        "contact.lists_shown", client_id=client.pk, request=request, role=request.member.role, minutes=masking.MINUTES, **kept
    )  # fmt: skip
    return redirect(came_from(request))


@require_POST
@client_page(only_shows=True)
def clear_hide(request: MemberRequest, client: Client) -> HttpResponse:
    """Mask them again at once."""
    masking.hide(request, client.pk)
    return redirect(came_from(request))
