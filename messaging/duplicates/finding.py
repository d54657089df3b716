"""Who seems to be on the list twice: people of one household (who share an address) with the same name or patient number.

The month of birth alone makes nobody one: twins share a telephone too. It is shown beside the name, and where it differs
the two are not proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from consent.models import Contact
from consent.reachability import Reach, reach_of

HOUSEHOLDS = 20  # a page
# Patient numbers as programs mangle them: other case, other marks, zeros lost.
NUMBER = "ltrim(lower(regexp_replace({0}.external_id, '[^0-9A-Za-z]', '', 'g')), '0')"
SAME = f"""(
    (a.name_words <> '{{}}' AND a.name_words @> b.name_words AND a.name_words <@ b.name_words
        AND coalesce(a.adult_from, b.adult_from) IS NOT DISTINCT FROM coalesce(b.adult_from, a.adult_from))
    OR ({NUMBER.format("a")} <> '' AND {NUMBER.format("a")} = {NUMBER.format("b")})
)"""  # noqa: S608 - words of ours
SEVERAL = """
SELECT s.household FROM (
    SELECT household FROM consent_contact WHERE client_id = %(client)s AND household > %(after)s
    GROUP BY household HAVING count(*) > 1
) AS s
WHERE {which} ORDER BY s.household LIMIT %(most)s
"""
PAIRED = f"""EXISTS (
    SELECT 1 FROM consent_contact AS a JOIN consent_contact AS b ON b.client_id = a.client_id AND b.household = a.household AND a.id < b.id
    WHERE a.client_id = %(client)s AND a.household = s.household AND a.merged_into_id IS NULL AND b.merged_into_id IS NULL AND {SAME}
)"""  # noqa: S608
LIVING_TOGETHER = """(
    SELECT count(*) > 1 FROM consent_contact AS c
    WHERE c.client_id = %(client)s AND c.household = s.household AND c.merged_into_id IS NULL
)"""
PAIRS = f"""
SELECT a.id, b.id FROM consent_contact AS a
JOIN consent_contact AS b ON b.client_id = a.client_id AND b.household = a.household AND a.id < b.id
WHERE a.client_id = %(client)s AND a.household = ANY (%(households)s) AND a.merged_into_id IS NULL AND b.merged_into_id IS NULL AND {SAME}
ORDER BY a.id, b.id
"""  # noqa: S608


@dataclass
class Household:
    """People who share addresses, the oldest record first; and which of them seem to be one person."""

    number: int
    people: list[tuple[Contact, Reach]] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)


def households(client_id: int, *, after: int = 0, only_pairs: bool = True) -> tuple[list[Household], int]:
    """A page of them, and after which number the next page begins (0: none). Inside the client's scope; six queries."""
    which = PAIRED if only_pairs else LIVING_TOGETHER
    given = {"client": client_id, "after": after, "most": HOUSEHOLDS + 1}
    with connection.cursor() as cursor:
        cursor.execute(SEVERAL.format(which=which), given)
        numbers = [number for (number,) in cursor.fetchall()]
        shown = numbers[:HOUSEHOLDS]
        found = {number: Household(number) for number in shown}
        cursor.execute(PAIRS, {"client": client_id, "households": shown})
        pairs = cursor.fetchall()
    people = list(Contact.objects.filter(household__in=shown, merged_into=None).order_by("pk"))
    reach = reach_of(people)
    home = {each.pk: each.household for each in people}
    for each in people:
        found[each.household].people.append((each, reach[each.pk]))
    for first, second in pairs:
        found[home[first]].pairs.append((first, second))
    return list(found.values()), shown[-1] if len(numbers) > HOUSEHOLDS else 0


def in_columns(first: Contact, second: Contact) -> Sequence[tuple[Contact, Reach]]:
    """Two records side by side."""
    reach = reach_of([first, second])
    return [(first, reach[first.pk]), (second, reach[second.pk])]
