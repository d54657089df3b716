"""The inbox's tabs: what one machine wrote and nobody has read costs no tab that does not show it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Assignment
from messaging.threads import Asked, page_of_threads
from tenants.clock import db_now
from tenants.models import Client, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_inbox import clinic, reply
from tests.tenants.sealed import superuser

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db(transaction=True)
TABS = ("open", "decide", "booked", "out", "mine", "all")
MACHINE, OPTED_OUT, MINE = "+15742310009", "+15742310002", "+15742310003"

MORE = """
    INSERT INTO messaging_inbound (client_id, channel, provider_id, address_id, value, body, body_words, pictures, label, rule)
    SELECT client_id, channel, provider_id || '-' || n, address_id, value, body, body_words, 0, label, rule
    FROM messaging_inbound, generate_series(%s, %s) AS n WHERE provider_id = 'SM3'
"""


def more(begin: int, end: int) -> None:
    """As much from the machine, and what autovacuum would have told PostgreSQL by then; the application's role may not."""
    with superuser() as cursor:
        cursor.execute(MORE, [begin, end])
        cursor.execute("ANALYZE messaging_inbound, messaging_assignment, consent_suppression")


def blocks(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        (told,) = cursor.fetchone()
    (top,) = json.loads(told) if isinstance(told, str) else told
    return int(top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"])


def read(clinic: Client, me: User, which: str, oldest: bool) -> tuple[list[str], int]:
    """The numbers of the replies that a tab shows, and how many blocks its queries read."""
    with acting_for(clinic.pk):
        with CaptureQueriesContext(connection) as asked:
            shown = page_of_threads(Asked(which), me, "", overdue=db_now(), oldest=oldest)
        selects = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
        return [row.provider_id for row in shown.rows], sum(map(blocks, selects))


def test_a_tab_reads_what_it_shows_and_not_what_it_leaves_out(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.threads.LOOKED_THROUGH", 20)
    alice = people.alice()
    reply(clinic, "STOP", 1, sender=OPTED_OUT)
    mine = reply(clinic, "See you", 2, sender=MINE)
    reply(clinic, "Out of office", 3, sender=MACHINE)
    with acting_for(clinic.pk):
        Assignment.objects.create(client=clinic, address=mine.address, channel="sms", to=alice, by=alice)
    cost: list[dict[Any, int]] = []
    for begin, end in ((1, 100), (101, 3_000)):
        more(begin, end)
        seen = {(tab, oldest): read(clinic, alice, tab, oldest) for tab in TABS for oldest in (False, True)}
        assert [seen["out", False][0], seen["mine", False][0], seen["mine", True][0]] == [
            ["SM1"],
            ["SM2"],
            ["SM2"],
        ]
        cost.append({tab: read for tab, (_, read) in seen.items()})
    few, many = cost
    grown = {tab: many[tab] - few[tab] for tab in many if many[tab] > few[tab] + 40}
    assert not grown, "blocks more for 2,900 replies that the tab does not show"
