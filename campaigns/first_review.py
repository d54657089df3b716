"""A compliance contact who was named and never came in: the mailed review is their way in as well.

The code that is mailed to them proves their mailbox exactly as the invitation's own link would, so the first right one accepts it.
What they sign needs the second factor that they enrol while signing; a password they set when they want one.
"""

from __future__ import annotations

from django.db import transaction

from campaigns import signers
from campaigns.models import ReviewLink
from tenants import inviting
from tenants.models import Client, Invitation, Role, User
from tenants.scope import acting_for


def named(client: Client) -> list[Invitation]:
    """Open invitations of compliance contacts, the newest first; none where the client numbers who must sign: they came in before."""
    rule = signers.rule_of(client)
    if rule is not None and rule.how != signers.How.ANY:
        return []
    return [
        each
        for each in inviting.open_invitations(agency=client.agency, client=client)
        if each.role == Role.APPROVER
    ]


def accounts(client: Client) -> list[User]:
    """The accounts of whoever was named and has not come in; one without a password where there was none."""
    return [inviting.account_of(each) for each in named(client)]


def invitation_of(link: ReviewLink) -> Invitation | None:
    """The open invitation of whom a link was mailed to."""
    return next((each for each in named(link.client) if each.email == link.user.email), None)


def come_in(link: ReviewLink) -> str:
    """Accept the open invitation of whoever typed the right code, if there is one; why that cannot be, as a sentence."""
    try:
        with transaction.atomic(), acting_for(link.client_id):
            found = None if signers.may_sign(link.client, link.user) else invitation_of(link)
            if found is not None:
                inviting.accept(found, link.user, by_review_of=link.request_id)
    except inviting.CannotInvite as refused:
        return str(refused)
    return ""
