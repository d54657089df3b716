"""The counters of messages: what reports, usage and the limit of a month read instead of a million rows.

Triggers add a row for each kind of message that a statement made more or fewer of (`messaging.models.Tally`), so no writer can
forget to count, nothing is counted that was rolled back, and no two writers wait for each other. A reader adds up.
"""

from __future__ import annotations

from celery import shared_task
from django.db import connection

from tenants.hashing import lock_key
from tenants.scope import acting_for_every_client

KIND = "client_id, campaign, step, channel, provider, status, delivery, failed, quarter"
# One statement: whoever reads meanwhile sees the rows before it or the rows after it, never both and never neither.
JOIN = f"""
    WITH fresh AS (
        DELETE FROM messaging_tally WHERE NOT joined RETURNING {KIND}, number, segments
    ), older AS (
        DELETE FROM messaging_tally t USING (SELECT DISTINCT {KIND} FROM fresh) AS f
        WHERE t.joined AND t.client_id = f.client_id AND t.campaign IS NOT DISTINCT FROM f.campaign AND t.step IS NOT DISTINCT FROM f.step
            AND (t.channel, t.provider, t.status, t.delivery, t.failed) = (f.channel, f.provider, f.status, f.delivery, f.failed)
            AND t.quarter IS NOT DISTINCT FROM f.quarter
        RETURNING t.client_id, t.campaign, t.step, t.channel, t.provider, t.status, t.delivery, t.failed, t.quarter, t.number, t.segments
    )
    INSERT INTO messaging_tally ({KIND}, number, segments, joined)
    SELECT {KIND}, sum(number), sum(segments), true FROM (SELECT * FROM fresh UNION ALL SELECT * FROM older) AS rows
    GROUP BY {KIND} HAVING sum(number) <> 0 OR sum(segments) <> 0
"""  # noqa: S608 (our own names)

OF_PEOPLE = "client_id, campaign, step, wording, month, held, quarter"
JOIN_PEOPLE = f"""
    WITH fresh AS (
        DELETE FROM messaging_entrytally WHERE NOT joined RETURNING {OF_PEOPLE}, number
    ), older AS (
        DELETE FROM messaging_entrytally t USING (SELECT DISTINCT {OF_PEOPLE} FROM fresh) AS f
        WHERE t.joined AND (t.client_id, t.campaign, t.step, t.wording) = (f.client_id, f.campaign, f.step, f.wording)
            AND (t.month, t.held, t.quarter) = (f.month, f.held, f.quarter)
        RETURNING t.client_id, t.campaign, t.step, t.wording, t.month, t.held, t.quarter, t.number
    )
    INSERT INTO messaging_entrytally ({OF_PEOPLE}, number, joined)
    SELECT {OF_PEOPLE}, sum(number), true FROM (SELECT * FROM fresh UNION ALL SELECT * FROM older) AS rows
    GROUP BY {OF_PEOPLE} HAVING sum(number) <> 0
"""  # noqa: S608 (our own names)


@shared_task
def join_counts() -> int:
    """Join what was added since the last time to one row a kind; returns how many kinds were written."""
    with acting_for_every_client(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key("tally", 0)])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(JOIN_PEOPLE)
        cursor.execute(JOIN)
        return int(cursor.rowcount)
