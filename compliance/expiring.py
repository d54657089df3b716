"""Agreements that run out: the agency's owners and the client's compliance contacts are told 60, 30 and 7 days ahead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from compliance.models import ExpiryWarning
from tenants.clock import db_now
from tenants.mail_choices import willing
from tenants.models import Agreement, Client, MailChoice, Membership, Role
from tenants.scope import acting_for

log = logging.getLogger(__name__)
AHEAD = (7, 30, 60)  # days


def warn(client: Client) -> int:
    """Tell one client's people of every agreement that came within a new distance; returns how many mails were taken.

    A warning is written before its mails leave, so that it leaves once; when no mail is taken it is tried again.
    """
    taken = 0
    with acting_for(client.pk):
        due = list(_due(client, db_now()))
        people = sorted(_people(client)) if due else []
    for agreement, days in due:
        with acting_for(client.pk):
            row, new = ExpiryWarning.objects.get_or_create(client=client, agreement=agreement, days=days)
        if not new:
            continue
        to = people if days == AHEAD[0] else willing(MailChoice.Kind.EXPIRY, people)
        sent = sum(_sent(_letter(client, agreement, days, address)) for address in to)
        with acting_for(client.pk):
            if sent:
                ExpiryWarning.objects.filter(pk=row.pk).update(people=sent)
            else:
                row.delete()
        taken += sent
    return taken


def _due(client: Client, at: datetime) -> Iterator[tuple[Agreement, int]]:
    """Agreements and the distance they came within, unless that or a nearer one was told, or the next one is on file."""
    rows = list(Agreement.objects.in_force(at).filter(client=client).defer("file").order_by("pk"))
    told = dict[int, int]()
    for agreement, days in ExpiryWarning.objects.filter(client=client).values_list("agreement", "days"):
        told[agreement] = min(days, told.get(agreement, days))
    for row in rows:
        if row.expires_at is None:
            continue
        left = row.expires_at - at
        days = next((each for each in AHEAD if left <= timedelta(days=each)), None)
        if days is None or told.get(row.pk, AHEAD[-1] + 1) <= days:
            continue
        if not any(_replaces(other, row) for other in rows):
            yield row, days


def _replaces(other: Agreement, row: Agreement) -> bool:
    same = (other.kind, other.provider, other.sub_processor_id) == (
        row.kind,
        row.provider,
        row.sub_processor_id,
    ) and other.pk != row.pk
    return (
        same
        and row.expires_at is not None
        and (other.expires_at is None or other.expires_at > row.expires_at)
    )


def _people(client: Client) -> set[str]:
    theirs = Q(client=client, role=Role.APPROVER) | Q(agency=client.agency_id, role=Role.OWNER)
    members = Membership.objects.in_force().filter(theirs).select_related("user")
    return {member.user.email for member in members}


def _letter(client: Client, agreement: Agreement, days: int, to: str) -> EmailMessage:
    page = settings.PUBLIC_URL + reverse("readiness", args=[client.slug])
    context = {"client": client, "agreement": agreement, "days": days, "page": page}
    subject, _, body = render_to_string("emails/agreement-expiring.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])


def _sent(letter: EmailMessage) -> bool:
    try:
        return bool(letter.send())
    except Exception:
        log.warning("a warning was not taken by the mail server", exc_info=True)
        return False
