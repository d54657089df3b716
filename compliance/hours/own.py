"""The client's own weekly hours, which may only narrow what the law leaves open (rule SEND-WINDOW-HOUSE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.hours.window import Hours

_TEN_TO_SIX = Hours(10 * 60, 18 * 60)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _seven(week: Sequence[object]) -> None:
    if len(week) != len(WEEKDAYS):
        raise ValueError("Give hours for each of the seven days, Monday first.")


@dataclass(frozen=True, slots=True)
class OwnHours:
    """Hours by day of the week, Monday first, in the recipient's local time; None for a closed day.

    The default is Monday to Friday, 10:00 to 18:00.
    """

    week: tuple[Hours | None, ...] = (_TEN_TO_SIX,) * 5 + (None, None)

    def __post_init__(self) -> None:
        _seven(self.week)

    @classmethod
    def parse(cls, week: Sequence[str]) -> OwnHours:
        """Seven texts like ``"10-18"`` or ``"-"``, Monday first; ``ValueError`` names the wrong day."""
        _seven(week)
        days: list[Hours | None] = []
        for name, text in zip(WEEKDAYS, week, strict=True):
            try:
                days.append(Hours.parse(text))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return cls(tuple(days))

    def texts(self) -> list[str]:
        """The week as ``parse`` reads it."""
        return ["-" if hours is None else str(hours) for hours in self.week]

    def hours(self, day: date) -> Hours | None:
        """Hours of that day, or None when closed."""
        return self.week[day.weekday()]


HOUSE = OwnHours()
"""The hours recommended to every client; inside every state's law except Maine's, which trims them."""
