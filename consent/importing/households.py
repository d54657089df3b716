"""People who share an address are one household: the smallest contact id among them (decisions 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection

# OFFSET 0 keeps the planner from turning "look these up" into "read the whole table" while a table is so
# fresh that it has no statistics.
WHO_LIVES_THERE = """
SELECT a.id, c.household
FROM unnest(%(addresses)s::bigint[]) AS a(id)
CROSS JOIN LATERAL (
    SELECT contact_id FROM consent_contactpoint
    WHERE client_id = %(client)s AND address_id = a.id AND ended_at IS NULL OFFSET 0
) AS p
CROSS JOIN LATERAL (SELECT household FROM consent_contact WHERE id = p.contact_id AND client_id = %(client)s OFFSET 0) AS c
"""
MOVE = """
UPDATE consent_contact SET household = (%(becomes)s::bigint[])[array_position(%(was)s::bigint[], household)]
WHERE client_id = %(client)s AND household = ANY (%(was)s::bigint[])
"""


def unite(client_id: int, address_ids: Collection[int]) -> None:
    """Make one household of all who share one of these addresses, and of whom they share others with.

    Whole households move to the smallest id, so the result does not depend on the order of arrival.
    """
    if not address_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_contact SET household = id WHERE client_id = %s AND household = 0", [client_id]
        )
        cursor.execute(WHO_LIVES_THERE, {"client": client_id, "addresses": sorted(address_ids)})
        if moves := moved(cursor.fetchall()):
            was, becomes = list(moves), list(moves.values())
            cursor.execute(MOVE, {"client": client_id, "was": was, "becomes": becomes})


def moved(at_address: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Which households become which, given (address, household) pairs: connected ones take the smallest id."""
    root: dict[int, int] = {}

    def of(household: int) -> int:
        while (above := root.get(household, household)) != household:
            household = above
        return household

    first_at: dict[int, int] = {}
    for address_id, household in at_address:
        one, other = of(household), of(first_at.setdefault(address_id, household))
        if one != other:
            root[max(one, other)] = min(one, other)
    return {household: of(household) for household in root}
