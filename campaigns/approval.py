"""The client's written yes: asked for, signed, objected to, withdrawn. Nobody of the agency holds the pen.

Every deed takes the campaign's row lock, then the request's, so that of two at once exactly one wins and the
other reads why. Mail follows the commit and only points here: its failure changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from campaigns import approval_documents, approval_letters
from campaigns.fingerprint import derive
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
from tenants.models import Client, Membership, Role, User
from tenants.scope import acting_for

LINK_DAYS, APPROVAL_DAYS = 14, 30
STATEMENT_VERSION = "2026-1"
STATEMENT = (
    "I am authorized to approve messages sent in the name of {practice}. I have read every message of this "
    "campaign as it will look, to how many people it goes, when, and from which number or address. I approve "
    "exactly this. I agree to sign electronically, and I know that I can withdraw this approval at any time."
)


class CannotSign(Exception):
    """It was not signed, objected to or withdrawn; the message is a sentence for the person who tried."""


class NobodyToSign(CannotSign):
    """The client has no compliance contact."""


@dataclass(frozen=True)
class Signature:
    """What the signer typed and how they proved who they are."""

    typed_name: str
    title: str
    second_factor: str
    ip: str | None
    browser: str


def statement_for(client: Client) -> str:
    """The statement the signer ticks, with the practice's name in it."""
    return STATEMENT.format(practice=client.legal_name or client.name)


def approvers(client: Client) -> list[User]:
    """The client's compliance contacts who may sign: nobody who also holds a role at the agency."""
    return list(User.objects.filter(pk__in=_approver_ids(client)).order_by("pk"))


def ask(
    campaign: Campaign, version: CampaignVersion, count: AudienceCount, by: User, note: str = ""
) -> ApprovalRequest:
    """Lay a version before the client: an open request is replaced, the links go out. Raises NobodyToSign."""
    Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    close_open(campaign, "replaced")
    request: ApprovalRequest = ApprovalRequest.objects.create(
        client_id=campaign.client_id, campaign=campaign, version=version, count=count, asked_by=by, note=note
    )
    send_request(request)
    return request


def send_request(request: ApprovalRequest | int) -> int:
    """Make a fresh link for each compliance contact and mail it after the commit; older links end.

    Returns how many people are written to. Raises NobodyToSign, CannotSign when the request is closed.
    """
    pk = request if isinstance(request, int) else request.pk
    found = ApprovalRequest.objects.select_related("client__agency", "campaign", "asked_by").get(pk=pk)
    if found.closed_at is not None:
        raise CannotSign(closed_says(found))
    people = approvers(found.client)
    if not people:
        raise NobodyToSign(f"{found.client.name} has no compliance contact who could sign. Invite one first.")
    letters = [approval_letters.ask(found, user, make_link(found, user)) for user in people]

    def mail() -> None:
        if approval_letters.deliver(letters):
            with acting_for(found.client_id):
                ApprovalRequest.objects.filter(pk=found.pk).update(mailed_at=db_now())

    transaction.on_commit(mail)
    return len(people)


def make_link(request: ApprovalRequest, user: User) -> str:
    """The token of a new link for one person; their former link to this request ends."""
    at = db_now()
    ReviewLink.objects.filter(request=request.pk, user=user, ended_at=None).update(ended_at=at)
    token, digest = new_token()
    ReviewLink.objects.create(
        token_hash=digest,
        client_id=request.client_id,
        request_id=request.pk,
        user=user,
        expires_at=at + timedelta(days=LINK_DAYS),
    )
    return token


def sign(request_id: int, user: User, signature: Signature) -> Approval:
    """The signature itself. Raises CannotSign with the sentence for whoever came too late or may not."""
    request = _lock(request_id)
    campaign, version = request.campaign, request.version
    _may_sign(request.client, user)
    if user.pk in {campaign.created_by_id, version.frozen_by_id, request.asked_by_id}:
        raise CannotSign("Whoever drafted a campaign or asked for its approval cannot sign it.")
    if request.closed_at is not None:
        raise CannotSign(closed_says(request))
    if derive(campaign) != version.fingerprint:
        raise CannotSign("The agency changed this campaign after it was sent to you. Nothing was signed.")
    if not signature.typed_name.strip() or not signature.title.strip() or not signature.second_factor:
        raise CannotSign("A signature needs your name, your title and the code of your second factor.")
    at = db_now()
    expires_at = at + timedelta(days=APPROVAL_DAYS)
    approval: Approval = Approval.objects.create(
        client_id=request.client_id,
        campaign=campaign,
        version=version,
        request=request,
        count_id=request.count_id,
        fingerprint=version.fingerprint,
        signed_by=user,
        drafted_by_id=campaign.created_by_id,
        role=Role.APPROVER,
        typed_name=signature.typed_name.strip(),
        title=signature.title.strip(),
        statement=statement_for(request.client),
        statement_version=STATEMENT_VERSION,
        second_factor=signature.second_factor,
        since=at,
        expires_at=expires_at,
        ip=signature.ip,
        browser=signature.browser,
    )
    _close(request, "approved", at)
    # The signer's way back to withdraw stays open as long as the approval holds.
    ReviewLink.objects.filter(request=request.pk, ended_at=None).update(expires_at=expires_at)
    audit.record(
        "approval.signed", approval, client_id=request.client_id, by=user, fingerprint=version.fingerprint
    )
    _copies_after_commit(approval)
    return approval


