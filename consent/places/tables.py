"""The three tables of places, read once: ``states.csv``, ``area_codes.csv`` and ``zips.csv``.

Each table says its source and the day it was reviewed in its own header. A table that contradicts itself
stops the program at import: a wrong zone means a message in somebody's night.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
STATES_FILE = HERE / "states.csv"
AREA_CODES_FILE = HERE / "area_codes.csv"
ZIPS_FILE = HERE / "zips.csv"

# Toll-free, personal communication and other codes without a place (NANPA, non-geographic codes).
NON_GEOGRAPHIC = frozenset(
    map(
        str,
        (800, 833, 844, 855, 866, 877, 888)
        + (500, 521, 522, 523, 524, 525, 526, 527, 528, 529, 532, 533, 538, 544, 566, 577, 588)
        + (700, 710, 900),
    )
)


class Place(NamedTuple):
    """A state whose law may apply, and the IANA zone of its clock there."""

    state: str
    zone: str


Places = frozenset[Place]


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a table, comments left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


def _places(state: str, zones: str) -> Places:
    if state not in _STATES:
        raise ValueError(f"The tables of places name the state {state!r}, which states.csv lacks.")
    named = zones.split()
    if not named:
        raise ValueError(f"A row of {state} in the tables of places has no zone.")
    for zone in named:
        ZoneInfo(zone)
    return frozenset(Place(state, zone) for zone in named)


def _read_area_codes() -> dict[str, Places]:
    found: dict[str, Places] = {}
    for row in read_table(AREA_CODES_FILE):
        code = row["area_code"]
        if code in found or code in NON_GEOGRAPHIC:
            raise ValueError(f"area_codes.csv has the code {code} twice, or it is not geographic.")
        found[code] = _places(row["state"], row["zones"])
    return found


def _expand(span: str) -> Iterator[str]:
    """``"320-323"`` or ``"32401-32455"`` or one of either, as single entries."""
    first, _, last = span.partition("-")
    last = last or first
    if len(first) not in (3, 5) or len(first) != len(last) or first > last:
        raise ValueError(f"zips.csv: {span!r} is neither a ZIP, a three-digit prefix nor a range of them.")
    return (str(number).zfill(len(first)) for number in range(int(first), int(last) + 1))


def _read_zips() -> dict[str, Places]:
    found: dict[str, Places] = {}
    for row in read_table(ZIPS_FILE):
        here = _places(row["state"], row["zones"])
        for span in row["zips"].split():
            for entry in _expand(span):
                found[entry] = found.get(entry, frozenset()) | here
    return found


_STATES: dict[str, dict[str, str]] = {row["state"]: row for row in read_table(STATES_FILE)}
_BY_NAME: dict[str, str] = {row["name"].upper(): code for code, row in _STATES.items()}
_STATE_PLACES: dict[str, Places] = {code: _places(code, row["zones"]) for code, row in _STATES.items()}
_AREA_CODES = _read_area_codes()
_ZIPS = _read_zips()
_EVERYWHERE: Places = frozenset().union(
    *(found for code, found in _STATE_PLACES.items() if _STATES[code]["kind"] == "state")
)

_KNOWN: Places = frozenset().union(*_STATE_PLACES.values(), *_AREA_CODES.values(), *_ZIPS.values())


def is_known(place: Place) -> bool:
    """Whether some row of the tables has this place."""
    return place in _KNOWN


def all_area_codes() -> Mapping[str, Places]:
    """Every geographic area code of the United States and its territories, with its places."""
    return dict(_AREA_CODES)


def all_states() -> tuple[str, ...]:
    """Codes of the 50 states, the District and the five territories, in order."""
    return tuple(sorted(_STATES))


def everywhere() -> Places:
    """Every place of the 50 states and the District, not the territories: what "not known" stands for."""
    return _EVERYWHERE


def area_code_places(code: str) -> Places:
    """Places of an area code; none for toll-free, personal and unknown codes."""
    return _AREA_CODES.get(code, frozenset())


def state_places(state: str) -> Places:
    """Places of a state by its two-letter code; none if there is no such state."""
    return _STATE_PLACES.get(state, frozenset())


def zip_places(five: str) -> Places:
    """Places of a five-digit ZIP: its own row, else its prefix's; none if neither is in the table."""
    return _ZIPS.get(five) or _ZIPS.get(five[:3], frozenset())


def state_code(text: str) -> str | None:
    """``"fl"``, ``" Florida "`` → ``"FL"``; None for anything that is not a state or territory."""
    wanted = " ".join(text.split()).upper()
    return wanted if wanted in _STATES else _BY_NAME.get(wanted)
