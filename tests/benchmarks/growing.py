"""What a wave costs while the outbox grows: the same due texts among ten thousand, a million, ten million messages.

What is added is what a busy client leaves behind and has before it: nine of ten were handed over long ago, one is queued for
a later day, by the same number. They are of other people, as a client's many messages are. Written set-based, as the
superuser and with triggers off; half a kilobyte each with its indexes.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from typing import Any

import psycopg2
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import judging
from messaging.due import due
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks import claiming

AT_A_TIME = 500_000  # rows of a statement
MESSAGES_EACH = 10  # of a person who is added
LATER = 10  # of so many one is queued for a later day

ADD = """
    INSERT INTO messaging_message (client_id, campaign_id, campaign_version_id, step_id, purpose, channel, contact_id, address_id,
        household, sender_id, sender_domain, provider, fingerprint, window_key, due_at, expires_at, status, failed, judged_at,
        claimed_at, evidence, fence, delivery, segments, settled_at)
    SELECT like_it.client_id, 1000000 + n %% %(each)s, 1000000 + n %% %(each)s, 1000000 + n %% %(each)s, like_it.purpose, like_it.channel,
        100000000 + n / %(each)s, 100000000 + n / %(each)s, 100000000 + n / %(each)s, like_it.sender_id, like_it.sender_domain,
        like_it.provider, like_it.fingerprint, like_it.window_key, t.at, t.at + interval '3 days',
        CASE WHEN later THEN 'queued' ELSE 'accepted' END, '{}', CASE WHEN NOT later THEN t.at END, CASE WHEN NOT later THEN t.at END,
        CASE WHEN NOT later THEN '{"consent_written": [17], "approved": [3], "window": [12]}'::jsonb END,
        CASE WHEN later THEN 0 ELSE 1 END, CASE WHEN later THEN '' ELSE 'delivered' END, 1, CASE WHEN NOT later THEN t.at END
    FROM generate_series(%(first)s, %(last)s) AS n
    CROSS JOIN (SELECT * FROM messaging_message WHERE status = 'queued' ORDER BY id LIMIT 1) AS like_it
    CROSS JOIN LATERAL (SELECT n / %(each)s %% %(later)s = 0 AS later) AS l
    CROSS JOIN LATERAL (
        SELECT CASE WHEN later THEN now() + interval '1 day' + n %% 2500000 * interval '1 second'
            ELSE now() - interval '30 days' - n * interval '6 seconds' END AS at
    ) AS t
"""


def grow(rows: int) -> dict[str, Any]:
    """Add messages until there are so many; then what autovacuum would have done by then."""
    began = time.monotonic()
    with closing(psycopg2.connect(os.environ["BENCH_ADMIN_URL"])) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT count(*), coalesce(max(contact_id * %s) FILTER (WHERE contact_id >= 100000000), 0) FROM messaging_message",
            [MESSAGES_EACH],
        )
        there, last = cursor.fetchone() or (0, 0)
        first = last - 100_000_000 * MESSAGES_EACH + MESSAGES_EACH if last else 0
        for begin in range(first, first + rows - there, AT_A_TIME):
            last = min(begin + AT_A_TIME, first + rows - there) - 1
            cursor.execute(ADD, {"first": begin, "last": last, "each": MESSAGES_EACH, "later": LATER})
        cursor.execute("VACUUM (ANALYZE) messaging_message")
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_table_size('messaging_message') / 1e6, pg_indexes_size('messaging_message') / 1e6, "
            "pg_relation_size('message_due') / 1e6"
        )
        sizes = cursor.fetchone() or (0, 0, 0)
    return {"seconds": time.monotonic() - began} | dict(
        zip(("table_mb", "indexes_mb", "message_due_mb"), map(float, sizes), strict=True)
    )


def waves() -> dict[str, Any]:
    """Thirty waves of 64, and what PostgreSQL reads for one."""
    client = Client.objects.get().pk
    found = claiming.waves(claiming.WAVE)
    with acting_for(client):
        ids = list(
            Message.objects.filter(status="queued", due_at__lte=db_now())
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[: claiming.WAVE]
        )
        judging.judge(client, ids, db_now())
        with CaptureQueriesContext(connection) as captured:
            due(client, "twilio", 2 * claiming.WAVE)
        asked = next(each["sql"] for each in captured if "LATERAL" in each["sql"])
        judged = f"EXECUTE {judging.WAVE._name} (%s::bigint, %s::bigint[], %s::timestamptz)"
        return found | {"due": _read(asked), "judge": _read(judged, [client, ids, db_now()])}


def _read(sql: str, given: list[Any] | None = None) -> dict[str, Any]:
    """Pages that the query touched, by EXPLAIN; of its plan, how the outbox was found."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", given)
        told = cursor.fetchone()[0]
    plan = (json.loads(told) if isinstance(told, str) else told)[0]
    return {
        "ms": plan["Execution Time"], "pages": plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"],
        "by": sorted({each for each in _indexes(plan["Plan"]) if each.startswith("message")}),
    }  # fmt: skip


def _indexes(plan: dict[str, Any]) -> list[str]:
    own = [plan["Index Name"]] if "Index Name" in plan else []
    if plan["Node Type"] == "Seq Scan":
        own.append(
            f"messages read whole: {plan['Relation Name']}" if "message" in plan["Relation Name"] else ""
        )
    return own + [name for each in plan.get("Plans", ()) for name in _indexes(each)]
