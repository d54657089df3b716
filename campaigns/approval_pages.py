"""The agency's side of an approval: what was asked, who opened it, what they said."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from campaigns import (
    approval,
    approval_documents,
    asking,
    comments,
    first_review,
    review_access,
    signed_before,
    signers,
)
from campaigns.asking import CannotSign
from campaigns.campaign_pages import TONES, found_campaign
from campaigns.models import Approval, ApprovalRequest, Campaign, Cosignature, Objection, ReviewLink
from campaigns.state import state_of
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.models.member import AGENCY_ROLES

STAFF_SAYS = "Only the agency's staff can do this."
CLIENT_SAYS = (
    "Only the practice's compliance contact can do this. Nobody of the agency can, whatever their role."
)


@dataclass(frozen=True)
class Asked:
    """One request and what came of it. `holds`: whether its signature covers the campaign as it stands; `fell`: what ended under it."""

    request: ApprovalRequest
    given: Approval | None
    holds: bool
    fell: str
    objection: Objection | None
    links: list[ReviewLink]
    earlier: list[Cosignature]


@client_page()
@require_GET
def approval_status(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Where the approval stands; as a fragment for htmx, as a page otherwise."""
    found = found_campaign(client, campaign)
    asked = _asked(found)
    state = state_of(found)
    is_open = bool(asked and asked[0].request.closed_at is None)
    context = {
        "campaign": found,
        "asked": asked,
        "open": is_open,
        "where": signers.standing(asked[0].request) if is_open else None,
        "rule": signers.rule_of(client),
        "said": comments.threads(found),
        "state": state,
        "tone": TONES.get(state, ""),
        "pens": signers.pens(client),
        "invited": first_review.named(client),
        "may_ask": request.member.role in AGENCY_ROLES,
        "may_sign": request.member.role == Role.APPROVER,
        "at": db_now(),
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, f"campaigns/approval_{'steps' if fragment else 'status'}.html", context)


def _asked(campaign: Campaign) -> list[Asked]:
    """The last twenty requests with what came of each: seven queries, and two or three more where something fell under a signature."""
    rows = ApprovalRequest.objects.filter(campaign=campaign).select_related("asked_by", "version", "count")
    requests = list(rows.order_by("-pk")[:20])
    approvals = Approval.objects.filter(request__in=requests).select_related(
        "signed_by", "ended_by", "delegation__principal"
    )
    objections = Objection.objects.filter(request__in=requests).select_related("by")
    links = (
        ReviewLink.objects.filter(request__in=requests, ended_at=None).select_related("user").order_by("pk")
    )
    earlier: dict[int, list[Cosignature]] = {}
    for each in Cosignature.objects.filter(request__in=requests).select_related("covers").order_by("pk"):
        earlier.setdefault(each.request_id, []).append(each)
    given = {each.request_id: each for each in approvals}
    said = {each.request_id: each for each in objections}
    mailed: dict[int, dict[int, ReviewLink]] = {}  # one for each person: the one that was opened, if one was
    for link in links:
        of = mailed.setdefault(link.request_id, {})
        if link.user_id not in of or link.opened_at is not None:
            of[link.user_id] = link
    at, fell = db_now(), signed_before.fell([campaign.pk])

    def holds(approval: Approval | None) -> bool:
        if approval is None or approval.ended_at is not None or approval.expires_at <= at:
            return False
        if approval.pk in fell:
            return False
        return approval.fingerprint == campaign.fingerprint

    return [
        Asked(
            each,
            given.get(each.pk),
            holds(given.get(each.pk)),
            fell.get(given[each.pk].pk, "") if each.pk in given else "",
            said.get(each.pk),
            list(mailed.get(each.pk, {}).values()),
            earlier.get(each.pk, []),
        )
        for each in requests
    ]


@client_page()
@require_GET
def approval_document(
    request: MemberRequest, client: Client, campaign: int, approval_id: int
) -> HttpResponse:
    """The sealed PDF. That it was taken is on record."""
    found = found_campaign(client, campaign)
    given = get_object_or_404(Approval, pk=approval_id, campaign=found, client=client)
    audit.record("approval.document_taken", given, client_id=client.pk, request=request)
    return as_file(given)


def as_file(given: Approval) -> HttpResponse:
    """The document as a download that no cache keeps; 409 where it is not the one that was sealed."""
    try:
        response = HttpResponse(approval_documents.document(given), content_type="application/pdf")
    except approval_documents.ChangedDocument as changed:
        return HttpResponse(str(changed), status=409, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{approval_documents.name_of(given)}"'
    response["Cache-Control"] = "no-store, private"
    return response


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
            people = asking.send_request(asked)
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
                asking.withdraw_request(asked.pk, request.user)
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
    if asked is None or not signers.may_sign(client, request.user):
        messages.error(request, "There is nothing to review.")
        return redirect("approval_status", client=client.slug, campaign=found.pk)
    token = asking.make_link(asked, request.user, inside=True)
    link = review_access.find(token)
    assert link is not None  # noqa: S101  # made one line above
    review_access.open_here(link, request.session)
    review_access.prepare_factor(link, request.session)
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
