"""How many more booked because they were written to: the difference to those held out, and how sure it is.

The interval is Newcombe's (his tenth method: Wilson's intervals of both shares, joined). It holds for few people and for
shares near nothing, where the usual plus and minus does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from messaging.breakers.measures import wilson

FEWEST = 30  # people on either side: of fewer nothing is said, whatever the interval
Z = 1.95996  # two-sided 95 percent of the normal distribution


@dataclass(frozen=True)
class Share:
    """How many of how many booked."""

    booked: int = 0
    people: int = 0

    @property
    def of_100(self) -> float:
        return 100 * self.booked / self.people if self.people else 0.0

    @property
    def between(self) -> tuple[float, float]:
        """Of 100 people, at 95 percent."""
        low, high = wilson(self.booked, self.people, Z)
        return 100 * low, 100 * high


@dataclass(frozen=True)
class Difference:
    """Two shares beside each other."""

    one: Share
    other: Share

    @property
    def points(self) -> float:
        """How many more of every 100 people booked on the first side."""
        return self.one.of_100 - self.other.of_100

    @property
    def between(self) -> tuple[float, float]:
        """Where the difference lies with 95 percent certainty."""
        (low, high), (low_other, high_other) = self.one.between, self.other.between
        mine, theirs = self.one.of_100, self.other.of_100
        below = sqrt((mine - low) ** 2 + (high_other - theirs) ** 2)
        above = sqrt((high - mine) ** 2 + (theirs - low_other) ** 2)
        return self.points - below, self.points + above

    @property
    def fewest(self) -> int:
        return min(self.one.people, self.other.people)

    @property
    def span(self) -> str:
        """Where it lies, in words: `between −1.0 and +4.2`."""
        low, high = self.between
        return f"between {_signed(low)} and {_signed(high)}"


@dataclass(frozen=True)
class Lift:
    """Those written to beside those held out."""

    written: Share
    held_out: Share

    @property
    def difference(self) -> Difference:
        return Difference(self.written, self.held_out)

    @property
    def known(self) -> bool:
        """Whether there are enough on both sides to say anything."""
        return self.difference.fewest >= FEWEST

    @property
    def points(self) -> float:
        """How many more of every 100 people booked."""
        return self.difference.points

    @property
    def between(self) -> tuple[float, float]:
        """Where the difference lies with 95 percent certainty."""
        return self.difference.between

    @property
    def says(self) -> str:
        """The answer in one sentence."""
        if not self.written.people:
            return "Nobody has been written to yet, so there is nothing to say."
        if not self.held_out.people:
            return "Nobody was held out, so it cannot be said how many of these bookings would have been made anyway."
        fewest = self.difference.fewest
        if not self.known:
            side = "held out" if fewest == self.held_out.people else "written to"
            return (
                f"The numbers are too small to say whether the campaign made a difference: {fewest} "
                f"{'person was' if fewest == 1 else 'people were'} {side}, and it takes {FEWEST} to compare."
            )
        low, high = self.between
        if low > 0:
            return (
                f"Because they were written to, between {_points(low)} and {_points(high)} more of every 100 people booked "
                "(with 95 % certainty)."
            )
        if high < 0:
            return (
                f"Of those written to, fewer booked: between {_points(-high)} and {_points(-low)} fewer of every 100 people "
                "(with 95 % certainty)."
            )
        return (
            "The numbers are too small to say whether the campaign made a difference: it lies "
            f"{self.difference.span} of every 100 people."
        )


def _points(value: float) -> str:
    return f"{value:.1f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
