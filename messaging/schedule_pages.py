"""Putting a launch off to a day and hour, and calling that off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns.models import Launch
from campaigns.state import State, state_of
from messaging import scheduling
from messaging.launch_pages import ONLY_STAFF, approval_of, campaign_of, page
from messaging.schedule_forms import LaterForm
from messaging.scheduling import CannotSchedule
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def launch_later(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Put down a time, or another one in its place."""
    found = campaign_of(client, campaign)
    approval = approval_of(found)
    if state_of(found) in (State.ARCHIVED, State.STOPPED):
        return page(request, found, status=409)
    if approval is None or Launch.objects.filter(version=approval.version_id).exists():
        return page(request, found, status=409)
    form = LaterForm(request.POST, zone=client.time_zone)
    if not form.is_valid():
        return page(request, found, form, status=422)
    try:
        scheduling.schedule(found, form.cleaned_data["at"], approval, request.user)
    except CannotSchedule as refused:
        form.add_error("day", str(refused))
        return page(request, found, form, status=422)
    messages.success(request, "Scheduled. Until then it can be changed or called off here.")
    return redirect("launch", client=client.slug, campaign=found.pk)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def launch_call_off(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Call off what was scheduled, if it has not begun."""
    found = campaign_of(client, campaign)
    if scheduling.call_off(found, request.user):
        messages.success(request, "Called off. It starts when somebody launches it.")
    else:
        messages.warning(request, "There was nothing left to call off: look below at what became of it.")
    return redirect("launch", client=client.slug, campaign=found.pk)
