"""Which column of a file is which field of ours: a guess from names and values that a person can correct."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from typing import Any

from .fields import (
    CHOICE_OF_NAMES,
    CHOICE_OF_PHONES,
    FIELDS,
)
from .left_out import REPEATED, UNLISTED, reason_left_out
from .whereabouts import looks_like_state, looks_like_zip

NO_NAMES = (
    "The first line looks like a person, not like column names. "
    "Add a line with names on top and send the file again."
)
NO_ADDRESS_COLUMN = "No column holds a phone number or an e-mail address, so nobody could be contacted."
UNKNOWN_FIELD = "“{field}” is not something we take."
UNKNOWN_COLUMN = "This file has no column called “{column}”."
TWICE = "{field} is chosen for two columns; choose one."


class MappingRefused(ValueError):
    """A mapping that cannot be used; `sentence` says what to change."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Column:
    """One column: its place, its name in the file, the field it feeds or '', and why it is left out."""

    position: int
    name: str
    field: str
    reason: str = ""


@dataclass(frozen=True)
class Mapping:
    """The columns of a file in order; `day_first` reads 3/4/2024 as 3 April."""

    columns: tuple[Column, ...]
    day_first: bool = False

    def position_of(self, field: str) -> int | None:
        """The column that feeds `field`, from 0."""
        return next((column.position for column in self.columns if column.field == field), None)

    @property
    def dropped(self) -> list[Column]:
        """Columns that are not stored, each with its reason."""
        return [column for column in self.columns if not column.field]

    def choosing(self, choices: AnyMapping[str, str | None]) -> Mapping:
        """This mapping with a person's choices (`{column name: field or ''}`); raises `MappingRefused`."""
        known = {column.name: column for column in self.columns}
        for name, field in choices.items():
            if name not in known:
                raise MappingRefused(UNKNOWN_COLUMN.format(column=name))
            if field and field not in FIELDS:
                raise MappingRefused(UNKNOWN_FIELD.format(field=field))
        chosen = [
            _choose(column, choices[column.name]) if column.name in choices else column
            for column in self.columns
        ]
        taken = [column.field for column in chosen if column.field and column.name in choices]
        for field in taken:
            if taken.count(field) > 1:
                raise MappingRefused(TWICE.format(field=FIELDS[field].label))
        # A field that a person gave to one column is no longer guessed for another.
        columns = tuple(
            replace(column, field="", reason=REPEATED)
            if column.field in taken and column.name not in choices
            else column
            for column in chosen
        )
        return replace(self, columns=columns)

    def check(self) -> None:
        """Raise `MappingRefused` unless somebody could be reached with what is mapped."""
        if self.position_of("phone") is None and self.position_of("email") is None:
            raise MappingRefused(NO_ADDRESS_COLUMN)

    def stored(self) -> dict[str, Any]:
        """As kept with the import: lists by column number."""
        return {
            "names": [column.name for column in self.columns],
            "fields": [column.field for column in self.columns],
            "reasons": [column.reason for column in self.columns],
            "day_first": self.day_first,
        }

    @classmethod
    def from_stored(cls, stored: AnyMapping[str, Any]) -> Mapping:
        """What `stored` kept."""
        columns = zip(stored["names"], stored["fields"], stored["reasons"], strict=True)
        return cls(tuple(Column(at, *column) for at, column in enumerate(columns)), stored["day_first"])


