"""Opting an address out: the one way in for members, webhooks and unsubscribe pages."""

from __future__ import annotations

from django.db import connection

from consent.models import Suppression, UnsafeMark
from tenants import audit
from tenants.encryption import encrypt
from tenants.models import User

# Decisions of one client that protect the person from all: unsafe for everybody.
UNSAFE = {
    Suppression.Source.WRONG_NUMBER: "wrong_number",
    Suppression.Source.COMPLAINT: "complaint",
}

_INSERT = """
INSERT INTO consent_suppression
    (client_id, address_id, channel, source, note, made_by_id, message_id, campaign_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (client_id, address_id, source) WHERE ended_at IS NULL DO UPDATE SET source = excluded.source
RETURNING id, xmax = 0
"""


def suppress(
    client_id: int,
    address_id: int,
    channel: str,
    source: str,
    *,
    by: User | None = None,
    note: str = "",
    message_id: int | None = None,
    campaign_id: int | None = None,
) -> Suppression:
    """From the commit of this transaction on, nothing more is sent to this address for this client.

    Call it inside `acting_for(client_id)`. Saying the same again (same client, address and source) changes
    nothing but adds the note, and is noted too. A wrong number or a complaint marks the address unsafe for
    every client. `note` may hold personal data: it is stored encrypted and never logged.
    """
    with connection.cursor() as cursor:
        # One statement, so that an opt-out racing with its own lifting or its double is never lost.
        cursor.execute(
            _INSERT,
            [
                client_id,
                address_id,
                channel,
                source,
                encrypt(note),
                by.pk if by else None,
                message_id,
                campaign_id,
            ],
        )
        suppression_id, is_new = cursor.fetchone()
    if source in UNSAFE:
        UnsafeMark.objects.bulk_create(
            [UnsafeMark(address_id=address_id, reason=UNSAFE[Suppression.Source(source)])],
            ignore_conflicts=True,
        )
    suppression: Suppression = Suppression.objects.get(pk=suppression_id)
    if not is_new and note and note not in suppression.note:
        both = f"{suppression.note}\n{note}".strip()
        Suppression.objects.filter(pk=suppression_id).update(note=both)
    audit.record(
        "address.opted_out" if is_new else "address.opted_out_again",
        suppression,
        client_id=client_id,
        by=by,
        address=address_id,
        channel=str(channel),
        source=str(source),
    )
    return suppression
