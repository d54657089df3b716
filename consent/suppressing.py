"""Opting an address out: the one way in for members, webhooks and unsubscribe pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

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
    (client_id, address_id, channel, source, note, made_by_id, read_from, message_id, campaign_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (client_id, address_id, source) WHERE ended_at IS NULL DO UPDATE
    SET read_from = CASE WHEN consent_suppression.read_from IS NOT NULL THEN excluded.read_from END
RETURNING id, xmax = 0
"""

# A mark that rests on one client's reading of one reply alone says so; as soon as anybody else says the same it rests on them.
_MARK = """
INSERT INTO consent_unsafemark (address_id, reason, read_from) VALUES (%s, %s, %s)
ON CONFLICT (address_id, reason) WHERE ended_at IS NULL DO UPDATE
    SET read_from = CASE WHEN consent_unsafemark.read_from = %s THEN excluded.read_from END
"""


def suppress(
    client_id: int,
    address_id: int,
    channel: str,
    source: str,
    *,
    by: User | None = None,
    note: str = "",
    read_from: int | None = None,
    for_everybody: bool = True,
    message_id: int | None = None,
    campaign_id: int | None = None,
) -> Suppression:
    """From the commit of this transaction on, nothing more is sent to this address for this client.

    Call it inside `acting_for(client_id)`. Saying the same again (same client, address and source) changes
    nothing but adds the note, and is noted too. A wrong number or a complaint marks the address unsafe for
    every client; `read_from` is the reply, if it is a rule's reading of one.
    `note` may hold personal data: it is stored encrypted and never logged.
    """
    before = None
    if source in UNSAFE:
        same = Suppression.objects.filter(client=client_id, address=address_id, source=source, ended_at=None)
        before = same.values_list("read_from", flat=True).first()
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
                read_from,
                message_id,
                campaign_id,
            ],
        )
        suppression_id, is_new = cursor.fetchone()
        if source in UNSAFE and for_everybody:
            cursor.execute(_MARK, [address_id, UNSAFE[Suppression.Source(source)], read_from, before])
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
    for_everybody: bool = True  # whether a wrong number or a complaint marks it unsafe for every client


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
    _mark_many(client_id, [each for each in wanted.values() if each.source in UNSAFE])
    found = {
        (address_id, source): (pk, pk not in before)
        for pk, address_id, source in standing.values_list("pk", "address", "source")
        if (address_id, source) in wanted
    }
    new = sum(is_new for _, is_new in found.values())
    audit.record("address.opted_out_in_bulk", client_id=client_id, new=new, known=len(found) - new)
    return found


def _mark_many(client_id: int, wishes: list[Wish]) -> None:
    """Unsafe for everybody, and no longer by the reading of one reply alone."""
    if not wishes:
        return
    read: dict[str, Any] = {"ended_at": None, "read_from__isnull": False}
    said = {each.source for each in wishes}
    Suppression.objects.filter(
        client=client_id, address__in={each.address_id for each in wishes}, source__in=said, **read
    ).update(read_from=None)
    marks = [each for each in wishes if each.for_everybody]
    UnsafeMark.objects.bulk_create(
        [
            UnsafeMark(address_id=each.address_id, reason=UNSAFE[Suppression.Source(each.source)])
            for each in marks
        ],
        ignore_conflicts=True,
    )
    reasons = {UNSAFE[Suppression.Source(each)] for each in said}
    UnsafeMark.objects.filter(
        address__in={each.address_id for each in marks}, reason__in=reasons, **read
    ).update(read_from=None)
