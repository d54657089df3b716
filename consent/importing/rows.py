"""One mapped row as what we will keep of a person, and why when we keep nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from .answers import ANSWER_UNCLEAR, YES_UNSPECIFIC, Answer, read_answer, read_deceased, read_stop
from .cells import read_email, read_name, read_phone, split_name
from .columns import Mapping
from .dates import DateRefused, adult_from, last_day, past_date
from .fields import FIELDS
from .segments import neutral_segment
from .whereabouts import read_language, read_state, read_zip

MAX_EXTERNAL_ID = 80  # characters

NOBODY = "No phone number and no e-mail address that can be used."
SEGMENT_CHANGED = "Recall type: it told something about health, so a neutral one is stored instead."
EXTERNAL_ID_TOO_LONG = "Patient number: too long, so left out."
_NO_DATE = frozenset(
    {"", "n/a", "na", "none", "null", "nan", "-", "never", "unknown", "0", "00/00/0000", "0000-00-00"}
)


@dataclass(slots=True)
class ReadContact:
    """A row after cleaning. Empty strings and None mean that the file does not say."""

    line: int
    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    state: str = ""
    zip: str = ""
    last_visit: date | None = None
    adult_from: date | None = None
    segment: str = ""
    sms_answer: Answer = Answer.UNKNOWN
    email_answer: Answer = Answer.UNKNOWN
    consent_until: date | None = None
    language: str = ""
    guardian_external_id: str = ""
    location: str = ""
    deceased: bool = False
    refused: str = ""
    remarks: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """Everything the report says about this row, in one cell."""
        return " ".join([self.refused, *self.remarks] if self.refused else self.remarks)


class RowReader:
    """Reads rows by one mapping; last visits and birthdays are held against `today` (the database's)."""

    def __init__(self, mapping: Mapping, today: date) -> None:
        self._today = today
        self._day_first = mapping.day_first
        self._at = {key: mapping.position_of(key) for key in FIELDS}
        self._columns = {key: mapping.columns[at].name for key, at in self._at.items() if at is not None}
        at = self._at
        self._first, self._last, self._full = at["first_name"], at["last_name"], at["full_name"]
        self._phone, self._email, self._id = at["phone"], at["email"], at["external_id"]
        self._answers = [
            (key, read, at[key])
            for key, read in (
                ("sms_consent", read_answer),
                ("email_consent", read_answer),
                ("sms_stop", read_stop),
                ("email_stop", read_stop),
                ("contact_consent", read_answer),
                ("contact_stop", read_stop),
            )
            if at[key] is not None
        ]
        self._until = at["consent_until"]
        self._rare = [
            key for key in ("language", "guardian_external_id", "location", "deceased") if at[key] is not None
        ]

    def read(self, line: int, cells: Sequence[str], refused: str = "") -> ReadContact:
        """The person on this line; `refused` is what `reading` already said against it."""
        person = ReadContact(line)
        if refused:
            person.refused = refused
            return person
        remarks = person.remarks
        if self._id is not None:
            person.external_id, remark = read_name(cells[self._id], MAX_EXTERNAL_ID)
            if remark:
                person.external_id = ""
                remarks.append(EXTERNAL_ID_TOO_LONG)
        if self._phone is not None:
            person.phone, remark = read_phone(cells[self._phone])
            if remark:
                remarks.append(remark)
        if self._email is not None:
            person.email, remark = read_email(cells[self._email])
            if remark:
                remarks.append(remark)
        if not person.phone and not person.email:
            person.refused = NOBODY
            return person
        self._names(person, cells)
        self._place(person, cells)
        self._dates(person, cells)
        self._segment(person, cells)
        for key, reader, at in self._answers:
            answer, clear = reader(cells[at])  # type: ignore[index]
            if answer is not Answer.UNKNOWN:
                self._take(person, key, answer)
            elif not clear:
                remarks.append(ANSWER_UNCLEAR.format(column=FIELDS[key].label))
        if self._until is not None and (cell := cells[self._until]):
            self._end(person, cell)
        if self._rare:
            self._others(person, cells)
        return person

    def _names(self, person: ReadContact, cells: Sequence[str]) -> None:
        remark = more = ""
        if self._first is not None:
            person.first_name, remark = read_name(cells[self._first])
        if self._last is not None:
            person.last_name, more = read_name(cells[self._last])
        elif self._full is not None and not person.first_name:
            full, remark = read_name(cells[self._full])
            person.first_name, person.last_name = split_name(full)
        if remark or more:
            person.remarks.append(remark or more)

    def _place(self, person: ReadContact, cells: Sequence[str]) -> None:
        at = self._at["state"]
        if at is not None:
            person.state, remark = read_state(cells[at])
            if remark:
                person.remarks.append(remark)
        at = self._at["zip"]
        if at is not None:
            person.zip, remark = read_zip(cells[at])
            if remark:
                person.remarks.append(remark)

    def _dates(self, person: ReadContact, cells: Sequence[str]) -> None:
        at = self._at["last_visit"]
        if at is not None and (cell := cells[at]):
            person.last_visit = self._date(person, "Last visit", cell)
        at = self._at["birth_date"]
        if at is not None and (cell := cells[at]):
            born = self._date(person, "Date of birth", cell)
            person.adult_from = adult_from(born) if born else None

    def _date(self, person: ReadContact, label: str, cell: str) -> date | None:
        try:
            return past_date(cell, self._today, self._day_first)
        except DateRefused as refused:
            if cell.strip().casefold() in _NO_DATE:
                return None
            person.remarks.append(f"{label}: {refused.why}, so left out.")
            return None

    def _end(self, person: ReadContact, cell: str) -> None:
        """The last day of their yes; where it cannot be read or is over, the yes is not taken: it would never end."""
        try:
            person.consent_until = last_day(cell, self._today, self._day_first)
        except DateRefused as refused:
            if cell.strip().casefold() in _NO_DATE:
                return
            person.remarks.append(f"Last day of the consent: {refused.why}, so no yes is taken.")
            if person.sms_answer is Answer.YES:
                person.sms_answer = Answer.UNKNOWN
            if person.email_answer is Answer.YES:
                person.email_answer = Answer.UNKNOWN

    def _segment(self, person: ReadContact, cells: Sequence[str]) -> None:
        at = self._at["segment"]
        if at is not None and (cell := cells[at]):
            person.segment, changed = neutral_segment(cell)
            if changed:
                person.remarks.append(SEGMENT_CHANGED)

    def _take(self, person: ReadContact, key: str, answer: Answer) -> None:
        """One answer into the channels it speaks of; a no stays whatever other columns say."""
        if key == "contact_consent" and answer is Answer.YES:
            person.remarks.append(YES_UNSPECIFIC)
            return
        if not key.startswith("email") and person.sms_answer is not Answer.NO:
            person.sms_answer = answer
        if not key.startswith("sms") and person.email_answer is not Answer.NO:
            person.email_answer = answer

    def _others(self, person: ReadContact, cells: Sequence[str]) -> None:
        remarks = person.remarks
        for key in self._rare:
            cell = cells[self._at[key]]  # type: ignore[index]
            if not cell:
                continue
            if key == "deceased":
                person.deceased, remark = read_deceased(cell)
            elif key == "language":
                person.language, remark = read_language(cell)
            else:
                value, remark = read_name(cell)
                setattr(person, key, value)
            if remark:
                remarks.append(remark)
