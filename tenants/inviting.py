"""Letting people in: an invitation by mail, its acceptance, and the end of a membership."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from tenants import audit
from tenants.clock import db_now
from tenants.hashing import new_token, token_hash
from tenants.mail_after_commit import Told, mail_after_commit
from tenants.models import Agency, Client, Invitation, Membership, Role, User
from tenants.models.member import CLIENT_ROLES
from tenants.scope import acting_for

VALID_FOR = timedelta(days=7)
# A shared domain says nothing about whom somebody works for.
PUBLIC_MAIL = frozenset(
    [
        "aol.com",
        "att.net",
        "comcast.net",
        "gmail.com",
        "gmx.com",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mac.com",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "verizon.net",
        "yahoo.com",
        "ymail.com",
        "zoho.com",
    ]
)


class CannotInvite(ValueError):
    """Why this person cannot be invited to this place; `str()` is a sentence to show."""


def invite(
    *,
    email: str,
    name: str,
    role: Role,
    by: User,
    agency: Agency,
    client: Client | None = None,
    title: str = "",
    told: Told = lambda taken: None,
) -> Invitation:
    """Mail a link that makes a membership, after the commit: at the agency, or at `client` when given.

    A person has one link a place: a new one makes the former useless. `told` hears whether the mail was taken; one that was not
    leaves `mailed_at` empty, and whoever invited sends another. Raises `CannotInvite`; then nothing is kept.
    """
    email = email.strip().lower()
    refuse_if_impossible(email, role, agency=agency, client=client)
    at = db_now()
    token, digest = new_token()
    with transaction.atomic():
        for former in open_invitations(agency=agency, client=client):
            if former.email == email:
                former.withdrawn_at = at
                former.save(update_fields=["withdrawn_at"])
        made = Invitation.objects.create(
            token_hash=digest,
            email=email,
            name=name,
            role=role,
            title=title,
            invited_by=by,
            expires_at=at + VALID_FOR,
            agency=None if client else agency,
            client=client,
        )
        link = settings.PUBLIC_URL + reverse("invitation", args=[token])
        words = {"invitation": made, "place": client or agency, "by": by, "link": link}
        letter = _letter(
            f"Your invitation to {client or agency}", "emails/member-invitation.txt", words, email
        )

        def went(taken: bool) -> None:
            if taken:
                Invitation.objects.filter(pk=made.pk).update(mailed_at=db_now())
            told(taken)

        mail_after_commit(letter, went)
    return made


def invite_again(found: Invitation, *, by: User, agency: Agency, told: Told) -> Invitation:
    """Mail a fresh link in place of one that did not arrive; the former opens nothing any more. Raises `CannotInvite`."""
    return invite(
        email=found.email, name=found.name, role=Role(found.role), by=by, agency=agency, client=found.client,
        title=found.title, told=told,
    )  # fmt: skip


def open_invitations(*, agency: Agency, client: Client | None = None) -> list[Invitation]:
    """Invitations to this place that can still be accepted, newest first."""
    place = Q(agency=None, client=client) if client else Q(agency=agency, client=None)
    rows = Invitation.objects.filter(place, accepted_at=None, withdrawn_at=None, expires_at__gt=db_now())
    return list(rows.select_related("invited_by").order_by("-id"))


def refuse_if_impossible(email: str, role: Role, *, agency: Agency, client: Client | None) -> None:
    """Raises `CannotInvite`: agency and client stay apart, so that nobody approves what they drafted."""
    of_email = Membership.objects.in_force().filter(user__email=email)
    if client is None:
        if of_email.filter(agency=agency, client=None).exists():
            raise CannotInvite("This person is a member already.")
        if of_email.filter(client__agency=agency, agency=None).exists():
            raise CannotInvite("This person belongs to a client and cannot work for the agency as well.")
        return
    if of_email.filter(client=client, agency=None).exists():
        raise CannotInvite("This person is a member already. End the present role first.")
    if of_email.filter(agency=client.agency_id).exists():
        raise CannotInvite("This person works for the agency and cannot hold a role of the client.")
    if role == Role.APPROVER and email.rpartition("@")[2] in agency_domains(client.agency):
        raise CannotInvite(
            "This address is at the agency's own mail domain. The compliance contact must be someone "
            "of the client, reached at the client's own address."
        )


def agency_domains(agency: Agency) -> set[str]:
    """Mail domains of everybody who ever worked for the agency, but for public mail services."""
    emails = Membership.objects.filter(agency=agency).values_list("user__email", flat=True)
    return ({each.rpartition("@")[2] for each in emails} - PUBLIC_MAIL) | set(agency.mail_domains)


def _keep_domain(agency: Agency, email: str) -> None:
    """For the database, which lets nobody of these domains sign for a client."""
    domain = email.rpartition("@")[2]
    held = Agency.objects.select_for_update().get(pk=agency.pk)
    if domain not in PUBLIC_MAIL and domain not in held.mail_domains:
        held.mail_domains = sorted({*held.mail_domains, domain})
        held.save(update_fields=["mail_domains"])


def find_invitation(token: str) -> Invitation | None:
    """The invitation behind a link, when it can still be accepted."""
    found = Invitation.objects.select_related("agency", "client__agency", "invited_by")
    return found.filter(
        token_hash=token_hash(token), accepted_at=None, withdrawn_at=None, expires_at__gt=db_now()
    ).first()


def account_of(invitation: Invitation) -> User:
    """The account of whom an invitation names; a new one has no password, opens nothing, and waits for its owner."""
    first = {"name": invitation.name, "password": make_password(None)}
    return User.objects.get_or_create(email=invitation.email, defaults=first)[0]


def accept(invitation: Invitation, user: User, **how: Any) -> Membership:
    """Make the membership; call it in a transaction. Raises `CannotInvite` when it is too late. `how`: for the record."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.accepted_at or locked.withdrawn_at:
        raise CannotInvite("This invitation was used or withdrawn.")
    client = invitation.client
    agency = _agency_of(invitation)
    role = Role(invitation.role)
    refuse_if_impossible(user.email, role, agency=agency, client=client if role in CLIENT_ROLES else None)
    made = Membership.objects.create(
        user=user, role=role, agency=invitation.agency, client=client, title=invitation.title
    )
    if role not in CLIENT_ROLES:
        _keep_domain(agency, user.email)
    locked.accepted_at = db_now()
    locked.save(update_fields=["accepted_at"])
    if client:
        with acting_for(client.pk):
            audit.record("member.joined", made, client_id=client.pk, by=user, role=role, **how)
    audit.record_account("member.joined", by=user, agency=agency, membership=made.pk, role=role, **how)
    return made


def _agency_of(invitation: Invitation) -> Agency:
    if invitation.agency is not None:
        return invitation.agency
    if invitation.client is None:
        raise CannotInvite("This invitation leads nowhere.")
    return invitation.client.agency


def reset_second_factor(user: User, told: Told = lambda taken: None) -> None:
    """For a lost phone: the next sign-in asks for a new one. Every session ends, links mailed before open nothing.

    The person is told by mail after the commit; `told` hears whether that mail was taken. The reset stands either way: a
    phone in a stranger's hands must not go on opening doors because a mail server is down.
    """
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(factor_reset_at=db_now())
        for session in UserSession.objects.filter(user=user):
            session.end()
        words = {"user": user}
        letter = _letter("Your second factor was reset", "emails/member-factor-reset.txt", words, user.email)
        mail_after_commit(letter, told)


def _letter(subject: str, template: str, words: dict[str, Any], to: str) -> EmailMessage:
    return EmailMessage(" ".join(subject.split()), render_to_string(template, words), to=[to])
