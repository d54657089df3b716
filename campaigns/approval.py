"""The client's written yes: signed, objected to, withdrawn. Nobody of the agency holds the pen.

Every deed takes the campaign's row lock, then the request's (campaigns.asking), so that of two at once exactly one
wins and the other reads why. Mail follows the commit and only points here: its failure changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction

from campaigns import additions, approval_documents, approval_letters, comments, signers
from campaigns.asking import CannotSign, close, closed_says, lock, send_request
from campaigns.fingerprint import derive
from campaigns.models import Approval, ApprovalRequest, Campaign, Cosignature, Objection, ReviewLink
from campaigns.signers import Pen, Standing
from tenants import audit
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, User
from tenants.scope import acting_for

APPROVAL_DAYS = 30
STATEMENT_VERSION = "2026-1"
STATEMENT = (
    "I am authorized to approve messages sent in the name of {practice}. I have read every message of this "
    "campaign as it will look, to how many people it goes, when, and from which number or address. I approve "
    "exactly this. I agree to sign electronically, and I know that I can withdraw this approval at any time."
)

# Whoever answered the warnings is of the agency; the signer is the second person (rule OVERRIDE-LOG).
READ_REASONS = (
    " I have read what was pointed out about the words, and agree with the reasons to send them all the same."
)

READ_PAYER = (
    " I know that a third party pays for these messages or for what they promote, or that they promote goods or services that are not "
    "the practice’s own."
)


@dataclass(frozen=True)
class Signature:
    """What the signer typed and how they proved who they are."""

    typed_name: str
    title: str
    second_factor: str
    ip: str | None
    browser: str
    rests_on: int | None = (
        None  # the approval that the page showed as unchanged, where only an addition is signed
    )


def statement_for(request: ApprovalRequest, base: Approval | None = None) -> str:
    """The statement the signer ticks, with the practice's name in it; `base`: what an addition rests on."""
    said = (
        additions.statement_for(request, base)
        if base is not None
        else STATEMENT.format(practice=request.client.legal_name or request.client.name)
    )
    return said + (READ_REASONS if request.answered else "") + (READ_PAYER if request.paid_by_others else "")


def sign(request_id: int, user: User, signature: Signature) -> Approval | Cosignature:
    """The signature itself: the approval, or one of several while others are missing.

    Raises CannotSign with the sentence for whoever came too late or may not.
    """
    request = lock(request_id)
    campaign, version = request.campaign, request.version
    pens = _pens(request.client, user)
    barred = {campaign.created_by_id, version.frozen_by_id, request.asked_by_id} | _editors(campaign)
    pens = [each for each in pens if not {user.pk, each.covers.pk} & barred]
    if not pens:
        raise CannotSign("Whoever drafted a campaign or asked for its approval cannot sign it.")
    if request.closed_at is not None:
        raise CannotSign(closed_says(request))
    rule = signers.rule_of(request.client)
    if (rule.pk if rule else None) != request.rule_id:
        raise CannotSign(
            "Who must sign was changed after this was sent to you. Nothing was signed; the agency asks again."
        )
    where = signers.standing(request)
    if says := where.refuses(pens):
        raise CannotSign(says)
    if derive(campaign) != version.fingerprint:
        raise CannotSign("The agency changed this campaign after it was sent to you. Nothing was signed.")
    if not signature.typed_name.strip() or not signature.title.strip() or not signature.second_factor:
        raise CannotSign("A signature needs your name, your title and the code of your second factor.")
    base = additions.rests_on(request)
    if signature.rests_on != (base.pk if base else None):
        raise CannotSign(
            "What you are asked to sign changed while you read it. Nothing was signed; read it again."
        )
    if {each.adds_to_id for each in where.given} - {signature.rests_on}:
        raise CannotSign(
            "The others signed something else by now. Nothing was signed; the agency must ask again."
        )
    pen = pen_for(where, pens)
    if len(where.missing) > 1:
        return _cosign(request, pen, signature, base)
    return _approve(request, pen, signature, where, base)


def _editors(campaign: Campaign) -> set[int | None]:
    """Whoever changed what is signed, since the first draft, as the record says."""
    edits = AuditEvent.objects.filter(
        client=campaign.client_id, what=f"{campaign._meta.label}:{campaign.pk}", verb="campaign.edited"
    )
    return set(edits.values_list("actor", flat=True).distinct())


def pen_for(where: Standing, pens: list[Pen]) -> Pen:
    """Which of somebody's pens a signature now is given with: their own first."""
    turn = {each.pk for each in where.turn}
    return next((each for each in pens if not where.several or each.covers.pk in turn), pens[0])


