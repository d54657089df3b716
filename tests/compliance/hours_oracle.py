"""A second, slow reading of the hours rules, hour by hour, with its own copy of the law.

Nothing here comes from the tables under test: the windows and the holidays were typed from the rules again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

CENTRAL = "America/Chicago"
EASTERN, MOUNTAIN, PACIFIC = "America/New_York", "America/Denver", "America/Los_Angeles"

# Area codes under which people live by two clocks, typed from the maps of zones and codes again; every other code has one.
_SPLIT: dict[tuple[str, str, str], str] = {
    ("AK", "America/Anchorage", "America/Adak"): "907",
    ("AZ", "America/Phoenix", MOUNTAIN): "928",
    ("FL", EASTERN, CENTRAL): "448 850",
    ("ID", MOUNTAIN, PACIFIC): "208 986",
    ("IN", EASTERN, CENTRAL): "219 574 812 930",
    ("KS", CENTRAL, MOUNTAIN): "620 785",
    ("KY", EASTERN, CENTRAL): "270 364 606",
    ("MI", EASTERN, CENTRAL): "906",
    ("ND", CENTRAL, MOUNTAIN): "701",
    ("NE", CENTRAL, MOUNTAIN): "308",
    ("NV", PACIFIC, MOUNTAIN): "775",
    ("OR", PACIFIC, MOUNTAIN): "458 541",
    ("SD", CENTRAL, MOUNTAIN): "605",
    ("TN", EASTERN, CENTRAL): "423 729",
}
SPLIT = {
    code: {(state, one), (state, other)}
    for (state, one, other), codes in _SPLIT.items()
    for code in codes.split()
}
# One clock, and not the one of most of the state or of its neighbours.
ALONE = {
    "480": ("AZ", "America/Phoenix"), "520": ("AZ", "America/Phoenix"), "602": ("AZ", "America/Phoenix"),
    "808": ("HI", "Pacific/Honolulu"), "915": ("TX", MOUNTAIN), "432": ("TX", CENTRAL), "931": ("TN", CENTRAL),
    "865": ("TN", EASTERN), "502": ("KY", EASTERN), "317": ("IN", EASTERN), "402": ("NE", CENTRAL), "702": ("NV", PACIFIC),
}  # fmt: skip

# state: weekday, Saturday, Sunday, holiday; hours of the local clock, None: closed.
FEDERAL = ((8, 21),) * 4
LAW: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "AL": ((8, 20), (8, 20), None, None),
    "CA": ((9, 21),) * 4,
    "CT": ((9, 20),) * 4,
    "FL": ((8, 20),) * 4,
    "IL": ((9, 21),) * 4,
    "KY": ((10, 21),) * 4,
    "LA": ((8, 20), (8, 20), None, None),
    "ME": ((9, 17), None, None, None),
    "MD": ((8, 20),) * 4,
    "MA": ((8, 20),) * 4,
    "MI": ((9, 21),) * 4,
    "MN": ((9, 21),) * 4,
    "MS": ((8, 20), (8, 20), None, None),
    "NE": ((8, 21), (8, 21), (13, 21), (13, 21)),
    "NV": ((9, 20),) * 4,
    "NJ": ((8, 20),) * 4,
    "NM": ((9, 21),) * 4,
    "OK": ((8, 20),) * 4,
    "OR": ((8, 20),) * 4,
    "PA": ((9, 19), (9, 19), None, None),
    "RI": ((9, 18), (10, 17), None, None),
    "SD": ((9, 21), (9, 21), None, (9, 21)),
    "TX": ((9, 21), (9, 21), (12, 21), (9, 21)),
    "UT": ((8, 21), (8, 21), None, None),
    "WA": ((8, 20),) * 4,
    "WY": ((8, 20),) * 4,
}
FEDERAL_HOLIDAYS_2026 = {
    (1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (7, 4), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25),
}  # fmt: skip
STATE_HOLIDAYS_2026 = {
    # Independence Day of 2026 is a Saturday: all but Mississippi keep the Friday too.
    "AL": {(4, 27), (6, 1), (7, 3)},
    "LA": {(2, 17), (4, 3), (7, 3), (11, 3)},
    "ME": {(4, 20), (7, 3)},
    "MS": {(4, 27)},
    "NE": {(4, 24), (7, 3)},
    "PA": {(4, 3), (6, 14), (6, 15), (7, 3), (11, 3)},
    "RI": {(7, 3), (8, 10)},
    "UT": {(7, 3), (7, 24)},
}


@cache
def is_open(state: str, day: date, hour: int) -> bool:
    """Whether the state and the federal rule both leave this hour of the local clock open."""
    columns = [2 if day.weekday() == 6 else 1 if day.weekday() == 5 else 0]
    if (day.month, day.day) in FEDERAL_HOLIDAYS_2026 | STATE_HOLIDAYS_2026.get(state, set()):
        columns.append(3)
    for law in (FEDERAL, LAW.get(state, FEDERAL)):
        for column in columns:
            window = law[column]
            if window is None or not window[0] <= hour < window[1]:
                return False
    return True


@cache
def clock(zone: str, hour: datetime) -> datetime:
    local = hour.astimezone(ZoneInfo(zone))
    assert local.minute == 0, f"{zone} is not whole hours from UTC: ask by the minute"
    return local


def lawful(places: Iterable[tuple[str, str]], hour: datetime, day: date) -> bool:
    """Whether a text in this UTC hour reaches everybody inside the hours of local calendar day ``day``."""
    for state, zone in places:
        clocks = {zone}
        if state == "MS":
            clocks = {CENTRAL}
        if state == "TX":
            clocks.add(CENTRAL)
        for each in clocks | {zone}:
            local = clock(each, hour)
            if local.date() != day or not is_open(state, day, local.hour):
                return False
    return True


def hours_around(day: date) -> list[datetime]:
    """Every UTC hour in which it can be ``day`` somewhere from Guam to Samoa."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=14)
    return [start + timedelta(hours=n) for n in range(14 + 24 + 14)]
