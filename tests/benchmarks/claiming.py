"""Waves from the outbox: due messages read and worded, then locked, judged by every check and claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import judging
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message, Status
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks.measuring import Clock, milliseconds

WAVE = 64  # as a worker takes them
SIZES = (WAVE, 100)
WAVES = 30  # of each size, in turn


def waves(*sizes: int) -> dict[str, Any]:
    """Claim waves of these sizes (else of SIZES) until the numbers stand; nothing is sent, the messages stay `handing`."""
    client = Client.objects.get().pk
    queries = {size: _queries(client, size) for size in (1, WAVE)}
    taken = {size: _Taken([], []) for size in sizes or SIZES}
    with Locks() as locks:
        claim(client, prepare(client, "twilio", WAVE), locks)  # compiles and prepares the statement
        for _ in range(WAVES):
            for size, found in taken.items():
                with Clock() as first:
                    ready = prepare(client, "twilio", size)
                with Clock() as second:
                    wave = claim(client, ready, locks)
                found.prepared.append(first.wall)
                found.claimed.append(second.wall)
                found.cpu += first.cpu + second.cpu
                found.claim_cpu += second.cpu
                found.judged += wave.judged
                found.handed += len(wave.outgoing)
                locks.release_all()
    with acting_for(client):
        rows = Message.objects.count()
    return {
        "rows": rows, "waves": {size: found.as_json() for size, found in taken.items()}, "queries_of_prepare": queries,
    } | _parts(client)  # fmt: skip


@dataclass
class _Taken:
    """What the waves of one size took."""

    prepared: list[float]
    claimed: list[float]
    judged: int = 0
    handed: int = 0
    cpu: float = 0.0
    claim_cpu: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "prepare_ms": milliseconds(self.prepared), "claim_ms": milliseconds(self.claimed), "judged": self.judged,
            "handed": self.handed, "cpu_ms_a_wave": self.cpu / WAVES * 1000, "claim_cpu_ms": self.claim_cpu / WAVES * 1000,
        }  # fmt: skip


def _queries(client: int, size: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        prepare(client, "twilio", size)
    return len(captured)


def _parts(client: int) -> dict[str, Any]:
    """The judging query alone: written by Django each time, and as the product runs it."""
    written, ran, executed = [], [], []
    with acting_for(client):
        due = (
            Message.objects.filter(status=Status.QUEUED).order_by("due_at", "pk").values_list("pk", flat=True)
        )
        ids, at = list(due[:WAVE]), db_now()
        for _ in range(15):
            with Clock() as took:
                text = judging.wave(ids, at)
            written.append(took.wall)
            with Clock() as took, connection.cursor() as cursor:
                cursor.execute(text.sql, text.params)
                plain = cursor.fetchall()
            ran.append(took.wall)
            with Clock() as took:
                found = judging.judge(client, ids, at)
            executed.append(took.wall)
            at_id = text.columns.index("id")
            assert sorted(row["id"] for row in found) == sorted(row[at_id] for row in plain) == sorted(ids)
    return {
        "django_writes_ms": milliseconds(written), "runs_unprepared_ms": milliseconds(ran), "runs_prepared_ms": milliseconds(executed),
    }  # fmt: skip
