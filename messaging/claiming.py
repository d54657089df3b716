"""The only door from `queued` to `handing`: locks, then one transaction that judges and claims.

1. Candidates are read and their words rendered, outside any lock (messaging.preparing).
2. Their address and household locks are taken by try; what cannot be had stays queued.
3. One transaction reads the clock, runs the gate over the wave and writes: clear -> handing with its attempt, touch and
   evidence; refused for good -> held; otherwise a later due time. Its begin starts the two seconds (decisions 20).
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg2
from django.db import connection

from compliance import policy
from compliance.checks import CHECKS
from compliance.deciding import is_final
from compliance.stopping import lock_keys
from consent.preference_links import store_links
from messaging.breakers.mailboxes import mailbox_of
from messaging.front_desk import within
from messaging.judging import judge
from messaging.locks import Locks
from messaging.models import Status
from messaging.pacing import Text, admit
from messaging.preparing import ASK_AGAIN, Prepared
from messaging.providers.base import Outcome, Outgoing, Receipt
from messaging.recording import record_outcomes
from tenants.clock import db_now
from tenants.encryption import encrypt
from tenants.failpoints import reach
from tenants.models import Channel
from tenants.scope import acting_for

BEGIN_WITHIN = 2.0  # seconds from the judging transaction's begin to the first byte
DEADLINE = timedelta(seconds=15)
PROVIDER_QUEUE_MARGIN = timedelta(minutes=5)
LONGEST_VALIDITY = timedelta(hours=4)


@dataclass
class Wave:
    """What one claim yielded: messages judged clear, with their attempts on disk and their locks held."""

    outgoing: list[Outgoing]
    keys: dict[uuid.UUID, tuple[int, int]]
    begin_by: float  # time.monotonic() after which no first byte may leave: two seconds from the judging transaction's begin
    judged: int = 0
    short: bool = False  # some were clear, and kept back by the rate of their number
    under: frozenset[int] = frozenset()  # the shared locks by which a stop knows of it (compliance.stopping)


def claim(client_id: int, prepared: list[Prepared], locks: Locks, worker: str = "") -> Wave:
    """Judge and claim a wave. The locks of what is not handed over are released; the caller releases the rest."""
    under = [lock_keys(client_id, each.campaign) for each in prepared]
    taken = locks.take([each.keys for each in prepared], under)
    mine = {each.id: each for each, ok in zip(prepared, taken, strict=True) if ok}
    shared = {key for keys, ok in zip(under, taken, strict=True) if ok for key in keys}
    reach("lock.got")
    began = time.monotonic()
    with acting_for(client_id):
        wave = _judge(client_id, mine, began, worker)
        reach("tx1.before_commit")
    reach("tx1.after_commit")
    handed = {key for pair in wave.keys.values() for key in pair}
    wave.under = frozenset(shared if wave.outgoing else ())
    try:
        locks.release({key for each in mine.values() for key in each.keys} - handed, shared - wave.under)
        locks.hold()  # until the rows above were there to see
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        # The session is gone, and every lock with it. No call has begun: the wave goes back to the queue.
        _take_back(client_id, wave)
        raise
    return wave


def _take_back(client_id: int, wave: Wave) -> None:
    with acting_for(client_id):
        record_outcomes(
            client_id, [Receipt(each.attempt_id, Outcome.NOT_SENT, code="unlocked") for each in wave.outgoing]
        )


def _judge(client_id: int, mine: dict[int, Prepared], began: float, worker: str) -> Wave:
    reach("tx1.before_recheck")
    at = db_now()  # read after the locks are held (decisions 13)
    rows = judge(client_id, mine, at) if mine else []
    by = {policy.KEY: [policy.keep()]} if rows else {}
    reach("tx1.before_cas")
    wave = Wave([], {}, began + BEGIN_WITHIN, judged=len(rows))
    clear, held, waiting, expired = [], [], [], []
    for row in rows:
        row["evidence"] = json.dumps(
            by | {c.code: row[f"evidence_{c.code}"] for c in CHECKS if row[f"evidence_{c.code}"]}
        )
        if row["expires_at"] <= at:
            expired.append(row)
        elif not row["failed_now"] and mine[row["id"]].to:
            clear.append(row)
        elif not row["failed_now"] or is_final(row["failed_now"]):
            held.append(row | {"failed_now": row["failed_now"] or ["no_address"]})
        else:
            waiting.append(row)
    admitted = _admitted(client_id, clear, mine, at)
    wave.short = len(admitted) < len(clear)
    _settle(client_id, held, Status.HELD, at)
    _settle(client_id, expired, Status.EXPIRED, at)
    _postpone(client_id, waiting, at)
    _hand(client_id, admitted, mine, at, wave, worker)
    return wave


def _admitted(
    client_id: int, clear: list[dict[str, Any]], mine: dict[int, Prepared], at: datetime
) -> list[dict[str, Any]]:
    """The clear rows that the front desk and their numbers have room for now; the others stay queued, and are judged again."""
    clear = within(client_id, clear)
    place = {ident: number for number, ident in enumerate(mine)}
    texts = [
        Text(row["id"], mine[row["id"]].sender.pk, mine[row["id"]].rendered.segments)
        for row in sorted(clear, key=lambda row: place[row["id"]])
        if row["channel"] == Channel.SMS
    ]
    admitted = admit(client_id, texts, at) if texts else set()
    return [row for row in clear if row["channel"] != Channel.SMS or row["id"] in admitted]


def _settle(client_id: int, rows: list[dict[str, Any]], status: Status, at: datetime) -> None:
    if rows:
        _update(
            "status = %s, judged_at = %s, settled_at = %s, failed = f.failed, evidence = f.evidence::jsonb",
            [status.value, at, at], client_id, rows,
        )  # fmt: skip


def _postpone(client_id: int, rows: list[dict[str, Any]], at: datetime) -> None:
    for row in rows:
        row["next"] = max(row["until"] or at + ASK_AGAIN, at + timedelta(seconds=5))
    if rows:
        _update(
            "judged_at = %s, failed = f.failed, evidence = f.evidence::jsonb, due_at = least(f.next, m.expires_at)",
            [at],
            client_id,
            rows,
        )


def _update(sets: str, params: list[Any], client_id: int, rows: list[dict[str, Any]]) -> None:
    """One statement for many rows. Codes travel as text, because arrays of arrays must be rectangular."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message m SET {sets} FROM (SELECT id, string_to_array(codes, ',') AS failed, evidence, next "  # noqa: S608
            "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) AS u(id, codes, evidence, next)) AS f "
            "WHERE m.id = f.id AND m.client_id = %s AND m.status = 'queued'",
            [*params, [r["id"] for r in rows], [",".join(r["failed_now"]) for r in rows], [r["evidence"] for r in rows],
             [r.get("next") for r in rows], client_id],
        )  # fmt: skip


