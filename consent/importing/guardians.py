"""Who is written to for a child: the last pass over a file, when everybody in it is there to be found."""

from __future__ import annotations

from itertools import islice

from django.db import connection

from tenants.scope import acting_for

from . import staging
from .cells import read_name
from .columns import Mapping
from .reading import Table
from .rows import MAX_EXTERNAL_ID

CHUNK = 10_000  # rows

LINK = """
UPDATE consent_contact AS c SET guardian_id = g.id, changed_at = clock_timestamp(),
    filled = array_remove(c.filled, 'guardian_first_name')
        || CASE WHEN 'first_name' = ANY (g.filled) THEN ARRAY['guardian_first_name'] ELSE '{}' END
FROM stage_ward AS s
JOIN consent_contact AS g ON g.client_id = %(client)s AND g.external_id = s.guardian
WHERE c.client_id = %(client)s AND c.external_id = s.external_id AND c.id <> g.id AND c.guardian_id IS DISTINCT FROM g.id
"""

# A guardian who gets a name, or loses it: what is written to their children may use it from then on, or not any more.
NAMED = """
UPDATE consent_contact AS c SET filled = array_remove(c.filled, 'guardian_first_name')
        || CASE WHEN 'first_name' = ANY (g.filled) THEN ARRAY['guardian_first_name'] ELSE '{}' END
FROM consent_contact AS g
WHERE c.client_id = %(client)s AND c.guardian_id = ANY (%(guardians)s::bigint[]) AND g.client_id = c.client_id AND g.id = c.guardian_id
    AND ('guardian_first_name' = ANY (c.filled)) <> ('first_name' = ANY (g.filled))
"""


def name_to_wards(client_id: int, guardians: list[int]) -> None:
    """Let the children of these know whether their guardian has a name. In the client's scope, after the guardians are written."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"client": client_id, "guardians": guardians})


def link_guardians(client_id: int, table: Table, mapping: Mapping) -> None:
    """Join children to guardians by patient number. Repeating it changes nothing.

    A guardian's number that nobody has stays unlinked: the gate then holds the child's messages.
    """
    ward, guardian = mapping.position_of("external_id"), mapping.position_of("guardian_external_id")
    if ward is None or guardian is None:
        return
    rows = table.rows()
    while piece := list(islice(rows, CHUNK)):
        pairs = {
            read_name(cells[ward], MAX_EXTERNAL_ID)[0]: read_name(cells[guardian], MAX_EXTERNAL_ID)[0]
            for _, cells, refused in piece
            if not refused and cells[guardian]
        }
        with acting_for(client_id), connection.cursor() as cursor:
            staging.clear()
            if staging.copy(
                "stage_ward",
                [
                    f"{staging.text(child)}\t{staging.text(adult)}"
                    for child, adult in pairs.items()
                    if child and adult
                ],
            ):
                cursor.execute(LINK, {"client": client_id})
