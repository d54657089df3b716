"""Whether the domains of mail addresses take mail: everybody at a domain of their own, the name servers simulated."""

from __future__ import annotations

import io
import os
import threading
import time
from typing import Any

import psycopg2

from compliance.mail_domains import running
from compliance.models import MailLookup, Told
from tenants.encryption import encrypt
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.benchmarks.measuring import Clock, peak_memory

ANSWERS_IN = 0.02  # seconds
AT_A_TIME = 50_000  # rows of a COPY


class Servers:
    """Name servers that take their time, and how many are asked at once at most."""

    def __init__(self) -> None:
        self.asked, self.now, self.most, self._lock = 0, 0, 0, threading.Lock()

    def __call__(self, _: str) -> Told:
        with self._lock:
            self.asked, self.now = self.asked + 1, self.now + 1
            self.most = max(self.most, self.now)
        time.sleep(ANSWERS_IN)
        with self._lock:
            self.now -= 1
        return Told.TAKES


def look(rows: int) -> dict[str, Any]:
    """Go through so many addresses as the task does, round after round; then once more: nothing is asked."""
    client = people.clinic()
    with acting_for(client.pk):
        person = people.contact(client).pk
    _fill(client, person, rows)
    servers = Servers()
    with Clock() as took:
        while running.go_on(client.pk, servers):
            pass
    with Clock() as again:
        running.go_on(client.pk, servers)
    with acting_for(client.pk):
        kept = MailLookup.objects.count()
    assert (kept, servers.asked) == (rows, rows)
    return {
        "domains": rows, "seconds": took.wall, "a_second": rows / took.wall, "app_ms": took.app / rows * 1000,
        "database_ms": took.database / rows * 1000, "most_at_once": servers.most, "again_seconds": again.wall,
        "peak_mb": peak_memory(),
    }  # fmt: skip


def _fill(client: Client, person: int, rows: int) -> None:
    with psycopg2.connect(os.environ["BENCH_ADMIN_URL"]) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO consent_address (id, channel) OVERRIDING SYSTEM VALUE SELECT i, 'email' FROM generate_series(1, %s) AS i",
            [rows],
        )
        for first in range(1, rows + 1, AT_A_TIME):
            lines = io.StringIO(
                "".join(
                    f"{client.pk}\t{person}\temail\t{i}\t{encrypt(f'jane@d{i}.example')}\t\n"
                    for i in range(first, min(first + AT_A_TIME, rows + 1))
                )
            )
            cursor.copy_from(
                lines, "consent_contactpoint",
                columns=("client_id", "contact_id", "channel", "address_id", "value", "end_reason"), null="NULL",
            )  # fmt: skip
        cursor.execute("ANALYZE consent_contactpoint")
