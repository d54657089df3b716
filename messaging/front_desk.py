"""No more people a day get a first message than the client's front desk can answer, however many workers there are.

The gate says so of each message (check `front_desk_full`); within one claim, and between claims at once, the room is shared out here.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from compliance.checks.desk import contacted
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Client

KEY = "front desk"


def within(client_id: int, clear: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the first messages that the day has no room for. Inside the claim's transaction, which others then wait for."""
    limit = Client.objects.filter(pk=client_id).values_list("first_a_day", flat=True).get() if clear else None
    if limit is None:
        return clear
    _lock(client_id)
    first = set(
        Message.objects.filter(pk__in=[row["id"] for row in clear], step__position=1).values_list(
            "pk", flat=True
        )
    )
    used = next((row["people"] for row in contacted(client_id, db_now())), 0)
    households = {row["household"] for row in clear if row["id"] not in first}
    room = limit - used - len(households)  # of the others too: they are contacted whatever is left
    kept = []
    for row in clear:
        if row["id"] in first:
            if room <= 0:
                continue
            room -= 1
        kept.append(row)
    return kept


def _lock(client_id: int) -> None:
    """A claim that began to count is waited for: two may not share out the same room."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_bucket (client_id, key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [client_id, KEY],
        )
        cursor.execute(
            "SELECT FROM compliance_bucket WHERE client_id = %s AND key = %s FOR UPDATE", [client_id, KEY]
        )
