"""Spans of UTC in which everybody a window key may stand for can be texted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from compliance.hours.law import FEDERAL, RULES_VERSION, StateLaw, law_for
from compliance.hours.own import WEEKDAYS, OwnHours
from compliance.hours.window import Hours, clock_text, instant
from consent.places import Place, places

FEDERAL_RULE = "TCPA-QUIET-HOURS"
STATE_RULE = "STATE-HOURS"
HOLIDAY_RULE = "STATE-HOLIDAY"
HOUSE_RULE = "SEND-WINDOW-HOUSE"
NO_COMMON_HOUR = "NO_LAWFUL_WINDOW"


@dataclass(frozen=True, slots=True)
class Edge:
    """The rule that opens or closes a span: which one, for which state, at what time by which clock."""

    rule: str
    state: str
    local: str
    zone: str


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``opens_at`` up to, not including, ``closes_at``, both aware UTC."""

    opens_at: datetime
    closes_at: datetime
    opened_by: Edge
    closed_by: Edge


@dataclass(frozen=True, slots=True)
class Closed:
    """One reason for which a day has no span. ``state`` is empty when it is not one state's rule."""

    rule: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Spans:
    """The answer for one key and one local calendar day; iterating gives its spans (one at most)."""

    key: str
    day: date
    rules_version: str
    spans: tuple[Span, ...]
    closed: tuple[Closed, ...]
    """Why there is no span; empty when there is one."""

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)

    def __len__(self) -> int:
        return len(self.spans)


@dataclass(frozen=True, slots=True)
class _Limit:
    """Hours of one rule by one clock, in UTC."""

    opens_at: datetime
    closes_at: datetime
    opened_by: Edge
    closed_by: Edge


def spans(key: str, day: date, *, own: OwnHours | None = None) -> Spans:
    """When people of a window key may be texted on ``day``, the same calendar date in each candidate place.

    In each place the federal window, the state's and, if given, the client's own must be open; then all
    places must be. ``own=None`` asks for the law alone. Territories count only where the key names them:
    Guam together with a mainland state leaves no common hour, so nothing is sent. Raises ``ValueError``
    for a damaged key.
    """
    limits: list[_Limit] = []
    closed: dict[Closed, None] = {}
    for place in sorted(places(key)):
        for found in (*_law(place, day), *_own(place, day, own)):
            if isinstance(found, Closed):
                closed[found] = None
            else:
                limits.append(found)
    if closed:
        return Spans(key, day, RULES_VERSION, (), tuple(closed))
    opening, closing = _latest(limits), _earliest(limits)
    if opening.opens_at >= closing.closes_at:
        late, early = _said(opening.opened_by), _said(closing.closed_by)
        reason = f"No hour is open in every place: {late} opens after {early} closes."
        return Spans(key, day, RULES_VERSION, (), (Closed(NO_COMMON_HOUR, "", reason),))
    span = Span(opening.opens_at, closing.closes_at, opening.opened_by, closing.closed_by)
    return Spans(key, day, RULES_VERSION, (span,), ())


def _said(edge: Edge) -> str:
    return f"{edge.state} ({edge.local} {edge.zone})"


def _rank(edge: Edge) -> tuple[int, str, str]:
    # Of rules that agree to the minute the law is named before the client's own choice, federal before state.
    return ((FEDERAL_RULE, STATE_RULE, HOLIDAY_RULE, HOUSE_RULE).index(edge.rule), edge.state, edge.zone)


def _latest(limits: Iterable[_Limit]) -> _Limit:
    return max(sorted(limits, key=lambda limit: _rank(limit.opened_by)), key=lambda limit: limit.opens_at)


def _earliest(limits: Iterable[_Limit]) -> _Limit:
    return min(sorted(limits, key=lambda limit: _rank(limit.closed_by)), key=lambda limit: limit.closes_at)


@lru_cache(maxsize=50_000)
def _law(place: Place, day: date) -> tuple[_Limit | Closed, ...]:
    """The federal rule and the state's, by each clock on which the state's hours are read."""
    federal, state = law_for(FEDERAL, day), law_for(place.state, day)
    found: list[_Limit | Closed] = []
    for law, rule in ((federal, FEDERAL_RULE), (state, STATE_RULE)):
        hours = law.hours(day)
        if hours is None:
            found.append(_why(law, rule, day))
            continue
        named = rule if rule == FEDERAL_RULE or hours == law.of_the_week(day) else HOLIDAY_RULE
        zones = (place.zone if clock == "own" else clock for clock in law.clocks)
        found.extend(_limit(named, place.state, day, hours, zone) for zone in zones)
    return tuple(found)


def _why(law: StateLaw, rule: str, day: date) -> Closed:
    holiday = law.holiday_name(day)
    if holiday is not None and law.of_the_week(day) is not None:
        return Closed(HOLIDAY_RULE, law.state, f"{holiday}: closed on holidays.")
    return Closed(rule, law.state, f"Closed on {WEEKDAYS[day.weekday()]}s.")


@lru_cache(maxsize=50_000)
def _own(place: Place, day: date, own: OwnHours | None) -> tuple[_Limit | Closed, ...]:
    if own is None:
        return ()
    hours = own.hours(day)
    if hours is None:
        return (Closed(HOUSE_RULE, "", f"The client's own hours are closed on {WEEKDAYS[day.weekday()]}s."),)
    return (_limit(HOUSE_RULE, place.state, day, hours, place.zone),)


def _limit(rule: str, state: str, day: date, hours: Hours, zone: str) -> _Limit:
    return _Limit(
        instant(day, hours.opens, zone),
        instant(day, hours.closes, zone),
        Edge(rule, state, clock_text(hours.opens), zone),
        Edge(rule, state, clock_text(hours.closes), zone),
    )
