"""From rows to people: which rows of a file, and which contacts we know, are the same person.

The rule, once. The same patient number is the same person. So is the same last name with the same phone and
the same e-mail, whatever the numbers. So is the same name (by its hashed words, so in any case or order) at one
shared address, unless patient numbers or other addresses contradict. Everybody else at one address is a
household: two people. A row that names a guardian is a child and joins nobody of another first name.

When rows meet, the latest visit wins (of equal ones, the row with the person's own patient number, else what
was there first), a blank never erases, any no stays a no, of last days of a consent the earliest
counts, and the places a person may be in are united. So the
same list always comes to the same, in chunks of any size and however often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from consent.places import NotUnitedStatesError, unite, window_key
from tenants.hashing import word_hashes, words_of
from tenants.models import Channel

from .answers import Answer
from .rows import ReadContact

LONG_AGO = date.min
NAMES_REMEMBERED = 50_000  # names whose hashed words are kept at hand during one import
MOST_AT_AN_ADDRESS = 200  # people looked at when an address is shared; more is a placeholder, not a household
_SMS, _EMAIL = Channel.SMS.value, Channel.EMAIL.value
Points = dict[str, str]
"""Channel: canonical address."""


@dataclass(slots=True, eq=False)
class Person:
    """One person of a chunk: what their rows say together."""

    lines: list[ReadContact]
    words: tuple[int, ...]  # hashed words of the name, sorted
    last_words: frozenset[int]
    is_child: bool
    external_id: str
    first_name: str
    last_name: str
    state: str
    segment: str
    language: str
    location: str
    window_key: str
    last_visit: date | None
    adult_from: date | None
    deceased: bool
    points: Points
    no: frozenset[tuple[str, str]] = frozenset()  # (channel, address) that said no
    yes: frozenset[tuple[str, str]] = frozenset()
    until: date | None = None  # the last day of each yes, if it ends
    sealed: tuple[str, str] | None = None  # first and last name encrypted
    contact_id: int = 0
    known: bool = False

    def absorb(self, other: Person) -> None:
        """Add what a later row, or a group of them, says of the same person."""
        newer = other.outranks(self)
        if other.words and (newer or not self.words):
            self.words, self.first_name, self.last_name = other.words, other.first_name, other.last_name
            self.last_words = other.last_words
            self.sealed = other.sealed
        for name in ("state", "segment", "language", "location"):
            value = getattr(other, name)
            if value and (newer or not getattr(self, name)):
                setattr(self, name, value)
        for channel, address in other.points.items():
            if newer or channel not in self.points:
                self.points[channel] = address
        if other.adult_from and (newer or not self.adult_from):
            self.adult_from = other.adult_from
        self.external_id = self.external_id or other.external_id
        self.last_visit = max(filter(None, (self.last_visit, other.last_visit)), default=None)
        self.deceased = self.deceased or other.deceased
        self.window_key = unite(self.window_key, other.window_key)
        self.no |= other.no
        self.yes |= other.yes
        self.until = min(filter(None, (self.until, other.until)), default=None)
        self.lines += other.lines

    def outranks(self, known: Person) -> bool:
        """Whether this, a later row or group, decides where it and what is known differ."""
        mine, theirs = self.last_visit or LONG_AGO, known.last_visit or LONG_AGO
        return mine > theirs or (
            mine == theirs and bool(self.external_id) and self.external_id == known.external_id
        )

    def is_same(self, new: Person) -> bool:
        """Whether `new`, who shares an address, is this person."""
        both = len(new.points) == 2 and new.points == self.points
        if any(self.points.get(channel, address) != address for channel, address in new.points.items()):
            return False
        numbers_agree = not self.external_id or not new.external_id or self.external_id == new.external_id
        return same_name(new, self.words, self.is_child, both=both, numbers_agree=numbers_agree)


def same_name(
    new: Person, words: tuple[int, ...], is_child: bool, *, both: bool, numbers_agree: bool
) -> bool:
    """The rule about names; `both` addresses shared lets the first name and the patient number differ."""
    if new.words == words:
        return both or numbers_agree
    return both and bool(new.last_words) and new.last_words.issubset(words) and not (is_child or new.is_child)


class Words:
    """The hashed words of names: lists repeat names, so an import hashes each once, and many in one go."""

    def __init__(self, client_id: int) -> None:
        self._client_id = client_id
        self._known: dict[str, frozenset[int]] = {}

    def of_all(self, names: Collection[str]) -> dict[str, frozenset[int]]:
        """The words of these names (at least), as the contact search knows them."""
        if len(self._known) > NAMES_REMEMBERED:
            self._known = {}
        new = {name: words_of(name) for name in set(names).difference(self._known)}
        distinct = list({word for words in new.values() for word in words})
        hashes = dict(zip(distinct, word_hashes(self._client_id, distinct), strict=True))
        self._known |= {name: frozenset([hashes[word] for word in words]) for name, words in new.items()}
        return self._known


class Gathering:
    """The people of one chunk, found row by row."""

    def __init__(self, words: Words) -> None:
        self._words, self._of_name = words, dict[str, frozenset[int]]()
        self._by_number: dict[str, Person] = {}
        self._at: dict[tuple[str, str], list[Person]] = {}
        self.people: list[Person] = []

    def add(self, rows: Iterable[ReadContact]) -> None:
        """Take in the rows that have an address."""
        rows = list(rows)
        self._of_name = self._words.of_all([name for row in rows for name in (row.first_name, row.last_name)])
        for row in rows:
            found = self._person(row)
            same = self._same(found)
            if same is None:
                self.people.append(found)
            else:
                same.absorb(found)
            self._remember(same or found, found)

    def _same(self, new: Person) -> Person | None:
        if new.external_id and (same := self._by_number.get(new.external_id)):
            return same
        for spot in new.points.items():
            for each in self._at.get(spot, ()):
                if each.is_same(new):
                    return each
        return None

    def _remember(self, person: Person, seen: Person) -> None:
        if seen.external_id:
            self._by_number[seen.external_id] = person
        for spot in seen.points.items():
            at = self._at.setdefault(spot, [])
            if len(at) < MOST_AT_AN_ADDRESS and person not in at:
                at.append(person)

    def _person(self, row: ReadContact) -> Person:
        last_words = self._of_name[row.last_name]
        words = self._of_name[row.first_name] | last_words
        is_child = bool(row.guardian_external_id) and row.guardian_external_id != row.external_id
        points: Points = {}
        no: list[tuple[str, str]] = []
        yes: list[tuple[str, str]] = []
        for channel, address, answer in (
            (_SMS, row.phone, row.sms_answer),
            (_EMAIL, row.email, row.email_answer),
        ):
            if address:
                points[channel] = address
                if answer is Answer.NO:
                    no.append((channel, address))
                elif answer is Answer.YES:
                    yes.append((channel, address))
        return Person(
            [row], tuple(sorted(words)), last_words, is_child, row.external_id, row.first_name, row.last_name,
            row.state, row.segment, row.language, row.location, _places(row), row.last_visit, row.adult_from,
            row.deceased, points, frozenset(no), frozenset(yes), row.consent_until,
        )  # fmt: skip


def _places(row: ReadContact) -> str:
    try:
        return window_key(row.phone, row.state, row.zip)
    except NotUnitedStatesError:  # an area code newer than our table
        return window_key(None, row.state, row.zip)
