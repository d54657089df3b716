"""Does the record still say what was sealed? Reads everything, changes nothing, names the first thing that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from tenants import sealing_keys, sealing_witness
from tenants.models import AuditBlock, AuditEvent, AuditHead
from tenants.sealing import LEAF, LEAVES, NOTHING, TEXT, head_line, header_of, missing

AT_ONCE = 100  # blocks read together
# No transaction stays open as long: an event dated so far before the seal that precedes it was dated by hand.
BACKDATED = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `event`: the id of the first event it concerns, where one can be named."""

    client_id: int
    block: int
    event: int | None
    says: str


@dataclass
class Checked:
    """What was looked at, and the first thing wrong with it (None: nothing)."""

    blocks: int = 0
    events: int = 0
    not_sealed: int = 0
    wrong: Finding | None = None


# Where else in the database a block's number and hash were written down, with words for the place. Rooms to the right add theirs.
Told = Callable[[int], Iterable[tuple[int, str, str]]]
_told: list[Told] = []


def also_in(told: Told) -> None:
    """Have `told(client_id)` compared: the number of a block, its hash as hex, and where that stands."""
    if told not in _told:
        _told.append(told)


def check(client_id: int, since: datetime | None = None, *, restored: bool = False) -> Checked:
    """Check one client's record, inside its scope; with `since`, only the blocks sealed from then on. `restored`: what was sealed
    after the backup is known to be lost, so what stands outside the database is not asked."""
    done = Checked()
    known = {} if restored else sealing_witness.noted([client_id])  # before the blocks: they only grow
    done.wrong = next(_findings(client_id, since, done, known), None)
    return done


def _findings(
    client_id: int, since: datetime | None, done: Checked, known: dict[int, sealing_witness.Note]
) -> Iterator[Finding]:
    head = AuditHead.objects.filter(client=client_id).first()
    before = _starting_block(client_id, since)
    last = before
    while batch := _blocks_after(client_id, last):
        roots = _roots(client_id, last, batch)
        for block in batch:
            yield from _in_chain(block, last)
            yield from _in_events(block, last, *roots.get(block.number, (0, b"", None, block.to_xid)))
            done.blocks, done.events, last = done.blocks + 1, done.events + block.events, block
    yield from _in_head(client_id, head, last, done, before)
    for says in missing(known).values():
        yield Finding(client_id, known[client_id].number, None, says)
    yield from _in_anchors(client_id)
    yield from _in_papers(client_id)
    ends = (last.to_xid, last.to_id) if last else (-1, -1)
    done.not_sealed, too_late = _beyond(client_id, *ends, last.closed_xid if last else -1)
    if too_late is not None:
        number = last.number if last else 0
        yield Finding(
            client_id, number, too_late, f"Event {too_late} was put in after block {number} was closed."
        )
    if last is None and not done.not_sealed:
        yield Finding(
            client_id,
            0,
            None,
            "Nothing is there. A record begins when the client is made, so it was emptied.",
        )


def _starting_block(client_id: int, since: datetime | None) -> AuditBlock | None:
    """The last block that is taken on trust; None when everything is checked."""
    if since is None:
        return None
    rows = AuditBlock.objects.filter(client=client_id, sealed_at__lt=since).order_by("-number")
    found: AuditBlock | None = rows.defer("leaves").first()
    return found


def _blocks_after(client_id: int, last: AuditBlock | None) -> list[AuditBlock]:
    rows = AuditBlock.objects.filter(client=client_id, number__gt=last.number if last else -(2**62))
    return list(rows.order_by("number")[:AT_ONCE])


