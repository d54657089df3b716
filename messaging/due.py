"""What is due: of one client, as far as its numbers' rates reach; and of whom at all, for whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection

from compliance.allowance import allowances
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import Channel, Sender
from tenants.scope import acting_for_every_client

AT_ONCE_PER_CLIENT = 2  # workers that serve one client at the same time
SPARE = 16  # texts judged beyond what the rate holds, because some of them will not be clear


class Due(NamedTuple):
    """Of a message, to write its words. Rows of a wave share step and sender, so those are read once."""

    pk: int
    address_id: int
    household: int
    campaign_id: int | None  # none: an answer by hand, or a confirmation
    campaign_version_id: int | None
    step_id: int | None
    confirms_id: int | None  # the opt-out that it confirms
    sender_id: int
    contact_id: int
    channel: str


def due(client_id: int, provider: str, most: int, after: int = 0) -> list[Due]:
    """Up to `most` due messages of one provider, earliest first but for the first `after`; none of a number whose rate or day
    is used up.

    Inside the client's scope. A number that nothing is known of is asked for all the same: the gate refuses it by name.
    """
    at = db_now()
    senders = dict(Sender.objects.filter(client=client_id, provider=provider).values_list("pk", "channel"))
    texting = [sender for sender, channel in senders.items() if channel == Channel.SMS]
    rooms = dict.fromkeys(senders, most + after)
    for sender, allowed in allowances(client_id, texting, at).items():
        now = 0 if allowed.used_up else allowed.at_once(at)
        rooms[sender] = min(most + after, now + SPARE) if now else 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.* FROM unnest(%s::bigint[], %s::int[]) AS s(id, room)
            CROSS JOIN LATERAL (
                SELECT id, address_id, household, campaign_id, campaign_version_id, step_id, confirms_id, sender_id, contact_id, channel,
                    due_at
                FROM messaging_message
                WHERE client_id = %s AND sender_id = s.id AND status = 'queued' AND due_at <= %s
                ORDER BY due_at, id LIMIT s.room
            ) m ORDER BY m.due_at, m.id LIMIT %s OFFSET %s
            """,
            [list(rooms), list(rooms.values()), client_id, at, most, after],
        )
        return [Due(*row[:-1]) for row in cursor.fetchall()]


# The earliest of each sender, by its index. Asked whether there is any that is due, PostgreSQL may read all that are queued:
# with a hundred thousand it took two seconds.
WAITING = """
    SELECT c.id FROM tenants_client c LEFT JOIN messaging_turn t ON t.client_id = c.id
    WHERE c.id <> ALL(%s) AND EXISTS (
        SELECT 1 FROM tenants_sender s WHERE s.client_id = c.id AND (
            SELECT m.due_at FROM messaging_message m WHERE m.client_id = c.id AND m.sender_id = s.id AND m.status = 'queued'
            ORDER BY m.due_at, m.id LIMIT 1) <= clock_timestamp())
    ORDER BY t.began_at NULLS FIRST, c.id
"""


def waiting_clients(passed: Collection[int] = ()) -> list[int]:
    """Clients with something due, whoever was served longest ago first, and before all those who never were."""
    with acting_for_every_client(), connection.cursor() as cursor:
        cursor.execute(WAITING, [list(passed)])
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def turn(passed: Collection[int] = ()) -> Iterator[int | None]:
    """The client whose turn it is, for as long as the block lasts; None when nobody waits, or all are being served."""
    taken = _take(waiting_clients(passed))
    try:
        yield taken[0] if taken else None
    finally:
        if taken:
            _ask("SELECT pg_advisory_unlock(%s)", taken[1])


def _take(clients: Collection[int]) -> tuple[int, int] | None:
    for client in clients:
        for place in range(AT_ONCE_PER_CLIENT):
            key = lock_key(f"drain {place}", client)
            if _ask("SELECT pg_try_advisory_lock(%s)", key):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO messaging_turn (client_id, began_at) VALUES (%s, clock_timestamp()) "
                        "ON CONFLICT (client_id) DO UPDATE SET began_at = excluded.began_at",
                        [client],
                    )
                return client, key
    return None


def _ask(sql: str, key: int) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        return cursor.fetchone()[0]
