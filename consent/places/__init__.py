"""Where in the United States a person may be: the places behind a phone number, a state and a ZIP.

Rule TZ-RESOLVE. Numbers are portable and several states tie their rules to the area code, so the places of
the area code are always added to those of the address, never replaced by them. A set of places travels as a
*window key*, a stable string such as ``FL/America/Chicago|FL/America/New_York``: a few hundred keys cover
millions of people. Pure functions over the tables beside this file; no database.
"""

from __future__ import annotations

from consent.places.keys import (
    UNKNOWN,
    NotUnitedStatesError,
    Place,
    is_us_number,
    places,
    unite,
    window_key,
)
from consent.places.tables import all_area_codes, all_states, area_code_places, everywhere, state_code

__all__ = [
    "UNKNOWN",
    "NotUnitedStatesError",
    "Place",
    "all_area_codes",
    "all_states",
    "area_code_places",
    "everywhere",
    "is_us_number",
    "places",
    "state_code",
    "unite",
    "window_key",
]
