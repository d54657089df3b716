"""The days on which reports go out: a weekday of every week, or the first such weekday of every month."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from messaging.models import ReportSchedule

AT = time(8)  # by the practice's clock
WEEK = timedelta(days=7)


def latest(every: str, weekday: int, today: date) -> date:
    """The last such day that is not after `today`."""
    day = today - timedelta(days=(today.isoweekday() - weekday) % 7)
    if every == ReportSchedule.Every.MONTH:
        while day.day > 7:
            day -= WEEK
    return day


def following(every: str, weekday: int, day: date) -> date:
    """The first such day after `day`."""
    after = day + timedelta(days=(weekday - day.isoweekday() - 1) % 7 + 1)
    if every == ReportSchedule.Every.MONTH:
        while after.day > 7:
            after += WEEK
    return after


def due_day(schedule: ReportSchedule, at: datetime, zone: ZoneInfo) -> date | None:
    """The newest day whose hour has come since the schedule was set; None before the first."""
    here = at.astimezone(zone)
    day = latest(schedule.every, schedule.weekday, here.date())
    if instant(day, zone) > at:
        day = latest(schedule.every, schedule.weekday, day - timedelta(days=1))
    return day if instant(day, zone) > schedule.since else None


def next_due(schedule: ReportSchedule, at: datetime, zone: ZoneInfo) -> datetime:
    """When the next one goes out."""
    day = at.astimezone(zone).date() - timedelta(days=1)
    while instant(day := following(schedule.every, schedule.weekday, day), zone) <= at:
        pass
    return instant(day, zone)


def instant(day: date, zone: ZoneInfo) -> datetime:
    """The hour of that day at which reports go out."""
    return datetime.combine(day, AT, zone)
