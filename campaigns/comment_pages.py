"""The agency answers and settles comments in the editor and on the approval page; the client settles its own."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from campaigns import comments
from campaigns.comments import CannotComment
from campaigns.models import Comment
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.models import Client

STAFF_SAYS = (
    "Only the agency's staff can answer here. The practice's compliance contact comments in the review."
)


@client_page(roles=STAFF, says=STAFF_SAYS)
@require_POST
def comment_answer(request: MemberRequest, client: Client, campaign: int, comment: int) -> HttpResponse:
    """Answer a comment; with the second button it is settled too."""
    found = _found(client, campaign, comment)
    try:
        with transaction.atomic():
            settle = request.POST.get("settle") == "yes"
            comments.answer(found, request.user, request.POST.get("words", ""), settle=settle)
        messages.success(request, "Answered and settled." if settle else "Answered.")
    except CannotComment as refused:
        messages.error(request, str(refused))
    return _back(request, client, found)


@client_page(
    roles=STAFF | APPROVER, says="Only the agency's staff and the compliance contact settle comments."
)
@require_POST
def comment_resolve(request: MemberRequest, client: Client, campaign: int, comment: int) -> HttpResponse:
    """Settle a comment, or open it again with `again`."""
    found = _found(client, campaign, comment)
    done = request.POST.get("again") != "yes"
    try:
        with transaction.atomic():
            comments.resolve(found, request.user, done=done)
        messages.success(request, "Settled." if done else "Open again.")
    except CannotComment as refused:
        messages.error(request, str(refused))
    return _back(request, client, found)


def _found(client: Client, campaign: int, comment: int) -> Comment:
    rows = Comment.objects.select_related("step")
    found: Comment = get_object_or_404(rows, pk=comment, campaign=campaign, client=client, answers=None)
    return found


def _back(request: MemberRequest, client: Client, comment: Comment) -> HttpResponse:
    """To the message in the editor it was pressed beside, or to the approval page."""
    if request.POST.get("from") == "editor":
        if comment.step_id:
            return redirect("step", client=client.slug, campaign=comment.campaign_id, step=comment.step_id)
        return redirect("campaign", client=client.slug, campaign=comment.campaign_id)
    return redirect("approval_status", client=client.slug, campaign=comment.campaign_id)