def object_to(request_id: int, user: User, comment: str, step: int | None = None) -> Objection:
    """The client asks for a change instead of signing. Raises CannotSign."""
    request = _lock(request_id)
    _may_sign(request.client, user)
    if request.closed_at is not None:
        raise CannotSign(closed_says(request))
    if not comment.strip():
        raise CannotSign("Say what should be different, so that the agency can change it.")
    if step is not None and step not in [each["position"] for each in request.version.content["steps"]]:
        raise CannotSign("There is no such message in this campaign.")
    objection: Objection = Objection.objects.create(
        client_id=request.client_id,
        campaign=request.campaign,
        request=request,
        by=user,
        comment=comment.strip(),
        step=step,
    )
    _close(request, "objected", db_now())
    audit.record("approval.objected", objection, client_id=request.client_id, by=user)
    _mail_after_commit(approval_letters.objected(objection))
    return objection


def withdraw(approval_id: int, user: User, because: str) -> Approval:
    """The client takes its yes back: from the next claim on nothing is sent. Raises CannotSign."""
    rows = Approval.objects.select_for_update(of=("self",)).select_related("client__agency", "campaign")
    approval: Approval = rows.get(pk=approval_id)
    _may_sign(approval.client, user)
    if approval.ended_at is not None:
        raise CannotSign("This approval is already withdrawn.")
    approval.ended_at, approval.ended_by, approval.ended_because = (
        db_now(),
        user,
        because.replace("\0", "").strip(),
    )
    approval.save(update_fields=["ended_at", "ended_by", "ended_because"])
    audit.record("approval.withdrawn", approval, client_id=approval.client_id, by=user)
    _mail_after_commit(approval_letters.withdrawn(approval))
    return approval


def withdraw_request(request_id: int, by: User) -> None:
    """The agency takes its question back: the mailed links say so. Raises CannotSign when it is closed."""
    request = _lock(request_id)
    if request.closed_at is not None:
        raise CannotSign(closed_says(request))
    _close(request, "withdrawn", db_now())
    audit.record("approval.request_withdrawn", request, client_id=request.client_id, by=by)


def close_open(campaign: Campaign, outcome: str) -> bool:
    """Close the campaign's open request, if there is one; the caller holds the campaign's row lock."""
    open_rows = ApprovalRequest.objects.select_for_update().filter(campaign=campaign.pk, closed_at=None)
    request = open_rows.first()
    if request is None:
        return False
    _close(request, outcome, db_now())
    return True


def closed_says(request: ApprovalRequest) -> str:
    """Why a request is no longer open, as a sentence."""
    if request.closed_at is None:
        return ""
    day = f"on {request.closed_at:%B} {request.closed_at.day}, {request.closed_at.year}"
    if request.outcome == "approved":
        who = Approval.objects.filter(request=request).values_list("typed_name", flat=True).first()
        return f"{who or 'Somebody'} already signed this {day}."
    if request.outcome == "objected":
        who = Objection.objects.filter(request=request).values_list("by__name", flat=True).first()
        return f"{who or 'Somebody'} already asked for a change {day}."
    if request.outcome == "withdrawn":
        return f"The agency took this request back {day}. There is nothing to sign."
    return f"The agency changed the campaign {day}, so this version can no longer be signed."


def _mail_after_commit(letters: list[EmailMessage]) -> None:
    transaction.on_commit(lambda: approval_letters.deliver(letters))


def _copies_after_commit(approval: Approval) -> None:
    """The sealed PDF to both sides. Neither a PDF that cannot be made nor a mail that is not taken undoes the signature."""
    letters = approval_letters.signed(approval)

    def send() -> None:
        pdf = approval_documents.made_of(approval.client_id, approval.pk)
        if pdf is not None:
            for letter in letters:
                letter.attach(approval_documents.name_of(approval), pdf, "application/pdf")
        taken = approval_letters.deliver(letters)
        with acting_for(approval.client_id):
            audit.record(
                "approval.copies_mailed", approval, client_id=approval.client_id, mails=taken, of=len(letters),
                on_paper=pdf is not None,
            )  # fmt: skip

    transaction.on_commit(send)


def _approver_ids(client: Client) -> list[int]:
    members = Membership.objects.in_force()
    both = members.filter(agency=client.agency_id).values("user")
    mine = members.filter(client=client, agency=None, role=Role.APPROVER)
    return list(mine.exclude(Q(user__in=both)).values_list("user", flat=True))


def _may_sign(client: Client, user: User) -> None:
    if user.pk not in _approver_ids(client):
        raise CannotSign(
            f"Only {client.name}'s own compliance contact can do this. Nobody of the agency can, whatever "
            "their role."
        )


def _lock(request_id: int) -> ApprovalRequest:
    campaign_id = ApprovalRequest.objects.values_list("campaign", flat=True).get(pk=request_id)
    campaigns = Campaign.objects.select_for_update(of=("self",)).select_related("client__agency", "location")
    campaign = campaigns.get(pk=campaign_id)
    requests = ApprovalRequest.objects.select_for_update(of=("self",)).select_related(
        "client__agency", "version"
    )
    request: ApprovalRequest = requests.get(pk=request_id)
    request.campaign = campaign
    return request


def _close(request: ApprovalRequest, outcome: str, at: datetime) -> None:
    request.outcome, request.closed_at = outcome, at
    request.save(update_fields=["outcome", "closed_at"])
