"""Which columns of an opt-out list hold numbers, addresses, the day and where it was said. Whatever else stands there is not kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from consent.importing.cells import read_email, read_phone
from consent.importing.dates import DateRefused, past_date
from consent.importing.decoding import FileRefused
from consent.importing.reading import Row, Table

PHONE, EMAIL, DAY, SOURCE = "phone", "email", "day", "source"
KINDS = {PHONE: "Phone number", EMAIL: "E-mail address", DAY: "Day they said no", SOURCE: "How they said it"}
NOBODY = (
    "No column of this file holds phone numbers or e-mail addresses. Bring a CSV file with one person a line."
)
NO_ADDRESS = "No phone number and no e-mail address that can be used."
SAMPLE = 200  # rows by which columns are known
MOST = 0.6  # of the cells filled
# A column of that name needs one that can be read; any other, most of them.
_MAIL = re.compile(r"e-?mail|correo", re.IGNORECASE)
_NUMBER = re.compile(r"phone|mobile|cell|number|msisdn|sms|tel[eé]fono|celular", re.IGNORECASE)
_DAY = re.compile(r"date|time|when|day\b|\bat$|opted|fecha", re.IGNORECASE)
_SOURCE = re.compile(r"source|reason|keyword|note|method|how\b|via\b", re.IGNORECASE)


def headerless(table: Table) -> bool:
    """Whether the first line is somebody, not the names of columns."""
    return any(_phone(cell) or _email(cell) for cell in table.header)


def all_rows(table: Table) -> Any:
    """Every row, the first line too where it is somebody."""
    if headerless(table):
        yield 1, table.header, ""
    yield from table.rows()


def guess(table: Table, today: date) -> dict[str, str]:
    """What each column holds, by its number as text. Raises FileRefused when nobody could be found by it."""
    first: list[Row] = [(1, table.header, "")] if headerless(table) else []
    rows = [cells for _, cells, refused in [*first, *table.sample(SAMPLE)] if not refused]
    names = [""] * len(table.header) if first else table.header
    found: dict[str, str] = {}
    for at, name in enumerate(names):
        filled = [cells[at] for cells in rows if at < len(cells) and cells[at].strip()]
        if _mostly(filled, _email) or (_MAIL.search(name) and any(map(_email, filled))):
            found[str(at)] = EMAIL
        elif _mostly(filled, _phone) or (_NUMBER.search(name) and any(map(_phone, filled))):
            found[str(at)] = PHONE
        elif (
            DAY not in found.values()
            and _DAY.search(name)
            and _mostly(filled, lambda cell: _day(cell, today))
        ):
            found[str(at)] = DAY
        elif SOURCE not in found.values() and _SOURCE.search(name):
            found[str(at)] = SOURCE
    check(found)
    return found


def chosen(given: dict[str, str], width: int) -> dict[str, str]:
    """What a person chose for each column. Raises FileRefused."""
    found = {at: kind for at, kind in given.items() if at.isdecimal() and int(at) < width and kind in KINDS}
    check(found)
    for once in (DAY, SOURCE):
        if list(found.values()).count(once) > 1:
            raise FileRefused(f"Choose one column as “{KINDS[once]}”.")
    return found


def check(found: dict[str, str]) -> None:
    """Raises FileRefused when no column holds an address."""
    if not {PHONE, EMAIL} & set(found.values()):
        raise FileRefused(NOBODY)


class Reader:
    """Reads rows by the columns that were chosen; days are held against `today`."""

    def __init__(self, mapping: dict[str, str], today: date) -> None:
        self._today = today
        self._addresses = [(int(at), kind) for at, kind in mapping.items() if kind in (PHONE, EMAIL)]
        self._day, self._source = (
            next((int(at) for at, kind in mapping.items() if kind == wanted), None)
            for wanted in (DAY, SOURCE)
        )

    def addresses(self, cells: Sequence[str]) -> tuple[set[tuple[str, str]], str]:
        """Channel and canonical address of everything on the line, and what was wrong with the rest."""
        found, wrong = set(), []
        for at, kind in self._addresses:
            if at >= len(cells) or not cells[at].strip():
                continue
            value, remark = read_phone(cells[at]) if kind == PHONE else read_email(cells[at])
            if value:
                found.add(("sms" if kind == PHONE else "email", value))
            elif remark:
                wrong.append(remark)
        return found, " ".join(dict.fromkeys(wrong))

    def note(self, cells: Sequence[str]) -> tuple[str, str]:
        """What is kept of when and how it was said, and what could not be read of it."""
        told, remark = [], ""
        if self._day is not None and self._day < len(cells) and cells[self._day].strip():
            if day := _day(cells[self._day], self._today):
                told.append(f"Said no on {day.isoformat()}.")
            else:
                remark = "The day could not be read; the opt-out holds all the same."
        if self._source is not None and self._source < len(cells):
            said = " ".join(cells[self._source].split())[:120]
            told += [f"Given as: {said}"] if said else []
        return " ".join(told), remark


def _mostly(cells: list[str], reads: Callable[[str], Any]) -> bool:
    return bool(cells) and sum(bool(reads(cell)) for cell in cells) >= MOST * len(cells)


def _phone(cell: str) -> str:
    return read_phone(cell)[0] if sum(each.isdigit() for each in cell) >= 10 else ""


def _email(cell: str) -> str:
    return read_email(cell)[0] if "@" in cell else ""


def _day(cell: str, today: date) -> date | None:
    try:
        return past_date(cell, today)
    except DateRefused:
        return None
