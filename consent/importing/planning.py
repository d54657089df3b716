"""What a chunk of a file would change: who is new, who is known, what becomes of each line. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from consent.models import ImportRow
from tenants.bulk_encryption import encrypt_many
from tenants.encryption import decrypt
from tenants.models import Location

from . import spots
from .people import MOST_AT_AN_ADDRESS, Gathering, Person, Words, same_name
from .rows import ReadContact
from .spots import Spot, Spots

KNOWN = "Joined with a person already on the list."
SAME_AS_LINE = "The same person as line {line}."
LOCATION_UNKNOWN = "Location: none of yours has this name, so left out."
MOVED = "moved"

Outcome = ImportRow.Outcome


class LinePlan(NamedTuple):
    """One line of the report to be."""

    row: ReadContact
    outcome: str
    reason: str
    person: Person | None


@dataclass(slots=True)
class KnownContact:
    """A contact as it is stored, as far as an import may change it."""

    person: Person
    location_id: int | None
    open_points: dict[str, set[int]] = field(default_factory=dict)  # channel: address ids


@dataclass
class Plan:
    """The people of a chunk and the lines they came from."""

    people: list[Person]
    lines: list[LinePlan]
    known: dict[int, KnownContact]
    spots: Spots  # every address of the chunk
    tokens: dict[str, str]

    def count(self, outcome: str) -> int:
        """How many lines end so."""
        return sum(line.outcome == outcome for line in self.lines)


@dataclass
class Prepared:
    """A chunk read, cleaned, gathered and encrypted: all that needs no database."""

    rows: list[ReadContact]
    people: list[Person]
    tokens: dict[str, str]  # canonical address, or the blank: ciphertext
    spots: Spots

    @property
    def last_line(self) -> int:
        """Where the chunk ends."""
        return self.rows[-1].line


class Planner:
    """Plans chunk after chunk of one client's file."""

    def __init__(self, client_id: int) -> None:
        self._client_id, self._words = client_id, Words(client_id)
        rows = Location.objects.filter(client=client_id).values_list("name", "pk")
        self.locations = {name.casefold(): pk for name, pk in rows}

    def prepare(self, rows: list[ReadContact]) -> Prepared:
        """Everything about a chunk that can be done while the database is busy with the one before."""
        for row in rows:
            row.location = row.location.casefold()
            if row.location and row.location not in self.locations:
                row.location = ""
                row.remarks.append(LOCATION_UNKNOWN)
        gathering = Gathering(self._words)
        gathering.add(row for row in rows if not row.refused)
        people = gathering.people
        names = iter(encrypt_many([name for each in people for name in (each.first_name, each.last_name)]))
        for person in people:
            person.sealed = next(names), next(names)
        plain = list({""}.union(*((row.phone, row.email) for row in rows)))
        return Prepared(
            rows, people, dict(zip(plain, encrypt_many(plain), strict=True)), Spots(spots.digests(people))
        )

    def plan(self, chunk: Prepared) -> Plan:
        """Find whom we know, fold what is stored and what is new together."""
        spots.find(chunk.spots)
        matches = self._matches(chunk.people, chunk.spots.known)
        people, matches = _one_each(chunk.people, matches)
        known = self._stored({contact_id for contact_id in matches if contact_id})
        for person, contact_id in zip(people, matches, strict=True):
            person.contact_id, person.known = contact_id, bool(contact_id)
        return Plan(people, _lines(chunk.rows, people), known, chunk.spots, chunk.tokens)

    def _matches(self, people: list[Person], address_ids: dict[Spot, int]) -> list[int]:
        """For each person the contact we know, or 0: by patient number, else by name at a shared address."""
        numbered = self._by_number([person.external_id for person in people if person.external_id])
        found = [numbered.get(person.external_id, 0) if person.external_id else 0 for person in people]
        open_people = [person for person, contact_id in zip(people, found, strict=True) if not contact_id]
        shared = {
            address_ids[spot]
            for person in open_people
            for spot in person.points.items()
            if spot in address_ids
        }
        at_address = self._by_address(shared) if shared else {}
        return [
            contact_id or _namesake(person, address_ids, at_address)
            for person, contact_id in zip(people, found, strict=True)
        ]

    def _by_number(self, numbers: list[str]) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT external_id, coalesce(merged_into_id, id) FROM consent_contact "
                "WHERE client_id = %s AND external_id <> '' AND external_id = ANY(%s)",
                [self._client_id, numbers],
            )
            return dict(cursor.fetchall())

    def _by_address(self, address_ids: Iterable[int]) -> dict[int, list[Namesake]]:
        """Who has these addresses now, the oldest contacts first, with their other addresses."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT a.id, c.id, c.external_id, c.name_words, c.guardian_id IS NOT NULL, theirs.points
                FROM unnest(%(addresses)s::bigint[]) AS a(id)
                CROSS JOIN LATERAL (
                    SELECT contact_id FROM (
                        SELECT contact_id FROM consent_contactpoint
                        WHERE client_id = %(client)s AND address_id = a.id AND ended_at IS NULL OFFSET 0
                    ) AS there ORDER BY contact_id LIMIT %(most)s
                ) AS p
                CROSS JOIN LATERAL (
                    SELECT id, external_id, name_words, guardian_id FROM consent_contact
                    WHERE client_id = %(client)s AND id = p.contact_id OFFSET 0
                ) AS c
                CROSS JOIN LATERAL (
                    SELECT array_agg(ARRAY[CASE channel WHEN 'sms' THEN 0 ELSE 1 END, address_id]) AS points
                    FROM consent_contactpoint
                    WHERE client_id = %(client)s AND contact_id = c.id AND ended_at IS NULL
                ) AS theirs
                """,
                {"addresses": sorted(address_ids), "client": self._client_id, "most": MOST_AT_AN_ADDRESS},
            )
            found: dict[int, list[Namesake]] = {}
            for address_id, contact_id, external_id, words, is_child, points in cursor.fetchall():
                channels: dict[str, set[int]] = {}
                for is_mail, point in points:
                    channels.setdefault(spots.CHANNELS[is_mail], set()).add(point)
                found.setdefault(address_id, []).append(
                    Namesake(contact_id, external_id, tuple(words), is_child, channels)
                )
            return found

    def _stored(self, contact_ids: set[int]) -> dict[int, KnownContact]:
        """The stored state of these contacts, names in clear."""
        if not contact_ids:
            return {}
        names = {pk: name for name, pk in self.locations.items()}
        known: dict[int, KnownContact] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT c.id, name_words, external_id, first_name, last_name, state, segment, language, location_id,
                       window_key, last_visit, adult_from, deceased
                FROM unnest(%s::bigint[]) AS wanted(id)
                JOIN consent_contact AS c ON c.id = wanted.id AND c.client_id = %s
                """,
                [sorted(contact_ids), self._client_id],
            )
            for pk, words, number, first, last, *others, location, key, visit, adult, dead in cursor:
                state, segment, language = others
                person = Person(
                    [], tuple(words), frozenset(), False, number, decrypt(first), decrypt(last), state, segment, language,
                    names.get(location, ""), key, visit, adult, dead, {}, contact_id=pk, known=True,
                )  # fmt: skip
                known[pk] = KnownContact(person, location)
            cursor.execute(
                """
                SELECT wanted.id, p.channel, p.address_id FROM unnest(%s::bigint[]) AS wanted(id)
                CROSS JOIN LATERAL (
                    SELECT channel, address_id FROM consent_contactpoint
                    WHERE client_id = %s AND contact_id = wanted.id AND ended_at IS NULL OFFSET 0
                ) AS p
                """,
                [sorted(contact_ids), self._client_id],
            )
            for contact_id, channel, address_id in cursor:
                known[contact_id].open_points.setdefault(channel, set()).add(address_id)
        return known


class Namesake(NamedTuple):
    """A contact at an address."""

    contact_id: int
    external_id: str
    words: tuple[int, ...]
    is_child: bool
    points: dict[str, set[int]]

    def is_same(self, person: Person, theirs: dict[str, int]) -> bool:
        """As `Person.is_same`, for a contact whose addresses are known by id."""
        if any(pk not in self.points.get(channel, {pk}) for channel, pk in theirs.items()):
            return False
        both = len(theirs) == 2 and all(pk in self.points.get(channel, ()) for channel, pk in theirs.items())
        numbers = {self.external_id, person.external_id} - {""}
        return same_name(person, self.words, self.is_child, both=both, numbers_agree=len(numbers) < 2)


def _namesake(person: Person, address_ids: dict[Spot, int], at_address: dict[int, list[Namesake]]) -> int:
    """The oldest contact of this name at one of these addresses whose other addresses do not contradict."""
    theirs = {channel: address_ids.get((channel, address), 0) for channel, address in person.points.items()}
    fitting = [
        each.contact_id
        for address_id in theirs.values()
        for each in at_address.get(address_id, ())
        if each.is_same(person, theirs)
    ]
    return min(fitting, default=0)


def _one_each(people: list[Person], matches: list[int]) -> tuple[list[Person], list[int]]:
    """People of the chunk who turn out to be the same contact become one."""
    first: dict[int, Person] = {}
    kept: list[tuple[Person, int]] = []
    for person, contact_id in zip(people, matches, strict=True):
        if contact_id and contact_id in first:
            first[contact_id].absorb(person)
            continue
        if contact_id:
            first[contact_id] = person
        kept.append((person, contact_id))
    return [person for person, _ in kept], [contact_id for _, contact_id in kept]


def _lines(rows: Sequence[ReadContact], people: list[Person]) -> list[LinePlan]:
    of_line = {row.line: person for person in people for row in person.lines}
    lines = []
    for row in rows:
        person = of_line.get(row.line)
        if person is None:
            lines.append(LinePlan(row, Outcome.REFUSED, row.reason, None))
        elif row.line != person.lines[0].line:
            told = SAME_AS_LINE.format(line=person.lines[0].line)
            lines.append(LinePlan(row, Outcome.MERGED, " ".join([told, *row.remarks]), person))
        elif person.known:
            lines.append(LinePlan(row, Outcome.MERGED, " ".join([KNOWN, *row.remarks]), person))
        else:
            lines.append(LinePlan(row, Outcome.TAKEN, row.reason, person))
    return lines
