"""The red buttons: pause and release, for a campaign, a client, everything. Stopping a campaign for good also cancels what
is queued, so its button is messaging's (`stop_for_good`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from campaigns.models import Campaign
from compliance import stopping
from compliance.models import Stop, StopEverything
from tenants import audit
from tenants.access import OWNER, STAFF, MemberRequest, agency_page, client_page, signed_in
from tenants.clock import db_now
from tenants.models import Agency, Client, Membership, Role

# Whoever sees that something goes wrong may stop it; starting again is the agency's.
MAY_STOP = STAFF | {Role.APPROVER}
ONLY_STAFF = "Only the agency's staff can let it run again."
STANDS = "No hand-over begins from now on."
STILL_OPEN = (
    "What had been judged before was still being handed over after three seconds; nothing else is begun."
)


class StopRequest(MemberRequest):
    """The view tells here what it stopped, and what to say about it once that stands."""

    stopped: tuple[Stop | StopEverything, str]


def says_when_it_stands(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Outermost on a view that stops: when its transaction is over, wait for what was judged before, then say what is true."""

    @wraps(view)
    def guarded(request: StopRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if stopped := getattr(request, "stopped", None):
            made, said = stopped
            if stopping.stands(made):
                messages.success(request, f"{said} {STANDS}")
            else:
                messages.warning(request, f"{said} {STILL_OPEN}")
        return response

    return guarded


@says_when_it_stands
@client_page(roles=MAY_STOP)
@require_POST
def pause(request: StopRequest, client: Client, campaign: int) -> HttpResponse:
    """Pause a campaign: nothing of it is sent until it is released."""
    return _pause(request, client, get_object_or_404(Campaign, pk=campaign, client=client))


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def release(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Let a paused campaign run again. One stopped for good stays stopped."""
    return _release(request, client, get_object_or_404(Campaign, pk=campaign, client=client))


@says_when_it_stands
@client_page(roles=MAY_STOP)
@require_POST
def stop_client(request: StopRequest, client: Client) -> HttpResponse:
    """Stop everything of this client."""
    return _pause(request, client, None)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def release_client(request: MemberRequest, client: Client) -> HttpResponse:
    """Let this client's campaigns run again."""
    return _release(request, client, None)


@says_when_it_stands
@agency_page(roles=OWNER)
@require_POST
def stop_everything(request: StopRequest, agency: Agency) -> HttpResponse:
    """Stop all sending of this installation."""
    if reason := _reason(request):
        made = stopping.stop_everything(request.user, reason)
        audit.record_account("everything.stopped", by=request.user, agency=agency, request=request)
        request.stopped = made, "All sending is stopped, for every client."
    return _back(request, reverse("home"))


@agency_page(roles=OWNER)
@require_POST
def release_everything(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Let sending go on."""
    if stopping.release_everything(request.user):
        audit.record_account("everything.released", by=request.user, agency=agency, request=request)
        messages.success(request, "Sending may go on.")
    else:
        messages.warning(request, "There was nothing that your agency may release. Nothing was changed.")
    return _back(request, reverse("home"))


@client_page()
@require_GET
def strip(request: MemberRequest, client: Client) -> HttpResponse:
    """The red strip, or nothing: polled by every page of the client."""
    at = db_now()
    everything = StopEverything.objects.in_force(at).select_related("by").first()
    whole = Stop.objects.in_force(at).filter(client=client, campaign=None).select_related("by").first()
    return render(request, "compliance/_stop_strip.html", {
        "everything": everything, "stop": whole, "client": client, "owner": request.member.role in OWNER,
        "staff": request.member.role in STAFF,
        "releasable": everything is not None and stopping.may_release(everything, request.user),
        "told": everything is not None and stopping.may_read(everything, request.user),
        "here": urlsplit(request.headers.get("HX-Current-URL", "")).path,
    })  # fmt: skip


@signed_in
@require_GET
def everything(request: MemberRequest) -> HttpResponse:
    """For the list of clients: a red word while all is stopped, and for an owner the button that stops all."""
    owner = Membership.objects.in_force().filter(user=request.user, role=Role.OWNER).exists()
    there = StopEverything.objects.in_force(db_now()).select_related("by").first()
    context = {
        "everything": there,
        "owner": owner,
        "releasable": there is not None and owner and stopping.may_release(there, request.user),
        "told": there is not None and stopping.may_read(there, request.user),
    }
    return render(request, "compliance/_everything.html", context)


def _pause(request: StopRequest, client: Client, campaign: Campaign | None) -> HttpResponse:
    what = "the campaign" if campaign else "everything of this client"
    if reason := _reason(request):
        with transaction.atomic():
            made = stopping.stop(client, campaign, Stop.Kind.PAUSE, request.user, reason)
            audit.record(
                f"{'campaign' if campaign else 'client'}.paused",
                campaign or made,
                client_id=client.pk,
                request=request,
            )
        request.stopped = made, f"Paused: {what}."
    return _back(request, reverse("readiness", args=[client.slug]))


def _release(request: MemberRequest, client: Client, campaign: Campaign | None) -> HttpResponse:
    try:
        if stopping.release(client, campaign, request.user, as_read(request, "stop")):
            verb = "campaign.released" if campaign else "client.released"
            audit.record(verb, campaign or "", client_id=client.pk, request=request)
            messages.success(request, "Released: sending may go on.")
    except (stopping.StoppedForGood, stopping.StoppedAnew) as why:
        messages.error(request, str(why))
    return _back(request, reverse("readiness", args=[client.slug]))


def _reason(request: MemberRequest) -> str:
    reason = " ".join(request.POST.get("reason", "").split())[:300]
    if not reason:
        messages.error(request, "Say in a few words why, so that the others know. Nothing was stopped.")
    return reason


def as_read(request: MemberRequest, name: str) -> int | None:
    """Which row stood on the page that a button was pressed on; None when the page named none, -1 for what is no number."""
    given = request.POST.get(name, "")
    if not given:
        return None
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else -1


def _back(request: MemberRequest, otherwise: str) -> HttpResponse:
    """To the page the button stood on."""
    back = request.POST.get("next", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if ours else otherwise)
