"""The hours of one person on one day, told in full: spans, and which rule set each edge (`manage.py window`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from compliance.hours.law import FEDERAL, law_for
from compliance.hours.own import OwnHours
from compliance.hours.spans import NO_COMMON_HOUR, Closed, Edge, Spans, spans
from consent.places import UNKNOWN, Place, places

PUT_OFF = 3  # times that a closed day is put off to the next
FREEZE_RULE = "STATE-EMERGENCY"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. `frozen`: the reason of each emergency freeze in force, by state."""

    answer: Spans
    later: Spans | None  # of a closed day: the first of the three days after it that is open
    candidates: tuple[Place, ...]
    frozen: Mapping[str, str]

    @property
    def closed(self) -> tuple[Closed, ...]:
        """Why the day has no span; empty when it has one."""
        mine = {place.state for place in self.candidates}
        freezes = [
            Closed(FREEZE_RULE, state, f"Texts to {state} are frozen: {reason}")
            for state, reason in sorted(self.frozen.items())
            if state in mine
        ]
        return (*freezes, *self.answer.closed)

    @property
    def open(self) -> Spans | tuple[()]:
        """The spans, unless a state is frozen."""
        return () if self.closed else self.answer

    def as_json(self) -> dict[str, Any]:
        """Spans in UTC; under `edges` the rule behind each edge, and the local time by its clock."""
        return {
            "date": self.answer.day.isoformat(),
            "window_key": self.answer.key,
            "known": self.answer.key != UNKNOWN,
            "places": [{"state": place.state, "zone": place.zone} for place in self.candidates],
            "spans": [[utc_text(span.opens_at), utc_text(span.closes_at)] for span in self.open],
            "edges": [
                _edge(name, at, edge)
                for span in self.open
                for name, at, edge in (
                    ("opens", span.opens_at, span.opened_by),
                    ("closes", span.closes_at, span.closed_by),
                )
            ],
            # A closed day is put off to the next; after three the message is held with this reason.
            "next": self._next(),
            "closed": [{"rule": each.rule, "state": each.state, "says": each.reason} for each in self.closed],
            "rules_version": self.answer.rules_version,
        }

    def _next(self) -> dict[str, Any] | None:
        if not self.closed:
            return None
        if self.later is None:
            return {"held": NO_COMMON_HOUR}
        spans_then = [[utc_text(span.opens_at), utc_text(span.closes_at)] for span in self.later]
        return {"date": self.later.day.isoformat(), "spans": spans_then}


def ask(key: str, day: date, own: OwnHours | None, frozen: Mapping[str, str]) -> Told:
    """The hours of a window key on its local calendar day. Raises `ValueError` for a damaged key."""
    days = (spans(key, day + timedelta(days=n), own=own) for n in range(1, PUT_OFF + 1))
    later = next((each for each in days if each.spans), None)
    return Told(spans(key, day, own=own), later, tuple(sorted(places(key))), frozen)


def utc_text(at: datetime) -> str:
    """`2026-12-09T13:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def local_text(at: datetime, zone: str) -> str:
    """`Wed 9 Dec 08:00 EST`, by the clock of a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M %Z}"


def _edge(name: str, at: datetime, edge: Edge) -> dict[str, str]:
    return {
        "edge": name,
        "at": utc_text(at),
        "local": at.astimezone(ZoneInfo(edge.zone)).strftime("%Y-%m-%dT%H:%M"),
        "rule": edge.rule,
        "state": edge.state,
        "zone": edge.zone,
        "source": source_of(edge, at),
    }


def source_of(edge: Edge, at: datetime) -> str:
    """The law behind an edge, as the table names it; empty for the client's own hours."""
    if edge.rule == "SEND-WINDOW-HOUSE":
        return ""
    state = FEDERAL if edge.rule == "TCPA-QUIET-HOURS" else edge.state
    return law_for(state, at.astimezone(ZoneInfo(edge.zone)).date()).source
