"""Window keys: from a phone number and an address to the set of places a person may be in, as a string."""

from __future__ import annotations

import re
from functools import lru_cache

from consent.places.tables import (
    NON_GEOGRAPHIC,
    Place,
    Places,
    area_code_places,
    everywhere,
    is_known,
    state_code,
    state_places,
    zip_places,
)

__all__ = ["UNKNOWN", "NotUnitedStatesError", "Place", "is_us_number", "places", "unite", "window_key"]

UNKNOWN = "?"
"""The key of somebody of whom no place is known: judged as if in every one of the 50 states at once."""

_NUMBER = re.compile(r"\+1([2-9][0-9]{2})[2-9][0-9]{6}")
_ZIP = re.compile(r"([0-9]{5})(?:-?[0-9]{4})?")


class NotUnitedStatesError(ValueError):
    """The phone number is not a United States number in E.164 form, so no text may be sent to it.

    The message never repeats the number.
    """


def is_us_number(phone: str) -> bool:
    """Whether ``phone`` (E.164) has an area code of the United States or its territories, or a toll-free one.

    False for every other country, +1 ones (Canada, Jamaica) included, and for codes newer than the table.
    """
    return _us_area_code(phone) is not None


def _us_area_code(phone: str) -> str | None:
    matched = _NUMBER.fullmatch(phone)
    if matched is None:
        return None
    code = matched[1]
    return code if area_code_places(code) or code in NON_GEOGRAPHIC else None


def window_key(phone: str | None, state: str | None, zip_code: str | None) -> str:
    """The candidate places of a person, as a stable string: ``state/zone`` pairs, sorted, joined by ``|``.

    ``phone`` is E.164; ``state`` a code or name; ``zip_code`` five digits or ZIP+4. Each may be missing. The
    places of the area code are added to those of the address. Inside its own state the ZIP decides the zone;
    a state that differs from the ZIP's adds all of its zones. A state or ZIP that does not exist adds
    nothing. Without any candidate the key is ``UNKNOWN``.

    Raises ``NotUnitedStatesError`` for a number that is not of the United States: leave the phone out to get
    the key of the address alone.
    """
    if not phone:
        return _key(None, state, zip_code)
    code = _us_area_code(phone)
    if code is None:
        raise NotUnitedStatesError("This is not a United States phone number in the form +1 and ten digits.")
    return _key(code, state, zip_code)


@lru_cache(maxsize=100_000)
def _key(code: str | None, state: str | None, zip_code: str | None) -> str:
    found = area_code_places(code) if code else frozenset()
    return _written(found | _address_places(state, zip_code))


def _address_places(state: str | None, zip_code: str | None) -> Places:
    matched = _ZIP.fullmatch(zip_code.strip()) if zip_code else None
    by_zip = zip_places(matched[1]) if matched else frozenset()
    code = state_code(state) if state else None
    if code is None or any(place.state == code for place in by_zip):
        return by_zip
    return by_zip | state_places(code)


def _written(found: Places) -> str:
    return "|".join(f"{place.state}/{place.zone}" for place in sorted(found)) or UNKNOWN


def places(key: str) -> Places:
    """The places a key stands for; ``UNKNOWN`` stands for all of the 50 states and the District.

    Raises ``ValueError`` for a key that names no such place, so that a damaged row opens no window.
    """
    return everywhere() if key == UNKNOWN else _parsed(key)


@lru_cache(maxsize=10_000)
def _parsed(key: str) -> Places:
    found = frozenset(Place(*entry.split("/", 1)) for entry in key.split("|") if "/" in entry)
    if len(found) != key.count("|") + 1 or not all(map(is_known, found)):
        raise ValueError("A window key is a list of known state/zone pairs joined by '|', or '?'.")
    return found


def unite(key_a: str, key_b: str) -> str:
    """The key of one person known by two rows: the places of both.

    ``UNKNOWN`` has no candidate, so it adds nothing: ``unite(UNKNOWN, key)`` is ``key``, just as in
    ``window_key`` a ZIP that is missing leaves the places of the area code.
    """
    if UNKNOWN in (key_a, key_b):
        return key_b if key_a == UNKNOWN else key_a
    return _united(key_a, key_b)


@lru_cache(maxsize=100_000)
def _united(key_a: str, key_b: str) -> str:
    return _written(_parsed(key_a) | _parsed(key_b))
