"""The hours of each state's law, dated, from ``state_hours.csv``; and the version of all tables together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from compliance.hours.holidays import HOLIDAYS_FILE, holidays
from compliance.hours.window import Hours
from consent.places.tables import AREA_CODES_FILE, STATES_FILE, ZIPS_FILE, all_states, read_table

STATE_HOURS_FILE = Path(__file__).parent / "state_hours.csv"
FEDERAL = "US"
REVIEW_EVERY = timedelta(days=180)

_SATURDAY, _SUNDAY = 5, 6
_KEPT = frozenset({"sat-fri", "sun-mon"})


@dataclass(frozen=True, slots=True)
class StateLaw:
    """One row: what a state (or ``US``) allowed from ``effective_from`` until before ``effective_until``."""

    state: str
    weekday: Hours | None
    saturday: Hours | None
    sunday: Hours | None
    holiday: Hours | None
    clocks: tuple[str, ...]
    """Zones in which the hours are read; ``own`` is the zone where the person may be. All must be open."""
    max_per_24h: int | None
    """Texts to one person on one subject in any 24 hours; None where the law sets no number."""
    texts: str
    confidence: str
    source: str
    reviewed_at: date
    observed: frozenset[str]
    effective_from: date | None
    effective_until: date | None

    def in_force(self, day: date) -> bool:
        """Whether this row holds on ``day``."""
        started = self.effective_from is None or self.effective_from <= day
        return started and (self.effective_until is None or day < self.effective_until)

    def holiday_name(self, day: date) -> str | None:
        """The holiday that ``day`` is in this state, or None."""
        return holidays(self.state, day.year, self.observed).get(day)

    def of_the_week(self, day: date) -> Hours | None:
        """Hours of that day of the week, holidays aside."""
        return {_SATURDAY: self.saturday, _SUNDAY: self.sunday}.get(day.weekday(), self.weekday)

    def hours(self, day: date) -> Hours | None:
        """Local hours of ``day``: its weekday's, narrowed to a holiday's if it is one; None when closed."""
        usual = self.of_the_week(day)
        if usual is None or self.holiday_name(day) is None:
            return usual
        return usual.narrowed_to(self.holiday)


def _dated(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(row: dict[str, str]) -> StateLaw:
    clocks = tuple(row["clock"].split())
    observed = frozenset(row["observed"].split())
    if not clocks or not observed <= _KEPT:
        raise ValueError(
            f"state_hours.csv: {row['state']} has no clock, or a way of observing that is not known."
        )
    for clock in clocks:
        if clock != "own":
            ZoneInfo(clock)
    return StateLaw(
        state=row["state"],
        weekday=Hours.parse(row["weekday"]),
        saturday=Hours.parse(row["saturday"]),
        sunday=Hours.parse(row["sunday"]),
        holiday=Hours.parse(row["holiday"]),
        clocks=clocks,
        max_per_24h=int(row["max_per_24h"]) if row["max_per_24h"] else None,
        texts=row["texts"],
        confidence=row["confidence"],
        source=row["source"],
        reviewed_at=date.fromisoformat(row["reviewed_at"]),
        observed=observed,
        effective_from=_dated(row["effective_from"]),
        effective_until=_dated(row["effective_until"]),
    )


def read_laws(path: Path) -> Mapping[str, tuple[StateLaw, ...]]:
    """Rows by state, oldest first. Raises ``ValueError`` unless every day has one row in each state."""
    laws: dict[str, list[StateLaw]] = {}
    for row in read_table(path):
        law = _read(row)
        laws.setdefault(law.state, []).append(law)
    if set(laws) != {FEDERAL, *all_states()}:
        raise ValueError(
            "state_hours.csv must have rows for US and for every state and territory, and no others."
        )
    for state, rows in laws.items():
        rows.sort(key=lambda law: law.effective_from or date.min)
        edges = [rows[0].effective_from, *(law.effective_until for law in rows)]
        starts = [law.effective_from for law in rows[1:]]
        if edges[0] is not None or edges[-1] is not None or edges[1:-1] != starts or None in starts:
            raise ValueError(
                f"state_hours.csv: the rows of {state} leave a day without a rule, or give it two."
            )
    return {state: tuple(rows) for state, rows in laws.items()}


_LAWS = read_laws(STATE_HOURS_FILE)


def _version() -> str:
    content = hashlib.sha256()
    for path in (STATE_HOURS_FILE, HOLIDAYS_FILE, STATES_FILE, AREA_CODES_FILE, ZIPS_FILE):
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:12]


RULES_VERSION = _version()
"""Changes whenever a table of hours, holidays or places does, so that rows made from old ones are known."""


@lru_cache(maxsize=10_000)
def law_for(state: str, day: date) -> StateLaw:
    """The row of ``state`` (or ``US``) in force on ``day``. Raises ``KeyError`` for no such state."""
    return next(law for law in _LAWS[state] if law.in_force(day))


def overdue_reviews(today: date) -> tuple[StateLaw, ...]:
    """Rows in force that nobody has looked at for more than 180 days: a warning, the rows still hold."""
    in_force = (law_for(state, today) for state in sorted(_LAWS))
    return tuple(law for law in in_force if today - law.reviewed_at > REVIEW_EVERY)
