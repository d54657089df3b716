"""The sealer would not go on from what it found: somebody hears of it at once, and every day until it is mended."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.cache import cache

from tenants import agency_mail, audit
from tenants.audit_anchors import recipients
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Membership, Role
from tenants.scope import acting_for

log = logging.getLogger(__name__)
VERB = "records.not_sealed"
A_DAY = timedelta(hours=23)
AGAIN = 600  # seconds until the log says it again, and until a mail that was not taken is tried again


def raise_alarm(client_id: int, says: str) -> int:
    """Log it, and mail the client's compliance contacts and the agency's owners; returns how many mails were taken. Whatever goes
    wrong in telling keeps no other client's record from being sealed."""
    try:
        if not cache.add(f"not-sealed-{client_id}", 1, AGAIN):
            return 0
        log.error("a record was tampered with and is not sealed any more", extra={"client": client_id})
        return _tell(client_id, says)
    except Exception:
        log.exception("nobody could be told that a record is not sealed", extra={"client": client_id})
        return 0


def _tell(client_id: int, says: str) -> int:
    with acting_for(client_id):
        if AuditEvent.objects.filter(client=client_id, verb=VERB, at__gt=db_now() - A_DAY).exists():
            return 0
        client = Client.objects.select_related("agency").get(pk=client_id)
        to = sorted({each.user.email for each in [*recipients(client), *_owners(client)]})
    letters = [
        agency_mail.letter("emails/record-not-sealed.txt", each, client=client, says=says) for each in to
    ]
    if taken := agency_mail.post(letters):
        with acting_for(client_id):
            audit.record(VERB, client_id=client_id, people=taken)
    return taken


def _owners(client: Client) -> list[Membership]:
    rows = Membership.objects.in_force().select_related("user")
    return list(rows.filter(agency=client.agency_id, role=Role.OWNER))
