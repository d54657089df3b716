"""The daily anchor: each client's people are mailed the seal of their record, so that no one can rewrite it unseen.

Whoever keeps the mail can prove later what the record was: `manage.py audit_verify --anchor`.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string

from tenants import audit
from tenants.clock import db_now
from tenants.models import AuditBlock, AuditEvent, AuditHead, Client, Membership, Role
from tenants.scope import acting_for
from tenants.sealing import head_of

log = logging.getLogger(__name__)
VERB = "records.anchored"
A_DAY = timedelta(hours=23)  # asked hourly: a round that is late must not put the next day off


def anchor(client: Client) -> int:
    """Mail one client its newest seal when anything happened since the last; returns how many mails were taken."""
    with acting_for(client.pk):
        head = head_of(client)
        if head is None or not _is_news(client, head):
            return 0
        people = list(recipients(client))
        audit.record(
            VERB, client_id=client.pk, block=head.number, hash=bytes(head.hash).hex(), events=head.events,
            people=len(people),
        )  # fmt: skip
        letters = [_letter(client, head, person.user.email) for person in people]
    taken = 0
    for letter in letters:
        try:
            taken += bool(letter.send())
        except Exception:
            log.warning("an anchor was not taken by the mail server", exc_info=True)
    return taken


def recipients(client: Client) -> QuerySet[Membership]:
    """The client's compliance contacts; the agency's owners as long as there is none."""
    members = Membership.objects.in_force().select_related("user").order_by("pk")
    own = members.filter(client=client, agency=None, role=Role.APPROVER)
    return own if own.exists() else members.filter(agency=client.agency_id, role=Role.OWNER)


def holds(client_id: int, number: int, value: str) -> bool:
    """Whether a block is still the one whose hash somebody was mailed."""
    block = AuditBlock.objects.filter(client=client_id, number=number).first()
    return block is not None and bytes(block.hash).hex() == value.strip().lower()


def _is_news(client: Client, head: AuditHead) -> bool:
    """Whether a day has passed since the last anchor and anything but that anchor itself was sealed since."""
    last = AuditEvent.objects.filter(client=client, verb=VERB).order_by("-id").first()
    if last is None:
        return True
    return bool(db_now() - last.at > A_DAY and head.events > last.detail["events"] + 1)


def _letter(client: Client, head: AuditHead, to: str) -> EmailMessage:
    context = {
        "client": client, "head": head, "hash": bytes(head.hash).hex(), "key": bytes(head.key).hex(),
    }  # fmt: skip
    subject, _, body = render_to_string("emails/records-anchor.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
