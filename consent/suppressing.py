"""Opting an address out: the one way in for members, webhooks and unsubscribe pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

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


class Wish(NamedTuple):
    """One of many to be opted out."""

    address_id: int
    channel: str
    source: str
    note: str = ""


def suppress_many(client_id: int, wishes: Collection[Wish]) -> dict[tuple[int, str], tuple[int, bool]]:
    """`suppress` for a list, in a fixed number of statements: by address and source, the id and whether it is new.

    What stands already stays as it is, its note too.
    """
    wanted = {(each.address_id, str(each.source)): each for each in wishes}
    rows = [
        Suppression(
            client_id=client_id,
            address_id=each.address_id,
            channel=each.channel,
            source=each.source,
            note=each.note,
        )
        for each in sorted(wanted.values())
    ]
    standing = Suppression.objects.filter(
        client_id=client_id, ended_at=None, address__in={address_id for address_id, _ in wanted}
    )
    before = set(standing.values_list("pk", flat=True))
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    UnsafeMark.objects.bulk_create(
        [
            UnsafeMark(address_id=each.address_id, reason=UNSAFE[Suppression.Source(each.source)])
            for each in wanted.values()
            if each.source in UNSAFE
        ],
        ignore_conflicts=True,
    )
    found = {
        (address_id, source): (pk, pk not in before)
        for pk, address_id, source in standing.values_list("pk", "address", "source")
        if (address_id, source) in wanted
    }
    new = sum(is_new for _, is_new in found.values())
    audit.record("address.opted_out_in_bulk", client_id=client_id, new=new, known=len(found) - new)
    return found
