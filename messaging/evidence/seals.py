"""The audit events of a pack with the blocks that seal them, so that they can be proven without the product."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from messaging.evidence.rows import lines
from messaging.evidence.subject import Subject
from tenants.models import AuditBlock, AuditHead
from tenants.sealing import LEAF, TEXT, head_line, header_of


def files_of(subject: Subject) -> dict[str, bytes]:
    """audit/events.jsonl (each line exactly as it was sealed), the chain from their first block on, and the head."""
    client_id = subject.client.pk
    head = AuditHead.objects.filter(client=client_id).first()
    last = AuditBlock.objects.filter(client=client_id).order_by("-number").defer("leaves").first()
    texts = _texts(subject, (last.to_xid, last.to_id)) if last else {}
    first = _first_block(client_id, [(text[-1], ident) for ident, (_, text) in texts.items()])
    blocks = AuditBlock.objects.filter(client=client_id, number__gte=first).order_by("number") if last else []
    return {
        "audit/events.jsonl": "".join(text + "\n" for text, _ in texts.values()).encode(),
        "audit/blocks.jsonl": lines(_block(block, set(texts)) for block in blocks),
        "audit/head.json": json.dumps(
            {"line": head_line(head), "signature": bytes(head.signature).hex()} if head else {}
        ).encode(),
    }


def _texts(subject: Subject, end: tuple[int, int]) -> dict[int, tuple[str, list[Any]]]:
    """The sealed events it is about: by id, the text that was sealed and what it says."""
    condition, given = subject.events()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, {TEXT} FROM tenants_auditevent e WHERE e.client_id = %s AND (e.xid, e.id) <= (%s, %s) "  # noqa: S608
            f"AND {condition} ORDER BY e.xid, e.id",
            [subject.client.pk, *end, *given],
        )
        return {ident: (text, json.loads(text)) for ident, text in cursor.fetchall()}


def _first_block(client_id: int, events: list[tuple[int, int]]) -> int:
    """The block in which the first of these events lies; the newest when there are none."""
    blocks = AuditBlock.objects.filter(client=client_id).order_by("number")
    if not events:
        return int(blocks.order_by("-number").values_list("number", flat=True).first() or 1)
    xid, ident = min(events)
    for number, to_xid, to_id in blocks.filter(to_xid__gte=xid).values_list("number", "to_xid", "to_id"):
        if (to_xid, to_id) >= (xid, ident):
            return int(number)
    return 1


def _block(block: AuditBlock, wanted: set[int]) -> dict[str, Any]:
    """The block as it was signed; its list of events only when one of them is in the pack."""
    leaves = bytes(block.leaves)
    pairs = [
        [int.from_bytes(leaves[n : n + 8], "big"), leaves[n + 8 : n + LEAF].hex()]
        for n in range(0, len(leaves), LEAF)
    ]
    return {
        "header": header_of(block),
        "signature": bytes(block.signature).hex(),
        "leaves": pairs if any(ident in wanted for ident, _ in pairs) else [],
    }
