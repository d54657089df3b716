"""The daily anchor: each client's people are mailed the seal of their record, so that no one can rewrite it unseen.

Whoever keeps the mail can prove later what the record was: `manage.py audit_verify --anchor`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string

from tenants import audit
from tenants.clock import db_now
from tenants.models import AuditBlock, AuditEvent, AuditHead, Client, Membership, Role
from tenants.scope import acting_for
from tenants.sealing import head_of, refusals

log = logging.getLogger(__name__)
VERB = "records.anchored"
A_DAY = timedelta(hours=23)  # asked hourly: a round that is late must not put the next day off


def anchor(client: Client) -> int:
    """Mail one client its newest seal when anything happened since the last; returns how many mails were taken.

    On record is who got it: a mail that was not taken is tried again in the next round, until it is.
    """
    with acting_for(client.pk):
        head = head_of(client)
        # What was tampered with is not vouched for by us.
        people = list(_waiting(client, head)) if head is not None and not refusals([client.pk]) else []
    taken = [
        each.user_id for each in people if head is not None and _sent(_letter(client, head, each.user.email))
    ]
    if taken and head is not None:
        with acting_for(client.pk):
            audit.record(
                VERB, client_id=client.pk, block=head.number, hash=bytes(head.hash).hex(), events=head.events,
                people=len(taken), users=taken,
            )  # fmt: skip
    return len(taken)


def recipients(client: Client) -> QuerySet[Membership]:
    """The client's compliance contacts; the agency's owners as long as there is none."""
    members = Membership.objects.in_force().select_related("user").order_by("pk")
    own = members.filter(client=client, agency=None, role=Role.APPROVER)
    return own if own.exists() else members.filter(agency=client.agency_id, role=Role.OWNER)


def holds(client_id: int, number: int, value: str) -> bool:
    """Whether a block is still the one whose hash somebody was mailed."""
    block = AuditBlock.objects.filter(client=client_id, number=number).first()
    return block is not None and bytes(block.hash).hex() == value.strip().lower()


def _waiting(client: Client, head: AuditHead) -> Iterable[Membership]:
    """Whoever was not mailed within a day; nobody as long as nothing but the last anchor itself was sealed since."""
    anchors = AuditEvent.objects.filter(client=client, verb=VERB).order_by("-id")
    last = anchors.first()
    if last is None:
        return recipients(client)
    today = anchors.filter(at__gte=db_now() - A_DAY).values_list("detail", flat=True)
    if today:
        told = {user for detail in today for user in detail.get("users", [])}
        return [each for each in recipients(client) if each.user_id not in told]
    return recipients(client) if head.events > last.detail["events"] + 1 else []


def _sent(letter: EmailMessage) -> bool:
    try:
        return bool(letter.send())
    except Exception:
        log.warning("an anchor was not taken by the mail server; it is tried again", exc_info=True)
        return False


def _letter(client: Client, head: AuditHead, to: str) -> EmailMessage:
    context = {
        "client": client, "head": head, "hash": bytes(head.hash).hex(), "key": bytes(head.key).hex(),
    }  # fmt: skip
    subject, _, body = render_to_string("emails/records-anchor.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
