"""Sealing the record: a client's audit events become signed blocks, each chained to the one before.

Writers take no lock and chain nothing, so the chain cannot fork. The sealer takes only events whose
transaction is older than every transaction still open: nobody can commit behind a seal any more. Events
are ordered by (transaction, id), a block ends where the next begins and says up to which transaction
nothing more can come, so a row that turns up later was put there by hand. docs/evidence.md says what this proves and what it does not.

Before it signs anything the sealer asks whether it would go on from what it sealed itself: else somebody who cuts the
chain off would have it signed anew by us within five seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime

from django.db import connection

from tenants import sealing_keys, sealing_witness
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.hashing import lock_key
from tenants.models import AuditBlock, AuditHead, Client
from tenants.scope import acting_for, acting_for_every_client

FORMAT = 1
AT_MOST = 1000  # events in a block
ROUND = 50  # blocks in one transaction
NOTHING = bytes(32)
LEAF = 40  # bytes: the event's id in 8, the SHA-256 of its text in 32

# The text of an event, whose SHA-256 is sealed; PostgreSQL writes jsonb in one way only.
TEXT = (
    "jsonb_build_array(e.id, e.client_id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
    "e.actor_id, e.verb, e.what, e.detail, e.ip, e.xid)::text"
)
LEAVES = f"string_agg(int8send(e.id) || sha256(convert_to({TEXT}, 'UTF8')), ''::bytea ORDER BY e.xid, e.id)"

_NEXT = f"""
    SELECT count(*), {LEAVES}, max(e.xid), (array_agg(e.id ORDER BY e.xid DESC, e.id DESC))[1],
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM (
        SELECT * FROM tenants_auditevent
        WHERE client_id = %s AND (xid, id) > (%s, %s)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY xid, id LIMIT {AT_MOST}
    ) AS e
"""  # noqa: S608 - our own words

_DUE = """
    SELECT c.id FROM tenants_client c
    LEFT JOIN LATERAL (
        SELECT b.to_xid, b.to_id FROM tenants_auditblock b WHERE b.client_id = c.id ORDER BY b.number DESC LIMIT 1
    ) AS b ON true
    WHERE EXISTS (
        SELECT FROM tenants_auditevent e WHERE e.client_id = c.id
          AND (e.xid, e.id) > (coalesce(b.to_xid, -1), coalesce(b.to_id, -1))
          AND e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ) ORDER BY c.id
"""


def header_of(block: AuditBlock) -> str:
    """What is hashed and signed: the block without its leaves, as one line of JSON."""
    return _line(
        "block", block.client_id, block.number, bytes(block.previous).hex(), bytes(block.root).hex(), block.events,
        block.to_xid, block.to_id, block.closed_xid, written(block.sealed_at), bytes(block.key).hex(),
    )  # fmt: skip


def head_line(head: AuditHead) -> str:
    """What the head signs: which block is the last, and how many events there are."""
    return _line(
        "head", head.client_id, head.number, bytes(head.hash).hex(), head.events, written(head.at),
        bytes(head.key).hex(),
    )  # fmt: skip


def _line(*parts: str | int) -> str:
    return json.dumps(["clear-to-send", FORMAT, *parts], separators=(",", ":"))


def written(at: datetime) -> str:
    """An instant as it stands in what is sealed."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Refused(Exception):
    """Nothing is sealed on top of what was tampered with; the message is a sentence."""


def seal_due(alarm: Callable[[int, str], object]) -> int:
    """Seal every client's events that can be sealed; returns how many blocks were made. A client where nothing may be sealed is
    told to `alarm`, with the reason, and keeps no other waiting."""
    with acting_for_every_client(), connection.cursor() as cursor:
        cursor.execute(_DUE)
        clients = [row[0] for row in cursor.fetchall()]
    made = 0
    for client_id in clients:
        try:
            made += seal(client_id)
        except Refused as refused:
            alarm(client_id, str(refused))
    return made


def seal(client_id: int) -> int:
    """Seal one client's events, in as many blocks as it takes; returns how many. Opens its own transactions. Raises Refused."""
    made = 0
    while True:
        reach("seal.before")
        with acting_for(client_id):
            done = _round(client_id)
            head = AuditHead.objects.filter(client=client_id).first() if done else None
        reach("seal.after")
        if head is not None:
            sealing_witness.note(client_id, head.number, bytes(head.hash))
        made += done
        if done < ROUND:
            return made


