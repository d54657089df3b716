"""Laying a campaign before the client."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns import asking
from campaigns.models import ApprovalRequest, AudienceCount, Campaign, Launch
from campaigns.state import state_of
from campaigns.versions import NotReady, freeze
from compliance import statements
from compliance.content.review import store
from compliance.counting import to_lay_before
from compliance.models import CampaignStatement, ContentReview
from compliance.pages.flight_check import campaign_of, may_ask_again
from compliance.preview import Audience, keep
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client


@client_page(roles=STAFF, says="Only the agency's staff can ask for approval.")
@require_POST
def ask_approval(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Freeze what stands, keep its review and count, and mail the compliance contacts. Refused while the review blocks."""
    found = campaign_of(client, campaign)
    here = redirect("flight_check", client=client.slug, campaign=campaign)
    # A sequence or a standing welcome may go on for longer than a signature holds, so the same is signed again.
    launched = Launch.objects.filter(campaign=found).exists()
    if launched and not may_ask_again(state_of(found)):
        messages.error(
            request, "This campaign has nothing left to send. Copy it into a new draft to write again."
        )
        return here
    count = to_lay_before(found)
    if count is None:
        messages.warning(
            request, "The audience is still being counted. Ask again when the numbers stand below."
        )
        return here
    try:
        with transaction.atomic():
            version = freeze(found, by=request.user)
            reviewed = store(found, version.fingerprint, version.content)
            if not reviewed.passed:
                raise NotReady(next(each["says"] for each in reviewed.findings if each["blocks"]))
            stated = _speak_for(found, reviewed, request)
            asked: ApprovalRequest = asking.ask(
                found,
                version,
                keep(found, _meant(found, count)),
                request.user,
                _note(request),
                statements.answered(found, version.fingerprint),
                paid_by_others=stated.paid_by_others,
            )
            audit.record(
                "approval.asked",
                asked,
                client_id=client.pk,
                request=request,
                version=version.number,
                fingerprint=version.fingerprint,
            )
    except (NotReady, asking.CannotSign) as why:
        messages.error(request, f"Approval was not asked for. {why}")
        return here
    messages.success(
        request,
        "It lies before the client. The letter follows; should it fail, the page shows it and you can send it again.",
    )
    return redirect("approval_status", client=client.slug, campaign=campaign)


def _meant(campaign: Campaign, count: Audience) -> Audience:
    """The count; of a campaign that was launched at least the people it was launched for, who are planned."""
    launched = AudienceCount.objects.filter(campaign=campaign, at_launch=True)
    if campaign.greets or not launched.exists():
        return count
    most = launched.aggregate(most=Max("people"))["most"]
    return replace(count, people=max(count.people, most))


def _speak_for(campaign: Campaign, reviewed: ContentReview, request: MemberRequest) -> CampaignStatement:
    """Keep what the asker says by name: why each warning is sent all the same, the data-handling plan, who pays."""
    findings = statements.record_findings(campaign, reviewed)
    if still := statements.answer_warnings(findings, request.POST, request.user):
        raise NotReady(f"Say in a sentence why this is sent all the same: {still[0].says}")
    paid = request.POST.get("paid_by_others") == "yes"
    made = statements.state(campaign, reviewed.fingerprint, request.user, paid_by_others=paid)
    audit.record("campaign.stated", made, client_id=campaign.client_id, request=request, paid_by_others=paid)
    return made


def _note(request: MemberRequest) -> str:
    return request.POST.get("note", "").strip()[:2000]
