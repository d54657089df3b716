"""The mails about approvals: the link, the one-time code, the copies. They tell; what holds stands in the database."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns.models import Approval, ApprovalRequest, Objection, ReviewLink
from campaigns.signed_facts import facts
from tenants.models import User

log = logging.getLogger(__name__)


def ask(request: ApprovalRequest, letters: list[tuple[User, str]]) -> bool:
    """The link to review, to each compliance contact; whether at least one could be handed over."""
    sent = [
        _send(
            "ask",
            [user.email],
            client=request.client,
            agency=request.client.agency,
            user=user,
            note=request.note,
            url=settings.PUBLIC_URL + reverse("review", args=[token]),
        )
        for user, token in letters
    ]
    return any(sent)


def code(link: ReviewLink, plain: str) -> bool:
    """The one-time code; whether it could be handed over."""
    return _send("code", [link.user.email], client=link.client, user=link.user, code=plain)


def signed(approval: Approval) -> bool:
    """The copy with every fact of the signature, to the signer and to the agency."""
    return _copies("signed", approval.request, approval.signed_by, approval=approval, facts=facts(approval))


def objected(objection: Objection) -> bool:
    """What the client wants changed, to the agency and to whoever said it."""
    return _copies("objected", objection.request, objection.by, objection=objection)


def withdrawn(approval: Approval) -> bool:
    """That the yes was taken back, to both sides."""
    who = approval.ended_by or approval.signed_by
    return _copies("withdrawn", approval.request, who, approval=approval)


def factor_added(user: User, client_name: str) -> bool:
    """That an authenticator now belongs to this person's signature: if it was not them, they must hear of it."""
    return _send("factor", [user.email], user=user, practice=client_name)


def _copies(name: str, request: ApprovalRequest, who: User, **facts: Any) -> bool:
    agency = [user.email for user in (request.asked_by, request.campaign.created_by) if user is not None]
    context = {
        "client": request.client,
        "agency": request.client.agency,
        "campaign": request.campaign,
        "who": who,
    }
    sent = [_send(name, [address], **context, **facts) for address in dict.fromkeys([who.email, *agency])]
    return all(sent)


def _send(name: str, to: list[str], **context: Any) -> bool:
    subject, _, body = render_to_string(f"emails/approval-{name}.txt", context).partition("\n")
    try:
        EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=to).send()
    except Exception as failed:  # whatever a mail server does, it may not undo what was signed
        log.warning("a mail about an approval was not taken: %s (%s)", name, type(failed).__name__)
        return False
    return True