def _round(client_id: int) -> int:
    with connection.cursor() as cursor:
        # Two sealers at once: the second leaves it to the first.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key("seal", client_id)])
        if not cursor.fetchone()[0]:
            return 0
        # What is noted outside the database must not be forgotten by it when its machine falls over.
        cursor.execute("SET LOCAL synchronous_commit = on")
    if why := refusals([client_id]).get(client_id):
        raise Refused(why)
    last = AuditBlock.objects.filter(client=client_id).order_by("-number").defer("leaves").first()
    head = head_of(client_id)
    total, made = head.events if head else 0, 0
    while made < ROUND and (block := _next_block(client_id, last)) is not None:
        block.save(force_insert=True)
        total, last, made = total + block.events, block, made + 1
    if made and last is not None:
        _point(head or AuditHead(client_id=client_id), last, total)
    return made


def refusals(client_ids: Collection[int]) -> dict[int, str]:
    """Where nothing may be sealed on top of the record as it stands: by client, why, as a sentence. In their scope; four queries."""
    known = sealing_witness.noted(client_ids)  # before the rows: they only grow
    heads = {each.client_id: each for each in AuditHead.objects.filter(client__in=client_ids)}
    rows = AuditBlock.objects.filter(client__in=client_ids).defer("leaves")
    lasts = {each.client_id: each for each in rows.order_by("client", "-number").distinct("client")}
    gone = missing(known)
    found = {each: _refusal(lasts.get(each), heads.get(each)) or gone.get(each, "") for each in client_ids}
    return {each: says for each, says in found.items() if says}


def _refusal(last: AuditBlock | None, head: AuditHead | None) -> str:
    if head is None and last is None:
        return ""
    if head is None or last is None:
        return "Blocks of the record, or the pointer to the newest, were removed."
    key = bytes(head.key)
    if key not in sealing_keys.public_keys() or not sealing_keys.is_signed(
        head_line(head), bytes(head.signature), key
    ):
        return "The pointer to the newest block was changed."
    if (head.number, bytes(head.hash)) != (last.number, bytes(last.hash)):
        return f"Block {head.number} was the newest that was sealed; now block {last.number} is."
    if hashlib.sha256(header_of(last).encode()).digest() != bytes(last.hash):
        return f"Block {last.number} was changed."
    return ""


def missing(known: Mapping[int, sealing_witness.Note]) -> dict[int, str]:
    """Blocks that were noted outside the database and are not there any more: by client, as a sentence."""
    rows = AuditBlock.objects.filter(client__in=known, number__in={each.number for each in known.values()})
    there = {
        (client_id, number): bytes(value)
        for client_id, number, value in rows.values_list("client", "number", "hash")
    }
    return {
        client_id: f"Block {note.number} was sealed, as is noted outside the database, and is missing or another now."
        for client_id, note in known.items()
        if there.get((client_id, note.number)) != note.hash
    }


def _next_block(client_id: int, last: AuditBlock | None) -> AuditBlock | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [client_id, last.to_xid if last else -1, last.to_id if last else -1])
        events, leaves, to_xid, to_id, horizon = cursor.fetchone()
    if not events:
        return None
    block = AuditBlock(
        client_id=client_id,
        number=last.number + 1 if last else 1,
        previous=bytes(last.hash) if last else NOTHING,
        leaves=bytes(leaves),
        root=hashlib.sha256(leaves).digest(),
        events=events,
        to_xid=to_xid,
        to_id=to_id,
        closed_xid=to_xid if events == AT_MOST else horizon,  # a full block may end amid a transaction
        sealed_at=db_now(),
        key=sealing_keys.public_key(),
    )
    header = header_of(block)
    block.hash, block.signature = hashlib.sha256(header.encode()).digest(), sealing_keys.sign(header)
    return block


def _point(head: AuditHead, last: AuditBlock, events: int) -> None:
    head.number, head.hash, head.events = last.number, bytes(last.hash), events
    head.at, head.key = db_now(), sealing_keys.public_key()
    head.signature = sealing_keys.sign(head_line(head))
    head.save()


def head_of(client: Client | int) -> AuditHead | None:
    """The newest seal of a client, inside its scope; None while nothing is sealed."""
    found: AuditHead | None = AuditHead.objects.filter(client=client).first()
    return found
