"""The mails about approvals: the link, the one-time code, the copies.

They only tell; what holds stands in the database. A letter is written inside the deed's transaction, where
the rows can be read, and handed over after its commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns import signed_before
from campaigns.models import Approval, ApprovalRequest, Comment, Cosignature, Objection, ReviewLink
from campaigns.signed_facts import facts
from tenants.mail_choices import willing
from tenants.models import Client, MailChoice, User

log = logging.getLogger(__name__)


def ask(request: ApprovalRequest, user: User, token: str) -> EmailMessage:
    """The link to review, for one compliance contact."""
    return _letter(
        "ask",
        user.email,
        client=request.client,
        agency=request.client.agency,
        user=user,
        note=request.note,
        goes_on=signed_before.goes_on_says(request),
        url=settings.PUBLIC_URL + reverse("review", args=[token]),
    )


def renewed(link: ReviewLink, token: str) -> EmailMessage:
    """A link in place of one whose codes somebody used up."""
    url = settings.PUBLIC_URL + reverse("review", args=[token])
    return _letter(
        "link-again", link.user.email, client=link.client, agency=link.client.agency, user=link.user, url=url
    )


def code(link: ReviewLink, plain: str) -> EmailMessage:
    """The one-time code."""
    return _letter("code", link.user.email, client=link.client, user=link.user, code=plain)


def signed(approval: Approval) -> list[EmailMessage]:
    """The copy with every fact of the signature, to each who signed and to the agency."""
    earlier = Cosignature.objects.filter(request=approval.request_id).order_by("pk")
    others = list(earlier.values_list("signed_by__email", flat=True))
    return _copies(
        "signed", approval.request, approval.signed_by, others, approval=approval, facts=facts(approval)
    )


def cosigned(given: Cosignature, missing: str) -> list[EmailMessage]:
    """That one of several signed and who is still missing, to the signer and to the agency."""
    return _copies("cosigned", given.request, given.signed_by, given=given, missing=missing)


def signing_changed(client: Client, people: Iterable[User], by: User, what: str) -> list[EmailMessage]:
    """That who signs for the practice was changed, to each of its compliance contacts."""
    return [
        _letter("signing-changed", each.email, client=client, user=each, by=by, what=what) for each in people
    ]


def objected(objection: Objection) -> list[EmailMessage]:
    """What the client wants changed, to the agency and to whoever said it."""
    goes_on = signed_before.goes_on_says(objection.request)
    return _copies("objected", objection.request, objection.by, objection=objection, goes_on=goes_on)


def commented(comment: Comment) -> list[EmailMessage]:
    """That a message was commented on, to the agency; the words themselves stay on the page."""
    request, campaign = comment.request, comment.campaign
    url = settings.PUBLIC_URL + reverse(
        "approval_status", kwargs={"client": request.client.slug, "campaign": campaign.pk}
    )
    agency = [user.email for user in (request.asked_by, campaign.created_by) if user is not None]
    context = {
        "client": request.client,
        "campaign": campaign,
        "who": comment.by,
        "comment": comment,
        "url": url,
    }
    to = willing(MailChoice.Kind.COMMENTS, dict.fromkeys(agency), somebody=False)
    return [_letter("comment", address, **context) for address in to]


def withdrawn(approval: Approval) -> list[EmailMessage]:
    """That the yes was taken back, to both sides."""
    who = approval.ended_by or approval.signed_by
    return _copies("withdrawn", approval.request, who, approval=approval)


def factor_added(user: User, practice: str) -> EmailMessage:
    """That an authenticator was added for this person's signature: if it was not them, they must hear."""
    return _letter("factor", user.email, user=user, practice=practice)


def deliver(letters: Iterable[EmailMessage]) -> int:
    """Hand the letters over; how many were taken. Whatever a mail server does, it never undoes the deed."""
    taken = 0
    for letter in letters:
        try:
            taken += bool(letter.send())
        except Exception:
            log.warning("a mail about an approval was not taken", exc_info=True)
    return taken


def _copies(
    name: str, request: ApprovalRequest, who: User, others: Iterable[str] = (), **context: Any
) -> list[EmailMessage]:
    agency = [user.email for user in (request.asked_by, request.campaign.created_by) if user is not None]
    context |= {
        "client": request.client,
        "agency": request.client.agency,
        "campaign": request.campaign,
        "who": who,
    }
    return [_letter(name, address, **context) for address in dict.fromkeys([who.email, *others, *agency])]


def _letter(name: str, to: str, **context: Any) -> EmailMessage:
    subject, _, body = render_to_string(f"emails/approval-{name}.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