def guess(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping:
    """Map by names, then by what the sample rows hold; raises `MappingRefused` for a file without names."""
    if _is_a_person(header):
        raise MappingRefused(NO_NAMES)
    folded = [fold(name) for name in header]
    fields = _by_name(folded)
    samples = [
        [row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(len(header))
    ]
    _by_values(fields, folded, samples)
    taken = {field for field in fields if field}
    columns = tuple(
        Column(at, name, fields[at], "" if fields[at] else _why_not(folded[at], taken))
        for at, name in enumerate(header)
    )
    dates = [at for at in range(len(header)) if fields[at] in ("last_visit", "birth_date", "consent_until")]
    return Mapping(columns, day_first=is_day_first(value for at in dates for value in samples[at]))


def from_json(header: Sequence[str], rows: Sequence[Sequence[str]], stored: AnyMapping[str, Any]) -> Mapping:
    """A mapping from JSON: `{"columns": {...}, "day_first": ...}` or simply `{column: field}`.

    Columns it does not name are left out, not guessed. Raises `MappingRefused`.
    """
    named = stored.get("columns", stored)
    if not isinstance(named, dict) or any(not isinstance(value, str | None) for value in named.values()):
        raise MappingRefused("A mapping is a JSON object of column names and field names.")
    guessed = guess(header, rows)
    mapping = guessed.choosing(dict.fromkeys(header, "") | named)
    return replace(mapping, day_first=bool(stored.get("day_first", guessed.day_first)))


def fold(name: str) -> str:
    """A header as plain lower-case words: `PatientName`, `patient_name` and `Patient-Name` alike."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())


def _by_name(folded: list[str]) -> list[str]:
    fields = [""] * len(folded)
    for field in FIELDS.values():
        # "Phone (2)" is a repeat that `reading` numbered: the first of two equal names is the one.
        fitting = [
            at
            for at, name in enumerate(folded)
            if not fields[at] and (name in field.spellings or name.replace(" ", "") in field.spellings)
        ]
        if not fitting:
            continue
        preferred = {"phone": CHOICE_OF_PHONES, "first_name": CHOICE_OF_NAMES}.get(field.key)
        best = [at for at in fitting if preferred and preferred.search(folded[at])] or fitting
        fields[best[0]] = field.key
    if "first_name" in fields and "full_name" in fields:
        fields[fields.index("full_name")] = ""
    return fields


def _by_values(fields: list[str], folded: list[str], samples: list[list[str]]) -> None:
    """Find phone and e-mail in columns whose names say nothing, by what nearly all their cells look like."""
    for key, looks in (("email", _EMAIL_SHAPE), ("phone", _PHONE_SHAPE)):
        if key in fields:
            continue
        for at, values in enumerate(samples):
            if (
                fields[at]
                or not values
                or reason_left_out(folded[at]) != UNLISTED
                or "fax" in folded[at].split()
            ):
                continue
            if sum(looks.fullmatch(value) is not None for value in values) >= 0.8 * len(values):
                fields[at] = key
                break
    for key, checks in (("state", looks_like_state), ("zip", looks_like_zip)):
        # Values also unmask a name: a "State" full of words such as "active" is no state.
        if key in fields:
            at = fields.index(key)
            values = samples[at]
            if values and sum(map(checks, values)) < 0.5 * len(values):
                fields[at] = ""


_EMAIL_SHAPE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE_SHAPE = re.compile(
    r"\+?1?[\s.\-(]*[2-9][0-9]{2}[\s.\-)/\u2010-\u2015]*[2-9][0-9]{2}[\s.\-\u2010-\u2015]*[0-9]{4}"
)

_DATE_SHAPE = re.compile(r"[0-9]{1,4}[/\-][0-9]{1,2}[/\-][0-9]{1,4}")


def _is_a_person(header: Sequence[str]) -> bool:
    return any(
        _EMAIL_SHAPE.fullmatch(cell.strip())
        or _PHONE_SHAPE.fullmatch(cell.strip())
        or _DATE_SHAPE.fullmatch(cell.strip())
        for cell in header
    )


def _why_not(folded: str, taken: Iterable[str]) -> str:
    for key in taken:
        spellings = FIELDS[key].spellings
        bare = re.sub(r" [0-9]+$", "", folded)
        if (
            folded in spellings
            or bare in spellings
            or (key == "first_name" and folded in FIELDS["full_name"].spellings)
        ):
            return REPEATED
        if key == "phone" and re.search(r"\b(phone|tel|telephone|fax|ph)\b", folded):
            return REPEATED
    return reason_left_out(folded)


def _choose(column: Column, field: str | None) -> Column:
    if field:
        return replace(column, field=field, reason="")
    return replace(column, field="", reason=column.reason or "Left out by choice.")


_SLASHED = re.compile(r"\s*([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-][0-9]{2,4}\b.*")


def is_day_first(values: Iterable[str]) -> bool:
    """Whether these dates only make sense day first: some first number is over 12, no second one is."""
    firsts = seconds = False
    for value in values:
        found = _SLASHED.fullmatch(value)
        if found:
            firsts |= int(found[1]) > 12
            seconds |= int(found[2]) > 12
    return firsts and not seconds
