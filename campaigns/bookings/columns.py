"""Which column of a file of appointments is what, by its name. Everything else is left out and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consent.importing.columns import fold
from consent.importing.decoding import FileRefused
from consent.importing.fields import FIELDS as OF_PEOPLE
from consent.importing.left_out import REPEATED, reason_left_out


@dataclass(frozen=True)
class Field:
    """One thing that is taken: what it is called for people, and how files call it."""

    label: str
    spellings: frozenset[str]


def _field(label: str, spellings: str) -> Field:
    return Field(label, frozenset(each.strip() for each in spellings.split(",")))


FIELDS: dict[str, Field] = {
    "external_id": Field("Patient number", OF_PEOPLE["external_id"].spellings),
    "phone": Field("Phone", OF_PEOPLE["phone"].spellings),
    "email": Field("E-mail", OF_PEOPLE["email"].spellings),
    "number": _field(
        "Appointment number",
        "appointment id, appointment number, appointment no, appt id, appt number, appt no, apt id, aptnum, apt num, "
        "booking id, booking number, booking no, booking reference, confirmation number, event id, visit id",
    ),
    "booked_at": _field(
        "Booked at",
        "booked at, booked on, booked, date booked, booked date, booking date, booking made, booking created, created, "
        "created at, created on, date created, created date, creation date, scheduled on, date scheduled, made on, date made, "
        "entry date, entered, entered on, date entered, requested at",
    ),
    "booked_time": _field(
        "Hour it was booked", "booked time, booking time, created time, time booked, time created"
    ),
    "for_at": _field(
        "For when",
        "for when, for, appointment, appointment at, appointment date, appointment datetime, appointment date time, appt, "
        "appt date, appt date time, apt date time, aptdatetime, appointment start, start, start date, starts at, starts on, "
        "scheduled for, date, when, visit date, date of visit, date of appointment, date of service",
    ),
    "for_time": _field("Hour it is for", "appointment time, appt time, apt time, start time, time, hour"),
    "status": _field(
        "Status", "status, appointment status, appt status, apt status, booking status, visit status, outcome"
    ),
    "value": _field(
        "Value",
        "value, amount, price, revenue, production, fee, fees, total, charge, charges, appointment value, booking value, "
        "estimated value, net production, gross production, scheduled production, sale, sales",
    ),
    "currency": _field("Currency", "currency, currency code, curr"),
    "location": Field("Location", OF_PEOPLE["location"].spellings),
}
WHO = ("external_id", "phone", "email")
MISSING = (
    "No column says {what}. Call one of them {names}, as the first line of the file, and bring it again."
)
NEEDED = (
    ("whose appointment it is", WHO, "“Patient ID”, “Phone” or “E-mail”"),
    ("when it was booked", ("booked_at",), "“Booked at” or “Created”"),
    ("for when it was booked", ("for_at",), "“Appointment date” or “Start”"),
)


@dataclass(frozen=True)
class Columns:
    """The place of each field in a row, and what is told of every column."""

    places: dict[str, int]
    told: list[dict[str, Any]]  # name, label (empty: left out), reason

    def cell(self, cells: Sequence[str], field: str) -> str:
        """What a row says for a field; empty where the file has no such column."""
        place = self.places.get(field)
        return cells[place].strip() if place is not None else ""


def recognised(header: Sequence[str]) -> Columns:
    """The columns of a file by their names. Raises `FileRefused` when what is needed is not among them."""
    places: dict[str, int] = {}
    folded = [fold(name) for name in header]
    for key, field in FIELDS.items():
        for place, name in enumerate(folded):
            if place not in places.values() and key not in places and name in field.spellings:
                places[key] = place
    for what, keys, names in NEEDED:
        if not any(key in places for key in keys):
            raise FileRefused(MISSING.format(what=what, names=names))
    known = {place: key for key, place in places.items()}
    return Columns(places, [_told(name, folded[at], known.get(at)) for at, name in enumerate(header)])


def _told(name: str, folded: str, key: str | None) -> dict[str, Any]:
    if key is not None:
        return {"name": name, "label": FIELDS[key].label, "reason": ""}
    again = any(folded in field.spellings for field in FIELDS.values())
    return {"name": name, "label": "", "reason": REPEATED if again else reason_left_out(folded)}
