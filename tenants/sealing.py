"""Sealing the record: a client's audit events become signed blocks, each chained to the one before.

Writers take no lock and chain nothing, so the chain cannot fork. The sealer takes only events whose
transaction is older than every transaction still open: nobody can commit behind a seal any more. Events
are ordered by (transaction, id), a block ends where the next begins and says up to which transaction
nothing more can come, so a row that turns up later was put there by hand. docs/evidence.md says what this proves and what it does not.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from django.db import connection

from tenants import sealing_keys
from tenants.clock import db_now
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


def seal_due() -> int:
    """Seal every client's events that can be sealed; returns how many blocks were made."""
    with acting_for_every_client(), connection.cursor() as cursor:
        cursor.execute(_DUE)
        clients = [row[0] for row in cursor.fetchall()]
    return sum(seal(client_id) for client_id in clients)


def seal(client_id: int) -> int:
    """Seal one client's events, in as many blocks as it takes; returns how many. Opens its own transactions."""
    made = 0
    while True:
        with acting_for(client_id):
            done = _round(client_id)
        made += done
        if done < ROUND:
            return made


def _round(client_id: int) -> int:
    with connection.cursor() as cursor:
        # Two sealers at once: the second leaves it to the first.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key("seal", client_id)])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditBlock.objects.filter(client=client_id).order_by("-number").defer("leaves").first()
    head = AuditHead.objects.filter(client=client_id).first()
    total, made = head.events if head else 0, 0
    while made < ROUND and (block := _next_block(client_id, last)) is not None:
        block.save(force_insert=True)
        total, last, made = total + block.events, block, made + 1
    if made and last is not None:
        _point(head or AuditHead(client_id=client_id), last, total)
    return made


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
