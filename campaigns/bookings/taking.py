"""Appointments into the database, whoever told of them: whose they are, whether they are known, what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Coalesce

from campaigns.bookings.reading import Line
from campaigns.models import Booking, BookingFile, BookingLine, Launch
from consent.importing.planning import MOVED
from consent.models import Address, Contact, ContactPoint
from tenants.clock import db_now
from tenants.hashing import lock_key
from tenants.models import Channel, Client

Outcome = BookingLine.Outcome
A_DAY = timedelta(days=1)
UNKNOWN = "Nobody of this client has this patient number, phone or e-mail."
SEVERAL = "Phone and e-mail do not say which one of several people it is. Add the patient number."
BEFORE = "It was booked before this client's first campaign was launched and is over, so no campaign needs it and it is not kept."
TWICE = "Line {line} tells of the same appointment; that one counts."
TOLD = (
    "booked_at",
    "day_only",
    "for_at",
    "for_day_only",
    "location_id",
    "cents",
    "status",
    "number",
    "contact_id",
)


@dataclass(frozen=True)
class Told:
    """What became of one line."""

    line: Line
    outcome: str
    reason: str = ""
    booking: int | None = None
    contact: int | None = None

    @property
    def says(self) -> str:
        return " ".join([*([self.reason] if self.reason else []), *self.line.remarks])[:400]


@dataclass
class _Known:
    """The client's bookings in force that these lines may tell of, by what they are known by."""

    by_number: dict[str, Booking] = field(default_factory=dict)
    by_time: dict[tuple[int, datetime | None], list[Booking]] = field(default_factory=dict)

    @classmethod
    def of(cls, numbers: Iterable[str], contacts: Iterable[int]) -> _Known:
        made = cls()
        there = Booking.objects.filter(ended_at=None, by_word=False)
        rows = chain(
            there.filter(number__in=list(numbers)), there.filter(contact__in=list(contacts)).order_by("pk")
        )
        for row in {row.pk: row for row in rows}.values():
            made.add(row)
        return made

    def add(self, row: Booking) -> None:
        if row.number:
            self.by_number[row.number] = row
        self.by_time.setdefault((row.contact_id, row.for_at), []).append(row)

    def drop(self, row: Booking) -> None:
        self.by_number.pop(row.number, None)
        self.by_time[row.contact_id, row.for_at].remove(row)

    def find(self, number: str, contact_id: int, for_at: datetime | None) -> Booking | None:
        """By its number; else by person and time, unless both have numbers and they differ."""
        if number and (found := self.by_number.get(number)):
            return found
        same = self.by_time.get((contact_id, for_at), [])
        return next((row for row in same if not row.number or not number), None)


Seen = dict[tuple[Any, ...], int]  # the line that told of an appointment, by what it is known by


