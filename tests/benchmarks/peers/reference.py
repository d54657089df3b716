"""How fast texts can leave with next to nothing beside the calls: aiohttp, 64 calls at once, rows claimed by the hundred.

Two processes. One statement claims 500 rows that nobody else has (`SKIP LOCKED`) and leaves out who opted out; numbers and
words are unsealed; opt-outs are asked for once more before each 64 calls; one statement notes what became of 500.
No lock on a person, no rule, no attempt on disk, no evidence, and whatever is `sending` when a process dies stays so.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Sequence
from multiprocessing import get_context
from typing import Any

import psycopg2
from cryptography.fernet import Fernet

from tests.benchmarks.folk import ACCOUNT

PROCESSES = 2
CLAIMED = 500
IN_FLIGHT = 64
_seal = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"of the bench").digest()))
Row = tuple[int, str, str, str]

CLAIM = """
    UPDATE peers_recipient r SET status = 'sending' FROM (
        SELECT id FROM peers_recipient q WHERE status = 'queued'
            AND NOT EXISTS (SELECT 1 FROM peers_optout o WHERE o.address = q.key)
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) AS mine WHERE r.id = mine.id RETURNING r.id, r.key, r.address, r.body
"""
NOTE = """
    UPDATE peers_recipient r SET status = 'sent', provider_id = t.sid, sent_at = clock_timestamp()
    FROM unnest(%s::bigint[], %s::text[]) AS t(id, sid) WHERE r.id = t.id
"""


def seal(value: str) -> str:
    """As a row holds it."""
    return _seal.encrypt(value.encode()).decode()


def key_of(value: str) -> str:
    """By what an opt-out is found."""
    return hashlib.sha256(value.encode()).hexdigest()


def reference() -> None:
    """Both processes, until the table holds nothing more."""
    made = [get_context("spawn").Process(target=_run) for _ in range(PROCESSES)]
    for each in made:
        each.start()
    for each in made:
        each.join()


def _run() -> None:
    asyncio.run(_work())


async def _work() -> None:
    import aiohttp

    database = psycopg2.connect(os.environ["PEERS_DATABASE_URL"])
    database.autocommit = True
    login = aiohttp.BasicAuth(ACCOUNT, "secret")
    async with aiohttp.ClientSession(auth=login, connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as client:
        while rows := await asyncio.to_thread(_asked, database, CLAIM, [CLAIMED]):
            told: list[tuple[int, str]] = []
            for begin in range(0, len(rows), IN_FLIGHT):
                some = rows[begin : begin + IN_FLIGHT]
                out = await asyncio.to_thread(_out, database, some)
                told += await asyncio.gather(*(_text(client, row) for row in some if row[1] not in out))
            await asyncio.to_thread(_note, database, told)


async def _text(client: Any, row: Row) -> tuple[int, str]:
    ident, _, address, body = row
    form = {
        "To": _seal.decrypt(address.encode()).decode(), "From": "+15742310600", "Body": _seal.decrypt(body.encode()).decode(),
    }  # fmt: skip
    where = f"{os.environ['STUB_URL']}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    async with client.post(where, data=form) as answer:
        return ident, (await answer.json())["sid"]


def _asked(database: Any, sql: str, given: Sequence[Any]) -> list[Any]:
    with database.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def _out(database: Any, rows: Sequence[Row]) -> set[str]:
    keys = [row[1] for row in rows]
    return {row[0] for row in _asked(database, "SELECT address FROM peers_optout WHERE address = ANY(%s)", [keys])}  # fmt: skip


def _note(database: Any, told: Sequence[tuple[int, str]]) -> None:
    with database.cursor() as cursor:
        cursor.execute(NOTE, [[ident for ident, _ in told], [sid for _, sid in told]])
