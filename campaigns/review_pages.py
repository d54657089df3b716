"""The mailed review, for somebody on a phone, once a month: the door with its code, and what stands behind it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from campaigns import additions, comments, first_review, review_access, signed_before, signers
from campaigns.asking import closed_says
from campaigns.models import Approval, ApprovalRequest, Objection, ReviewLink
from campaigns.review_access import TryLater, UsedUp
from campaigns.review_content import review_of
from campaigns.signed_facts import facts
from tenants import audit, brands
from tenants.access import by_token
from tenants.clock import db_now
from tenants.scope import acting_for

OUTCOMES = {
    "new_rule": "Who must sign was changed, so nothing was approved. The agency asks again.",
    "approved": "This was signed.",
    "objected": "A change was asked for. A new request follows once the agency has made it.",
    "withdrawn": "The agency took this request back. There is nothing to sign.",
    "replaced": "The agency changed the campaign, so this version can no longer be signed. Another follows.",
}
NOT_MAILED = "The code could not be mailed just now. Please try again in a minute."
RENEWED = (
    "Five codes were asked for from this link within an hour, so it ended, and a new one was mailed to the same mailbox. Please use that "
    "one. If you did not ask for the codes, somebody else has this link; without a code it opens nothing."
)


@by_token
@never_cache
@require_GET
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Before the code: the practice's name and a button. Afterwards: everything that is to be signed."""
    link, at = review_access.find(token), db_now()
    if link is None:
        return _shut(
            request, "This link is not complete. Open it from the mail again, or ask the agency.", 404
        )
    if says := review_access.not_usable(link, at):
        return _shut(request, says, 410, link)
    with acting_for(link.client_id):
        signs = signers.may_sign(link.client, link.user)
        if not signs and first_review.invitation_of(link) is None:
            return _shut(request, f"You no longer sign for {link.client.name}.", 410, link)
        if not signs or not review_access.is_open(link, request.session, at):
            asked = ApprovalRequest.objects.select_related("client").get(pk=link.request_id)
            outcome = asked.outcome
            if outcome and outcome != "approved":
                return _shut(request, OUTCOMES[outcome], 410, link)
            context = {
                "link": link,
                "practice": link.client,
                "brand": brands.shown(link.client),
                "token": token,
                "outcome": OUTCOMES.get(outcome, ""),
                "goes_on": signed_before.goes_on_says(asked),
                "waits": review_access.waits_for_code(link, request.session, at),
            }
            return render(request, "campaigns/review_closed_door.html", context)
        return _whole(request, link, token)


@by_token
@never_cache
@require_POST
def review_code(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a one-time code for this browser."""
    link = _usable(token)
    if link is None:
        return redirect("review", token=token)
    try:
        if not review_access.mail_code(link, request.session):
            messages.error(request, NOT_MAILED)
    except UsedUp:
        return _renewed(request, link, token)
    return redirect("review", token=token)


@by_token
@never_cache
@require_POST
def review_open(request: HttpRequest, token: str) -> HttpResponse:
    """Open the review with the mailed code."""
    link = _usable(token)
    if link is None:
        return redirect("review", token=token)
    if not review_access.open_with(link, request.session, request.POST.get("code", "")):
        messages.error(
            request,
            "That code is not right, or it has run out. Check the newest mail, or have a new code mailed.",
        )
        return redirect("review", token=token)
    if says := first_review.come_in(link):
        messages.error(request, says)
        return redirect("review", token=token)
    review_access.prepare_factor(link, request.session)
    with acting_for(link.client_id):
        audit.record(
            "approval.opened",
            f"campaigns.ApprovalRequest:{link.request_id}",
            client_id=link.client_id,
            by=link.user,
        )
    return redirect("review", token=token)


def _whole(request: HttpRequest, link: ReviewLink, token: str) -> HttpResponse:
    rows = ApprovalRequest.objects.select_related(
        "version", "count", "campaign__client__agency", "campaign__location", "client__agency", "asked_by"
    )
    asked = rows.get(pk=link.request_id)
    given = (
        Approval.objects.filter(request=asked)
        .select_related(
            "version",
            "count",
            "campaign",
            "signed_by",
            "ended_by",
            "request",
            "delegation__principal",
            "adds_to__version",
        )
        .first()
    )
    where = signers.standing(asked)
    said = comments.threads(asked.campaign, asked)
    shown = review_of(asked, request.GET.get("person", ""))
    fell = signed_before.fell([asked.campaign_id]).get(given.pk, "") if given else ""
    base = given.adds_to if given else additions.rests_on(asked)
    new = additions.added(asked, base) if base else []
    context = {
        "messages_said": [
            (each, comments.at_position(said, each.position, asked)) for each in shown.messages
        ],
        "said_of_all": comments.at_position(said, None, asked),
        "where": where,
        "base": base,
        "stands": {each.position for each in shown.messages} - set(new) if base else set(),
        "not_now": "" if asked.closed_at else where.refuses(signers.pens_of(link.client, link.user)),
        "link": link,
        "practice": link.client,
        "brand": brands.shown(link.client),
        "agency": link.client.agency,
        "token": token,
        "asked": asked,
        "review": shown,
        "closed": closed_says(asked),
        "given": given,
        "facts": facts(given) if given else [],
        "fell": fell,
        "in_force": bool(given and given.ended_at is None and given.expires_at > db_now() and not fell),
        "goes_on": signed_before.goes_on_says(asked),
        "objection": Objection.objects.filter(request=asked).select_related("by").first(),
    }
    return render(request, "campaigns/review.html", context)


def _renewed(request: HttpRequest, link: ReviewLink, token: str) -> HttpResponse:
    try:
        if review_access.renew(link):
            return _shut(request, RENEWED, 200, link)
        messages.error(request, NOT_MAILED)
    except TryLater as later:
        messages.error(request, str(later))
    return redirect("review", token=token)


def _usable(token: str) -> ReviewLink | None:
    link = review_access.find(token)
    if link is None:
        raise Http404
    return None if review_access.not_usable(link, db_now()) else link


def _shut(request: HttpRequest, says: str, status: int, link: ReviewLink | None = None) -> HttpResponse:
    return render(request, "campaigns/review_shut.html", {"says": says, "link": link}, status=status)
