"""The hand-off clock: from when on a reply has waited too long for a person, counted in the practice's own hours.

Its sending hours and days, by its own clock, are when somebody is there. One instant decides for all its replies: what came
in before it and was read by nobody is overdue.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenants.models import Client


def overdue_before(client: Client, at: datetime) -> datetime:
    """The latest instant from which the practice's minutes are over at `at`."""
    left = timedelta(minutes=client.hand_off_minutes)
    day = at.astimezone(ZoneInfo(client.time_zone)).date()
    for opens, closes in _open(client, day, -1):
        closes = min(closes, at)
        if closes - opens >= left:
            return closes - left
        left -= max(closes - opens, timedelta())
    raise AssertionError("a client without hours")  # a constraint of the database refuses one


def due(client: Client, received: datetime) -> datetime:
    """When a reply that came in at `received` is overdue, if nobody has read it by then."""
    left = timedelta(minutes=client.hand_off_minutes)
    day = received.astimezone(ZoneInfo(client.time_zone)).date()
    for opens, closes in _open(client, day, 1):
        opens = max(opens, received)
        if closes - opens >= left:
            return opens + left
        left -= max(closes - opens, timedelta())
    raise AssertionError("a client without hours")


def _open(client: Client, day: date, step: int) -> Iterator[tuple[datetime, datetime]]:
    days = {int(each) for each in client.days} or set(range(1, 8))
    for ahead in range(7 * client.hand_off_minutes + 14):  # at least a minute a week
        each = day + timedelta(days=step * ahead)
        if each.isoweekday() in days:
            yield _moment(client, each, client.hours_from), _moment(client, each, client.hours_until)


def _moment(client: Client, day: date, hour: int) -> datetime:
    there = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), ZoneInfo(client.time_zone))
    return there.astimezone(UTC)
