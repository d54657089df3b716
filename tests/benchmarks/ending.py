"""The end of an engagement: everything of a client with a million people deleted, in one transaction."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

import psycopg2

from messaging.ending.deleting import delete as delete_everything
from messaging.ending.deleting import numbers
from messaging.evidence.erase_list import list_path
from tenants import sealing
from tenants.encryption import encrypt
from tenants.models import Client
from tenants.scope import acting_for
from tenants.sealing_check import check
from tests.benchmarks.measuring import Clock, peak_memory

# One campaign of five still waits; the words of another are kept, and a report of the list they came by.
STATEMENTS = (
    """
    UPDATE messaging_message SET status = 'queued', delivery = '', claimed_at = NULL, settled_at = NULL
    WHERE campaign_id = (SELECT max(id) FROM campaigns_campaign)
    """,
    """
    INSERT INTO messaging_attempt (id, client_id, message_id, fence, claimed_at, begin_by, deadline, worker, content, content_sha256)
    SELECT gen_random_uuid(), client_id, id, 1, claimed_at, claimed_at, claimed_at, 'bench', %(words)s, ''
    FROM messaging_message WHERE campaign_id = (SELECT min(id) FROM campaigns_campaign)
    """,
    """
    INSERT INTO consent_importrow (client_id, of_import_id, line, outcome, reason, contact_id, phone, email)
    SELECT client_id, made_by_import_id, id, 'taken', '', id, %(phone)s, %(phone)s FROM consent_contact
    """,
)


def build(rows: int) -> dict[str, int]:  # noqa: ARG001
    """What the end of an engagement meets besides what the conversations' database holds."""
    values = {"words": encrypt('{"text": "It is time for a visit."}'), "phone": encrypt("+15742310611")}
    with psycopg2.connect(os.environ["BENCH_ADMIN_URL"]) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # nothing here needs checking
        for statement in STATEMENTS:
            cursor.execute(statement, values)
    with closing(psycopg2.connect(os.environ["BENCH_ADMIN_URL"])) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    of = Client.objects.get()
    with acting_for(of.pk):
        return numbers(of)


def delete() -> dict[str, Any]:
    """Count, delete, and look at what is left; the record still verifies."""
    of = Client.objects.get()
    with acting_for(of.pk), Clock() as counting:
        before = numbers(of)
    with Clock() as took, acting_for(of.pk):
        delete_everything(of, None)
    sealing.seal(of.pk)
    with acting_for(of.pk):
        after = numbers(of)
        whole = check(of.pk).wrong is None
    list_path().unlink(missing_ok=True)  # a restore would delete the same client in another database
    left = {name: after[name] for name in ("addresses", "waiting_messages", "words_of_messages", "replies")}
    return {
        "people": before["contacts"], "deleted": before, "left": left, "record_holds": whole, "counting_seconds": counting.wall,
        "seconds": took.wall, "app_cpu": took.app, "database_cpu": took.database, "peak_mb": peak_memory(),
    }  # fmt: skip