def _hand(
    client_id: int,
    rows: list[dict[str, Any]],
    mine: dict[int, Prepared],
    at: datetime,
    wave: Wave,
    worker: str,
) -> None:
    """Clear rows become `handing`, with attempt, touch and evidence, in the same transaction."""
    if not rows:
        return
    attempts = {row["id"]: uuid.uuid4() for row in rows}
    words = {row["id"]: mine[row["id"]].rendered for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (
                SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::uuid[], %(evidence)s::text[], %(contents)s::text[],
                    %(hashes)s::text[], %(segments)s::int[], %(mailboxes)s::text[], %(wordings)s::text[])
                    AS g(id, attempt, evidence, content, hash, segments, mailbox, wording)
            ), handed AS (
                UPDATE messaging_message m SET status = 'handing', failed = '{}', judged_at = %(at)s, claimed_at = %(at)s,
                    fence = m.fence + 1, evidence = given.evidence::jsonb, segments = given.segments, mailbox = given.mailbox,
                    wording = given.wording
                FROM given WHERE m.id = given.id AND m.client_id = %(client)s AND m.status = 'queued'
                RETURNING m.id, m.fence, m.address_id, m.household, m.channel, m.purpose, given.attempt, given.content, given.hash
            ), touched AS (
                INSERT INTO consent_touch (client_id, address_id, household, channel, purpose, at, message_id)
                SELECT %(client)s, address_id, household, channel, purpose, %(at)s, id FROM handed
            )
            INSERT INTO messaging_attempt (id, client_id, message_id, fence, claimed_at, begin_by, deadline, worker, content,
                content_sha256, outcome, code, provider_id, asked)
            SELECT attempt, %(client)s, id, fence, %(at)s, %(begin_by)s, %(deadline)s, %(worker)s, content, hash, '', '', '', 0 FROM handed
            """,
            {
                "ids": [row["id"] for row in rows],
                "attempts": [str(attempts[row["id"]]) for row in rows],
                "evidence": [row["evidence"] for row in rows],
                "contents": [encrypt(json.dumps({"subject": words[row["id"]].subject, "text": words[row["id"]].text})) for row in rows],
                "hashes": [words[row["id"]].sha256 for row in rows],
                "segments": [words[row["id"]].segments for row in rows],
                "mailboxes": [mailbox_of(mine[row["id"]].to) for row in rows],
                "wordings": [mine[row["id"]].wording for row in rows],
                "at": at, "client": client_id, "worker": worker,
                "begin_by": at + timedelta(seconds=BEGIN_WITHIN), "deadline": at + DEADLINE,
            },
        )  # fmt: skip
    reach("tx1.after_attempt")
    store_links([link for row in rows if (link := mine[row["id"]].link)])
    for row in rows:
        each, attempt = mine[row["id"]], attempts[row["id"]]
        wave.keys[attempt] = each.keys
        wave.outgoing.append(_outgoing(each, attempt, _validity(row["closes"], at)))


def _outgoing(each: Prepared, attempt: uuid.UUID, valid_for: int) -> Outgoing:
    return Outgoing(
        attempt_id=attempt, to=each.to, sender_address=each.sender.address, sender_name=each.sender.display_name,
        messaging_service=each.sender.messaging_service, subject=each.rendered.subject, text=each.rendered.text, html=each.rendered.html,
        unsubscribe_url=each.link.url if each.link else "", valid_for=valid_for,
    )  # fmt: skip


def _validity(closes: datetime, at: datetime) -> int:
    """Seconds the provider may hold the message: its queue must not outlive the window (rule TCPA-QUIET-LATENCY)."""
    return max(60, int(min(closes - at - PROVIDER_QUEUE_MARGIN, LONGEST_VALIDITY).total_seconds()))