def _roots(
    client_id: int, last: AuditBlock | None, batch: list[AuditBlock]
) -> dict[int, tuple[int, bytes, datetime | None, int]]:
    """Of the events that stand where each block says: how many, the SHA-256 of their leaves, the earliest date, the lowest transaction."""
    numbers = [block.number for block in batch]
    ends = [(block.to_xid, block.to_id) for block in batch]
    starts = [(last.to_xid, last.to_id) if last else (-(2**62), -(2**62)), *ends[:-1]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT b.number, found.events, sha256(found.leaves), found.earliest, coalesce(found.first_xid, b.to_xid)
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
                AS b(number, from_xid, from_id, to_xid, to_id)
            CROSS JOIN LATERAL (
                SELECT count(*) AS events, {LEAVES} AS leaves, min(e.at) AS earliest, min(e.xid) AS first_xid
                FROM tenants_auditevent e
                WHERE e.client_id = %s AND (e.xid, e.id) > (b.from_xid, b.from_id)
                  AND (e.xid, e.id) <= (b.to_xid, b.to_id)
            ) AS found
            """,  # noqa: S608 - our own words
            [
                numbers, [x for x, _ in starts], [i for _, i in starts],
                [x for x, _ in ends], [i for _, i in ends], client_id,
            ],
        )  # fmt: skip
        return {row[0]: (row[1], bytes(row[2] or b""), row[3], row[4]) for row in cursor.fetchall()}


def _in_chain(block: AuditBlock, last: AuditBlock | None) -> Iterator[Finding]:
    expected = last.number + 1 if last else 1
    leaves, header = bytes(block.leaves), header_of(block)

    def wrong(says: str) -> Finding:
        first = int.from_bytes(leaves[:8], "big") if len(leaves) >= 8 else None
        return Finding(block.client_id, block.number, first, says)

    if block.number != expected:
        yield wrong(f"Block {expected} is missing: the next one there is has number {block.number}.")
    if bytes(block.previous) != (bytes(last.hash) if last else NOTHING):
        yield wrong(f"Block {block.number} does not follow from the one before it.")
    if hashlib.sha256(header.encode()).digest() != bytes(block.hash):
        yield wrong(f"Block {block.number} was changed: its header has another hash.")
    if hashlib.sha256(leaves).digest() != bytes(block.root) or len(leaves) != LEAF * block.events:
        yield wrong(f"Block {block.number} was changed: its list of events has another hash.")
    if bytes(block.key) not in sealing_keys.public_keys():
        yield wrong(f"Block {block.number} was signed with a key that is not ours.")
    if not sealing_keys.is_signed(header, bytes(block.signature), bytes(block.key)):
        yield wrong(f"The signature of block {block.number} is not right.")
    if last and (
        (block.to_xid, block.to_id) <= (last.to_xid, last.to_id) or block.sealed_at < last.sealed_at
    ):
        yield wrong(f"Block {block.number} lies before the one it follows.")


def _in_events(
    block: AuditBlock,
    last: AuditBlock | None,
    events: int,
    root: bytes,
    earliest: datetime | None,
    first_xid: int,
) -> Iterator[Finding]:
    if events != block.events or root != bytes(block.root):
        yield _first_bad_event(block, last)
    elif last and first_xid < last.closed_xid:
        late = AuditEvent.objects.filter(
            client=block.client_id, xid__lt=last.closed_xid, xid__gte=last.to_xid
        )
        yield Finding(
            block.client_id, block.number, late.order_by("-id").values_list("pk", flat=True).first(),
            f"An event of block {block.number} was put in after block {last.number} was closed.",
        )  # fmt: skip
    elif last and earliest is not None and earliest < last.sealed_at - BACKDATED:
        rows = AuditEvent.objects.filter(client=block.client_id, at=earliest, xid__gt=last.to_xid)
        yield Finding(
            block.client_id, block.number, rows.values_list("pk", flat=True).first(),
            f"An event of block {block.number} is dated long before the block that precedes it.",
        )  # fmt: skip


def _first_bad_event(block: AuditBlock, last: AuditBlock | None) -> Finding:
    """Which event of a block is not as it was sealed, by comparing them one by one."""
    start = (last.to_xid, last.to_id) if last else (-(2**62), -(2**62))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, sha256(convert_to({TEXT}, 'UTF8')) FROM tenants_auditevent e WHERE e.client_id = %s "  # noqa: S608
            "AND (e.xid, e.id) > (%s, %s) AND (e.xid, e.id) <= (%s, %s) ORDER BY e.xid, e.id",
            [block.client_id, *start, block.to_xid, block.to_id],
        )
        found = {ident: bytes(digest) for ident, digest in cursor.fetchall()}
    leaves = bytes(block.leaves)
    sealed = {
        int.from_bytes(leaves[n : n + 8], "big"): leaves[n + 8 : n + LEAF]
        for n in range(0, len(leaves), LEAF)
    }
    for ident, digest in sealed.items():
        if ident not in found:
            return Finding(block.client_id, block.number, ident, f"Event {ident} was removed or moved.")
        if found[ident] != digest:
            return Finding(block.client_id, block.number, ident, f"Event {ident} was changed.")
    added = next((ident for ident in found if ident not in sealed), None)
    says = (
        f"Event {added} was put in afterwards." if added is not None else "Its events stand in another order."
    )
    return Finding(block.client_id, block.number, added, says)


def _in_head(
    client_id: int, head: AuditHead | None, last: AuditBlock | None, done: Checked, before: AuditBlock | None
) -> Iterator[Finding]:
    if head is None:
        if last is not None:
            yield Finding(client_id, last.number, None, "The pointer to the newest block is missing.")
        return
    key = bytes(head.key)
    if key not in sealing_keys.public_keys() or not sealing_keys.is_signed(
        head_line(head), bytes(head.signature), key
    ):
        yield Finding(client_id, head.number, None, "The pointer to the newest block was changed.")
    if last is None or head.number != last.number or bytes(head.hash) != bytes(last.hash):
        number = last.number if last else 0
        yield Finding(
            client_id, number + 1, None, f"Blocks are missing at the end: {head.number} were sealed, {number} are there."
        )  # fmt: skip
    if before is None and head.events != done.events:
        yield Finding(
            client_id, head.number, None, f"{head.events} events were sealed, the blocks hold {done.events}."
        )


def _in_anchors(client_id: int) -> Iterator[Finding]:
    """Heads that were mailed out stand among the events; the blocks must still have those hashes."""
    mailed = AuditEvent.objects.filter(client=client_id, verb="records.anchored").order_by("id")
    told = {detail["block"]: (pk, detail["hash"]) for pk, detail in mailed.values_list("pk", "detail")}
    blocks = AuditBlock.objects.filter(client=client_id, number__in=told)
    hashes = {number: bytes(value).hex() for number, value in blocks.values_list("number", "hash")}
    for number, (pk, value) in told.items():
        if hashes.get(number) != value:
            yield Finding(client_id, number, pk, f"Block {number} is not the one that was mailed out.")


def _in_papers(client_id: int) -> Iterator[Finding]:
    """What was written down elsewhere, as in approvals; the blocks must still have those hashes."""
    told = [each for source in _told for each in source(client_id)]
    blocks = AuditBlock.objects.filter(client=client_id, number__in={number for number, _, _ in told})
    hashes = {number: bytes(value).hex() for number, value in blocks.values_list("number", "hash")}
    for number, value, place in told:
        if hashes.get(number) != value:
            yield Finding(client_id, number, None, f"Block {number} is not the one that stands in {place}.")


def _beyond(client_id: int, xid: int, ident: int, closed_xid: int) -> tuple[int, int | None]:
    """How many events stand after the last block, and one that can no longer have come about by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(e.id) FILTER (WHERE e.xid < %s) FROM tenants_auditevent e "
            "WHERE e.client_id = %s AND (e.xid, e.id) > (%s, %s)",
            [closed_xid, client_id, xid, ident],
        )
        count, too_late = cursor.fetchone()
    return count, too_late
