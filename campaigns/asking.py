"""Asking for the client's yes: the request, its mailed links, and how it is closed. Every deed takes the campaign's row lock first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns import approval_letters, first_review, signers, wording
from campaigns.models import (
    Approval,
    ApprovalRequest,
    AudienceCount,
    Campaign,
    CampaignVersion,
    Objection,
    ReviewLink,
)
from tenants import audit
from tenants.clock import db_now
from tenants.hashing import new_token
from tenants.models import Client, User
from tenants.scope import acting_for

LINK_DAYS = 14


class CannotSign(Exception):
    """It was not signed, objected to or withdrawn; the message is a sentence for the person who tried."""


class NobodyToSign(CannotSign):
    """The client has nobody who could sign."""


def ask(
    campaign: Campaign,
    version: CampaignVersion,
    count: AudienceCount,
    by: User,
    note: str = "",
    answered: Sequence[Mapping[str, Any]] = (),
    *,
    paid_by_others: bool = False,
) -> ApprovalRequest:
    """Lay a version before the client: an open request is replaced, the links go out. Raises NobodyToSign.

    `answered`: what the review of the words pointed out and why it is sent all the same, for the signer to read. `paid_by_others`:
    whoever asks states that a third party pays, which the signer reads and signs too.
    """
    Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    close_open(campaign, "replaced")
    request: ApprovalRequest = ApprovalRequest.objects.create(
        client_id=campaign.client_id, campaign=campaign, version=version, count=count, asked_by=by, note=note, answered=list(answered),
        paid_by_others=paid_by_others, rule=signers.rule_of(campaign.client),
    )  # fmt: skip
    send_request(request)
    return request


def send_request(request: ApprovalRequest | int) -> int:
    """Make a fresh link for each who may sign now, or was named to, and mail it after the commit; their older links end.

    Returns how many people are written to. Raises NobodyToSign, CannotSign when the request is closed.
    """
    pk = request if isinstance(request, int) else request.pk
    found = ApprovalRequest.objects.select_related("client__agency", "campaign", "asked_by").get(pk=pk)
    if found.closed_at is not None:
        raise CannotSign(closed_says(found))
    pens = signers.next_pens(found, found.client)
    asked = {each.holder.pk: each.holder for each in pens}
    asked |= {each.pk: each for each in first_review.accounts(found.client)}
    if not asked:
        raise NobodyToSign(_nobody_says(found))
    people = asked.values()
    letters = [approval_letters.ask(found, user, make_link(found, user)) for user in people]

    def mail() -> None:
        if approval_letters.deliver(letters):
            with acting_for(found.client_id):
                ApprovalRequest.objects.filter(pk=found.pk).update(mailed_at=db_now())

    transaction.on_commit(mail)
    return len(people)


def make_link(
    request: ApprovalRequest, user: User, until: datetime | None = None, *, inside: bool = False
) -> str:
    """The token of a new link for one person, good for LINK_DAYS or `until`; their former links to this request end.

    `inside`: for whoever is signed in and opens the review from its page; the mailed links stay.
    """
    made, token = further_link(request, user, until, inside=inside)
    end_former(made)
    return token


def further_link(
    request: ApprovalRequest, user: User, until: datetime | None = None, *, inside: bool = False
) -> tuple[ReviewLink, str]:
    """The same, beside the former link, which goes on until `end_former`."""
    token, digest = new_token()
    made = ReviewLink.objects.create(
        token_hash=digest,
        client_id=request.client_id,
        request_id=request.pk,
        user=user,
        inside=inside,
        expires_at=until or db_now() + timedelta(days=LINK_DAYS),
    )
    return made, token


def end_former(made: ReviewLink) -> None:
    """End this person's older links to the same request; for one that was not mailed only others that were not."""
    former = ReviewLink.objects.filter(request=made.request_id, user=made.user_id, pk__lt=made.pk)
    (former.filter(inside=True) if made.inside else former).filter(ended_at=None).update(ended_at=db_now())


def withdraw_request(request_id: int, by: User) -> None:
    """The agency takes its question back: the mailed links say so. Raises CannotSign when it is closed."""
    request = lock(request_id)
    if request.closed_at is not None:
        raise CannotSign(closed_says(request))
    close(request, "withdrawn", db_now())
    audit.record("approval.request_withdrawn", request, client_id=request.client_id, by=by)


def close_open(campaign: Campaign, outcome: str) -> bool:
    """Close the campaign's open request, if there is one; the caller holds the campaign's row lock."""
    open_rows = ApprovalRequest.objects.select_for_update().filter(campaign=campaign.pk, closed_at=None)
    request = open_rows.first()
    if request is None:
        return False
    close(request, outcome, db_now())
    return True


def close_all(client: Client, outcome: str) -> int:
    """Close every open request of the client; returns how many."""
    campaigns = ApprovalRequest.objects.filter(client=client, closed_at=None).values("campaign")
    list(Campaign.objects.select_for_update(of=("self",)).filter(pk__in=campaigns).order_by("pk"))
    rows = ApprovalRequest.objects.filter(client=client, closed_at=None)
    return int(rows.update(outcome=outcome, closed_at=db_now()))


def closed_says(request: ApprovalRequest) -> str:
    """Why a request is no longer open, as a sentence."""
    if request.closed_at is None:
        return ""
    day = f"on {wording.day_there(request.closed_at, request.client)}"
    if request.outcome == "approved":
        who = Approval.objects.filter(request=request).values_list("typed_name", flat=True).first()
        return f"{who or 'Somebody'} already signed this {day}."
    if request.outcome == "objected":
        who = Objection.objects.filter(request=request).values_list("by__name", flat=True).first()
        return f"{who or 'Somebody'} already asked for a change {day}."
    if request.outcome == "withdrawn":
        return f"The agency took this request back {day}. There is nothing to sign."
    if request.outcome == "new_rule":
        return f"Who must sign was changed {day}. Nothing was approved; the agency asks again."
    return f"The agency changed the campaign {day}, so this version can no longer be signed."


def lock(request_id: int) -> ApprovalRequest:
    """The request with its campaign's row lock and its own held."""
    campaign_id = ApprovalRequest.objects.values_list("campaign", flat=True).get(pk=request_id)
    campaigns = Campaign.objects.select_for_update(of=("self",)).select_related("client__agency", "location")
    campaign = campaigns.get(pk=campaign_id)
    requests = ApprovalRequest.objects.select_for_update(of=("self",)).select_related(
        "client__agency", "version"
    )
    request: ApprovalRequest = requests.get(pk=request_id)
    request.campaign = campaign
    return request


def close(request: ApprovalRequest, outcome: str, at: datetime) -> None:
    """Close a request whose locks the caller holds."""
    request.outcome, request.closed_at = outcome, at
    request.save(update_fields=["outcome", "closed_at"])


def _nobody_says(request: ApprovalRequest) -> str:
    where, client = signers.standing(request), request.client
    if where.several and signers.approvers(client):
        return (
            f"{signers.names(where.turn)} must sign for {client.name} and cannot any more. The practice's compliance "
            "contact changes who must sign, or names a delegate."
        )
    return f"{client.name} has no compliance contact who could sign. Invite one first."
