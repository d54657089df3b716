"""Launching: what it would do, in numbers, and the button that does it once."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from campaigns.models import Approval, Campaign, Launch
from campaigns.state import State, state_of
from messaging import bell, launching, scheduling
from messaging.consequences import consequences
from messaging.schedule_forms import LaterForm
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client

ONLY_STAFF = "Only the agency's staff can launch a campaign."


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def launch(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Ask, in consequences; then launch. Pressed twice, in two tabs or again after a lost answer, it is one launch."""
    found = campaign_of(client, campaign)
    if request.method == "GET":
        return page(request, found)
    if state_of(found) in (State.ARCHIVED, State.STOPPED):
        return page(request, found, status=409)
    try:
        launching.set_in_motion(found, request.user, request, request.POST.get("despite", ""))
    except launching.NotInOrder as refused:
        return page(request, found, status=409, wrong=refused.why)
    transaction.on_commit(lambda: bell.ring_planning(client.pk))
    messages.success(request, "Launched. Every message passes the gate at the moment it is sent.")
    return redirect("live", client=client.slug, campaign=found.pk)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_GET
def launch_numbers(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """What a launch would do, counted now, with the button under it."""
    found = campaign_of(client, campaign)
    approval = approval_of(found)
    plan = consequences(found, approval.version, approval.since) if approval else None
    return render(request, "messaging/_launch_numbers.html", {
        "campaign": found, "approval": approval, "plan": plan, "price": settings.TEXT_SEGMENT_DOLLARS,
        "late": launching.OWN[launching.TOO_LATE], "despite": launching.DESPITE.items(),
        "wrong": launching.sentences(launching.not_in_order(found)) if plan else [],
    })  # fmt: skip


def page(
    request: MemberRequest,
    campaign: Campaign,
    later: LaterForm | None = None,
    status: int = 200,
    wrong: list[str] | None = None,
) -> HttpResponse:
    """`wrong`: the codes of what kept it from being launched just now."""
    approval = approval_of(campaign)
    state = state_of(campaign)
    launched = approval and Launch.objects.filter(version=approval.version_id).exists()
    last = scheduling.newest(campaign)
    return render(
        request, "messaging/launch.html",
        {
            "campaign": campaign, "approval": approval, "launched": launched, "put_away": state == State.ARCHIVED,
            "stopped_for_good": state == State.STOPPED, "done": state == State.DONE,
            "last": last, "why": scheduling.sentences(last.why) if last else [],
            "wrong": launching.sentences(wrong or []),
            "later": later or LaterForm(zone=campaign.client.time_zone),
            "signed": Approval.objects.filter(campaign=campaign).exists(),
        },
        status=status,
    )  # fmt: skip


def campaign_of(client: Client, campaign: int) -> Campaign:
    """The client's campaign, or 404."""
    found: Campaign = get_object_or_404(Campaign.objects.select_related("client"), pk=campaign, client=client)
    return found


def approval_of(campaign: Campaign) -> Approval | None:
    """The signature in force for exactly what stands now."""
    standing = Approval.objects.in_force(db_now()).filter(campaign=campaign, fingerprint=campaign.fingerprint)
    found: Approval | None = standing.select_related("signed_by", "version").order_by("-since").first()
    return found