def take(
    client: Client, lines: Sequence[Line], file: BookingFile | None = None, seen: Seen | None = None
) -> list[Told]:
    """Take these appointments in, inside `acting_for(client)` and the caller's transaction; an answer for each, in order.

    A fixed number of queries. Files and requests of one client wait for each other. `seen`: of the lines before these.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("bookings of client", client.pk)])
    at = db_now()
    whose = _Whose.of([line for line in lines if not line.refused])
    launched = Launch.objects.filter(client=client).aggregate(first=Min("at"))["first"]
    found = {line.line: whose.of_line(line) for line in lines if not line.refused}
    contacts = {each for each in found.values() if isinstance(each, int)}
    known = _Known.of({line.number for line in lines if line.number}, contacts)
    writing = _Writing(client, file, known, at, {} if seen is None else seen)
    told: list[Told] = []
    for line in lines:
        contact = found.get(line.line, UNKNOWN)
        if line.refused or isinstance(contact, str):
            told.append(Told(line, Outcome.REFUSED, line.refused or str(contact)))
        elif _nobody_needs(line, launched, at):
            told.append(Told(line, Outcome.REFUSED, BEFORE, contact=contact))
        else:
            told.append(writing.told(line, contact))
    ids = writing.written()
    return [_with_id(each, ids) for each in told]


def _nobody_needs(line: Line, launched: datetime | None, at: datetime) -> bool:
    """Neither does a launch come before it, nor does it lie ahead: then no campaign asks about it."""
    assert line.booked_at is not None and line.for_at is not None  # noqa: S101, PT018 - `wrong_with` has seen to it
    latest = line.booked_at + A_DAY if line.day_only else line.booked_at
    over = line.for_at + A_DAY if line.for_day_only else line.for_at
    return over <= at and (launched is None or latest <= launched)


@dataclass
class _Whose:
    """Whom patient numbers and addresses mean."""

    by_number: dict[str, int]
    by_address: dict[tuple[str, str], dict[int, str]]  # with each person's own patient number
    ids: dict[int, int]  # a record that was joined into another means that one

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Whose:
        numbers = {line.external_id for line in lines if line.external_id}
        rows = Contact.objects.filter(external_id__in=numbers)
        by_address: dict[tuple[str, str], dict[int, str]] = {}
        for channel, values in (
            (Channel.SMS.value, {line.phone for line in lines if line.phone}),
            (Channel.EMAIL.value, {line.email for line in lines if line.email}),
        ):
            by_address |= {(channel, value): people for value, people in _people_of(channel, values).items()}
        ids = {line.contact_id for line in lines if line.contact_id}
        there = dict(Contact.objects.filter(pk__in=ids).values_list("pk", Coalesce("merged_into", "pk")))
        of_number = rows.values_list("external_id", Coalesce("merged_into", "pk"))
        return cls(dict(of_number), by_address, there)

    def of_line(self, line: Line) -> int | str:
        """The person, or why nobody is meant. The patient number decides; else phone and e-mail together."""
        if line.contact_id:
            return self.ids.get(line.contact_id, UNKNOWN)
        if line.external_id in self.by_number:
            return self.by_number[line.external_id]
        sets = [
            people
            for spot in ((Channel.SMS.value, line.phone), (Channel.EMAIL.value, line.email))
            if (people := self._who_may_be(line.external_id, spot))
        ]
        if not sets:
            return UNKNOWN
        both = set.intersection(*sets)
        return min(both) if len(both) == 1 else SEVERAL

    def _who_may_be(self, number: str, spot: tuple[str, str]) -> set[int]:
        """Who has the address; not somebody else of the family, whose patient number is another."""
        return {pk for pk, theirs in self.by_address.get(spot, {}).items() if not (number and theirs)}


def _people_of(channel: str, values: set[str]) -> dict[str, dict[int, str]]:
    """Who has each address now; of one nobody has any more, who had it, unless somebody said that it is theirs no more.

    With their patient numbers.
    """
    addresses = {pk: value for value, pk in Address.objects.find(channel, values).items()} if values else {}
    now: defaultdict[str, dict[int, str]] = defaultdict(dict)
    once: defaultdict[str, dict[int, str]] = defaultdict(dict)
    points = ContactPoint.objects.filter(address__in=list(addresses), contact__merged_into=None)
    points = points.exclude(ended_at__isnull=False, end_reason=MOVED)
    for address, contact, number, ended_at in points.values_list(
        "address", "contact", "contact__external_id", "ended_at"
    ):
        (now if ended_at is None else once)[addresses[address]][contact] = number
    return dict(once) | dict(now)


@dataclass
class _Writing:
    """What is to be written, decided line by line, done in two statements."""

    client: Client
    file: BookingFile | None
    known: _Known
    at: datetime
    seen: Seen
    made: dict[int, Booking] = field(default_factory=dict)  # by line
    ended: list[int] = field(default_factory=list)

    def told(self, line: Line, contact: int) -> Told:
        there = self.known.find(line.number, contact, line.for_at)
        if there is not None and (first := self.seen.get(_key(there))) is not None:
            return Told(line, Outcome.REFUSED, TWICE.format(line=first), contact=contact)
        assert line.booked_at is not None  # noqa: S101 - as above
        new = Booking(
            client=self.client, contact_id=contact, number=line.number or (there.number if there else ""),
            booked_at=line.booked_at, day_only=line.day_only, for_at=line.for_at,
            for_day_only=line.for_day_only, location_id=line.location_id, cents=line.cents, status=line.status,
            file=self.file, since=self.at,
        )  # fmt: skip
        if there is not None and all(getattr(there, name) == getattr(new, name) for name in TOLD):
            self.seen[_key(there)] = line.line
            return Told(line, Outcome.KNOWN, booking=there.pk, contact=contact)
        if there is not None:
            self.ended.append(there.pk)
            self.known.drop(there)
        self.known.add(new)
        self.made[line.line] = new
        self.seen[_key(new)] = line.line
        return Told(line, Outcome.CHANGED if there else Outcome.TAKEN, contact=contact)

    def written(self) -> dict[int, int]:
        """Do it; the id of the booking each line made."""
        Booking.objects.filter(pk__in=self.ended, ended_at=None).update(ended_at=self.at)
        Booking.objects.bulk_create(self.made.values())
        return {line: booking.pk for line, booking in self.made.items()}


def _key(booking: Booking) -> tuple[Any, ...]:
    return (booking.number,) if booking.number else (booking.contact_id, booking.for_at)


def _with_id(told: Told, ids: dict[int, int]) -> Told:
    made = ids.get(told.line.line)
    return Told(told.line, told.outcome, told.reason, made, told.contact) if made else told