def _approve(
    request: ApprovalRequest, pen: Pen, signature: Signature, where: Standing, base: Approval | None
) -> Approval:
    at = db_now()
    expires_at = min([at, *(each.since for each in where.given)]) + timedelta(days=APPROVAL_DAYS)
    if base is not None:  # an addition never makes what it rests on last longer
        expires_at = min(expires_at, base.expires_at)
    approval: Approval = Approval.objects.create(
        count_id=request.count_id, expires_at=expires_at, **_row(request, pen, signature, at, base)
    )
    close(request, "approved", at)
    # The signers' way back to withdraw stays open as long as the approval holds.
    ReviewLink.objects.filter(request=request.pk, ended_at=None).update(expires_at=expires_at)
    audit.record(
        "approval.signed", approval, client_id=request.client_id, by=pen.holder, fingerprint=request.version.fingerprint,
        **_in_whose_place(pen),
    )  # fmt: skip
    _copies_after_commit(approval)
    return approval


def _cosign(request: ApprovalRequest, pen: Pen, signature: Signature, base: Approval | None) -> Cosignature:
    made: Cosignature = Cosignature.objects.create(
        covers=pen.covers, **_row(request, pen, signature, db_now(), base)
    )
    audit.record(
        "approval.cosigned", made, client_id=request.client_id, by=pen.holder, fingerprint=request.version.fingerprint,
        **_in_whose_place(pen),
    )  # fmt: skip
    where = signers.standing(request)
    _mail_after_commit(approval_letters.cosigned(made, signers.names(where.missing)))
    if where.how == signers.How.ORDER and signers.next_pens(request, request.client):
        send_request(request)
    return made


def _row(
    request: ApprovalRequest, pen: Pen, signature: Signature, at: datetime, base: Approval | None
) -> dict[str, object]:
    return {
        "client_id": request.client_id,
        "campaign": request.campaign,
        "version": request.version,
        "request": request,
        "fingerprint": request.version.fingerprint,
        "signed_by": pen.holder,
        "drafted_by_id": request.campaign.created_by_id,
        "delegation": pen.delegation,
        "role": pen.role,
        "typed_name": signature.typed_name.strip(),
        "title": signature.title.strip(),
        "statement": statement_for(request, base),
        "statement_version": additions.STATEMENT_VERSION if base else STATEMENT_VERSION,
        "adds_to": base,
        "second_factor": signature.second_factor,
        "since": at,
        "ip": signature.ip,
        "browser": signature.browser,
    }


def _in_whose_place(pen: Pen) -> dict[str, Any]:
    return {"delegation": pen.delegation.pk, "covers": pen.covers.pk} if pen.delegation else {}


def object_to(request_id: int, user: User, comment: str, step: int | None = None) -> Objection:
    """The client asks for a change instead of signing. Raises CannotSign."""
    request = lock(request_id)
    _pens(request.client, user)
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
    comments.add(request, user, comment[: comments.LONGEST], step, letter=False)
    close(request, "objected", db_now())
    audit.record("approval.objected", objection, client_id=request.client_id, by=user)
    _mail_after_commit(approval_letters.objected(objection))
    return objection


def withdraw(approval_id: int, user: User, because: str) -> Approval:
    """The client takes its yes back: from the next claim on nothing of the campaign is sent. One of several is enough. Raises CannotSign.

    Every approval of the campaign that is in force ends with it: a signature given anew does not end the former one, and an
    addition and what it rests on are taken back together, whichever of them it is said of.
    """
    campaign_id = Approval.objects.values_list("campaign", flat=True).get(pk=approval_id)
    Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)  # nobody signs meanwhile
    rows = Approval.objects.select_for_update(of=("self",)).select_related("client__agency", "campaign")
    approval: Approval = rows.get(pk=approval_id)
    _pens(approval.client, user)
    if approval.ended_at is not None:
        raise CannotSign("This approval is already withdrawn.")
    at, why = db_now(), because.replace("\0", "").strip()
    others = rows.filter(campaign=campaign_id, ended_at=None, expires_at__gt=at).exclude(pk=approval_id)
    for each in [approval, *others.order_by("pk")]:
        each.ended_at, each.ended_by, each.ended_because = at, user, why
        each.save(update_fields=["ended_at", "ended_by", "ended_because"])
        audit.record("approval.withdrawn", each, client_id=each.client_id, by=user)
    _mail_after_commit(approval_letters.withdrawn(approval))
    return approval


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


def _pens(client: Client, user: User) -> list[Pen]:
    found = signers.pens_of(client, user)
    if not found:
        raise CannotSign(
            f"Only {client.name}'s own compliance contact can do this. Nobody of the agency can, whatever "
            "their role."
        )
    return found
