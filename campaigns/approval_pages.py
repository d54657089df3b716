"""The agency's side of an approval: what was asked, who opened it, what they said."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from campaigns import approval, review_access
from campaigns.approval import CannotSign, approvers
from campaigns.campaign_pages import TONES, found_campaign
from campaigns.models import Approval, ApprovalRequest, Objection, ReviewLink
from campaigns.review_pages import prepare_factor
from campaigns.state import state_of
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.models.member import AGENCY_ROLES

STAFF_SAYS = "Only the agency's staff can do this."
CLIENT_SAYS = (
    "Only the practice's compliance contact can do this. Nobody of the agency can, whatever their role."
)


@client_page()
@require_GET
def approval_status(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Where the approval stands; as a fragment for htmx, as a page otherwise."""
    found = found_campaign(client, campaign)
    asked = list(
        ApprovalRequest.objects.filter(campaign=found)
        .select_related("asked_by", "version", "count")
        .order_by("-pk")[:20]
    )
    at = db_now()
    given = {
        each.request_id: each
        for each in Approval.objects.filter(request__in=asked).select_related("signed_by", "ended_by")
    }
    objections = {
        each.request_id: each for each in Objection.objects.filter(request__in=asked).select_related("by")
    }
    links: dict[int, list[ReviewLink]] = {}
    for link in (
        ReviewLink.objects.filter(request__in=asked, ended_at=None).select_related("user").order_by("pk")
    ):
        links.setdefault(link.request_id, []).append(link)
    for each in asked:
        each.given, each.objection, each.people = (
            given.get(each.pk),
            objections.get(each.pk),
            links.get(each.pk, []),
        )
        if each.given:
            each.given.holds = (
                each.given.ended_at is None
                and each.given.expires_at > at
                and each.given.fingerprint == found.fingerprint
            )
    state = state_of(found)
    context = {
        "campaign": found,
        "asked": asked,
        "open": asked[0] if asked and asked[0].closed_at is None else None,
        "state": state,
        "tone": TONES.get(state, ""),
        "signers": approvers(client),
        "may_ask": request.member.role in AGENCY_ROLES,
        "may_sign": request.member.role == Role.APPROVER,
        "at": at,
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"campaigns/approval_{'steps' if fragment else 'status'}.html", context)


@client_page(roles=STAFF, says=STAFF_SAYS)
@require_POST
def approval_resend(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Mail fresh links for the open request; the former ones end."""
    found = found_campaign(client, campaign)
    asked = ApprovalRequest.objects.filter(campaign=found, closed_at=None).first()
    if asked is None:
        messages.error(request, "There is no open request to mail a link for.")
    else:
        try:
            people = approval.send_request(asked)
            messages.success(
                request,
                f"A fresh link goes to {people} {'person' if people == 1 else 'people'}. Older links ended.",
            )
        except CannotSign as refused:
            messages.error(request, str(refused))
    return redirect("approval_status", client=client.slug, campaign=found.pk)


@client_page(roles=STAFF, says=STAFF_SAYS)
@require_POST
def approval_take_back(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Take the open request back."""
    found = found_campaign(client, campaign)
    asked = ApprovalRequest.objects.filter(campaign=found, closed_at=None).first()
    if asked is None:
        messages.error(request, "There is no open request to take back.")
    else:
        try:
            with transaction.atomic():
                approval.withdraw_request(asked.pk, request.user)
            messages.success(request, "Taken back. The mailed links now say so.")
        except CannotSign as refused:
            messages.error(request, str(refused))
    return redirect("approval_status", client=client.slug, campaign=found.pk)


@client_page(roles=APPROVER, says=CLIENT_SAYS)
@require_POST
def approval_review_here(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The compliance contact, signed in, opens the review without a mail; signing asks for the factor."""
    found = found_campaign(client, campaign)
    asked = ApprovalRequest.objects.filter(campaign=found).order_by("-pk").first()
    if asked is None or request.user not in approvers(client):
        messages.error(request, "There is nothing to review.")
        return redirect("approval_status", client=client.slug, campaign=found.pk)
    token = approval.make_link(asked, request.user)
    link = review_access.find(token)
    assert link is not None  # noqa: S101  # made one line above
    review_access.open_here(link, request.session)
    prepare_factor(request, link)
    return redirect("review", token=token)


@client_page(roles=APPROVER, says=CLIENT_SAYS)
@require_POST
def approval_withdraw(
    request: MemberRequest, client: Client, campaign: int, approval_id: int
) -> HttpResponse:
    """The compliance contact, signed in, takes the yes back."""
    found = found_campaign(client, campaign)
    given = get_object_or_404(Approval, pk=approval_id, campaign=found, client=client)
    try:
        with transaction.atomic():
            approval.withdraw(given.pk, request.user, request.POST.get("because", "")[:2000])
        messages.success(request, "Withdrawn. From this moment nothing more of this campaign is sent.")
    except CannotSign as refused:
        messages.error(request, str(refused))
    return redirect("approval_status", client=client.slug, campaign=found.pk)
