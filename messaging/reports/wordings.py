"""Two wordings of one message beside each other: who read which, and who of them booked in time. No person is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from campaigns.models import Step
from campaigns.wordings import FIRST, NAMES, SECOND
from messaging.reports.lift import FEWEST, Difference
from messaging.reports.outcomes import Group
from messaging.reports.phrases import bar, many, people, people_of


@dataclass(frozen=True)
class Wordings:
    """One step with two wordings; what became of those who read each, by its letter."""

    step: Step
    groups: dict[str, Group] = field(default_factory=dict)
    replied: dict[str, int] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)

    def of(self, letter: str) -> Group:
        return self.groups.get(letter, Group())

    @property
    def booked(self) -> Difference:
        """Wording A beside wording B."""
        return Difference(self.of(FIRST).share, self.of(SECOND).share)

    @property
    def open(self) -> int:
        """People whose window is not over."""
        return sum(self.of(each).open for each in NAMES)

    @property
    def name(self) -> str:
        return f"Message {self.step.position}: two wordings"

    @property
    def says(self) -> str:
        """Which of the two brought more bookings, in one sentence; never before it can be known.

        Only once every window is over: whoever looks each day, and stops at the day that pleases, finds differences that are none.
        """
        booked = self.booked
        if booked.fewest < FEWEST:
            return (
                f"Too small to say which wording is better: {people(booked.fewest)} read the one that fewer read, and it takes {FEWEST} "
                "to compare."
            )
        if self.open:
            return f"Too early to say which wording is better: the time in which a booking counts is not over for {people(self.open)}."
        low, high = booked.between
        if low > 0 or high < 0:
            more, less = (FIRST, SECOND) if low > 0 else (SECOND, FIRST)
            least, most = sorted((abs(low), abs(high)))
            return (
                f"Wording {NAMES[more]} brought more bookings than wording {NAMES[less]}: between {least:.1f} and {most:.1f} more of "
                "every 100 people (with 95 % certainty). To write to everybody with it, copy the campaign and have that signed."
            )
        return f"Too small to say which wording is better: the difference lies {booked.span} of every 100 people who read them."

    @property
    def bars(self) -> list[dict[str, object]]:
        """Of each 100 people who read a wording, how many booked."""
        shares = [(f"Wording {NAMES[each]}", self.of(each).share) for each in NAMES]
        return [bar(name, each) for name, each in shares if each.people]

    @property
    def rows(self) -> Iterator[tuple[str, str, str]]:
        """What is compared: label, and each wording in words."""
        one, other = (self._facts(each) for each in NAMES)
        yield from ((label, text, other[label]) for label, text in one.items())

    def _facts(self, letter: str) -> dict[str, str]:
        told = self.of(letter)
        return {
            "Read by": people(told.people),
            "Booked": people_of(told.booked, told.people),
            "Kept": many(told.kept, "appointment"),
            "Replied to it": many(self.replied.get(letter, 0), "message"),
            "Opted out after it": many(self.opted_out.get(letter, 0), "message"),
        }
