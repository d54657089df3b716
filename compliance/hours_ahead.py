"""When a campaign's texts can go out: the drawn windows of the places its people may be in, for pages."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from campaigns.audience import due_at, subjects
from campaigns.models import Campaign
from compliance.models import OwnWindow, SendingWindow
from compliance.preview import steps_of
from consent.places import UNKNOWN, places
from tenants.models import Channel

AHEAD = timedelta(days=30)
SHOWN_STATES = 12  # rows of the picture of the month
SHOWN = 10  # places; the rest are summed up
Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Place:
    """People who share the places they may be in: their next window in their own time."""

    label: str
    people: int
    opens_at: datetime | None
    closes_at: datetime | None
    zone: str

    @property
    def begins(self) -> str:
        """Minutes since midnight there, for the picture; empty when closed for the whole month."""
        return str(_minutes(self.opens_at, self.zone)) if self.opens_at else ""

    @property
    def lasts(self) -> str:
        if not self.opens_at or not self.closes_at:
            return "0"
        return str(min(1440 - int(self.begins), int((self.closes_at - self.opens_at).total_seconds() // 60)))


@dataclass(frozen=True)
class StateMonth:
    """One row of the picture of the month: people of the same states, and when they may be texted each day."""

    label: str
    people: int
    # By day: {"day", "x", "top", "height" (in a day of 24 units, by their own clock), "says"}; nothing for a closed day.
    days: list[dict[str, Any]]


@dataclass(frozen=True)
class Ahead:
    """The month ahead for one text step."""

    position: int
    due: datetime
    places: list[Place]
    others: int  # people in places not listed
    never: int  # people for whom no hour is open within the month
    days: list[dict[str, Any]]
    states: list[StateMonth]
    keys: dict[str, int]  # people by window key
    windows: dict[str, list[Window]]  # when each key is open


def of_campaign(campaign: Campaign, at: datetime) -> Ahead | None:
    """For the first text step; None when the campaign has none. Four queries."""
    step = next((each for each in steps_of(campaign) if each.channel == Channel.SMS), None)
    if step is None:
        return None
    rows = (
        subjects(step, at)
        .order_by()
        .values_list("contact__window_key")
        .annotate(Count("address", distinct=True))
    )
    people = dict(rows.values_list("contact__window_key", "address__count"))
    due = max(due_at(step, at), at)
    opens = open_windows(campaign.client_id, set(people), due)
    found = sorted(
        (_place(key, number, opens.get(key, [])) for key, number in people.items()),
        key=lambda each: (each.opens_at is None, -each.people),
    )
    return Ahead(
        step.position, due, found[:SHOWN], sum(each.people for each in found[SHOWN:]),
        sum(each.people for each in found if each.opens_at is None), _days(people, opens, due, campaign.client.time_zone),
        _by_state(people, opens, due), people, opens,
    )  # fmt: skip


def open_windows(client_id: int, keys: set[str], start: datetime) -> dict[str, list[Window]]:
    """By key: when both the law and the client's own hours are open, from `start` on."""
    within = {"window_key__in": keys, "closes_at__gt": start, "opens_at__lt": start + AHEAD}
    law = _by_key(SendingWindow.objects.filter(**within))
    own = _by_key(OwnWindow.objects.filter(client=client_id, **within))
    return {key: met for key in law.keys() & own.keys() if (met := meeting(law[key], own[key], start))}


def _by_key(rows: QuerySet[Any]) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = defaultdict(list)
    for key, opens, closes in rows.order_by("opens_at").values_list("window_key", "opens_at", "closes_at"):
        found[key].append((opens, closes))
    return found


def meeting(lawful: Sequence[Window], own: Sequence[Window], start: datetime) -> list[Window]:
    """When both are open, from `start` on; each in the order in which its windows open."""
    found, ahead = [], deque(own)
    for opens, closes in lawful:
        while ahead and ahead[0][1] <= opens:  # over before this one and every later one opens
            ahead.popleft()
        for begins, ends in ahead:
            if begins >= closes:
                break
            begin, end = max(opens, begins, start), min(closes, ends)
            if begin < end:
                found.append((begin, end))
    return found


def _place(key: str, people: int, opens: list[Window]) -> Place:
    label, zone = _name(key)
    # A window that is nearly over says little about the hours; the next whole one does.
    shown = next(
        (each for each in opens if each[1] - each[0] > timedelta(hours=1)), opens[0] if opens else None
    )
    return Place(label, people, shown[0] if shown else None, shown[1] if shown else None, zone)


def _name(key: str) -> tuple[str, str]:
    try:
        found = sorted(places(key))
    except ValueError:
        return "Place cannot be read", "UTC"
    states = sorted({place.state for place in found})
    zone = found[0].zone
    if key == UNKNOWN:
        return "Place not known", zone
    label = " or ".join(states) if len(states) <= 3 else f"one of {len(states)} states"
    zones = len({place.zone for place in found})
    return (f"{label}, {zones} time zones" if zones > 1 else label), zone


def _days(
    people: dict[str, int], opens: dict[str, list[Window]], start: datetime, zone: str
) -> list[dict[str, Any]]:
    """How many people can be texted on each of the next 30 days, by the client's calendar."""
    there = ZoneInfo(zone)
    by_day: dict[Any, set[str]] = defaultdict(set)
    for key, windows in opens.items():
        for begin, _ in windows:
            by_day[begin.astimezone(there).date()].add(key)
    first, total = start.astimezone(there).date(), sum(people.values()) or 1
    days = []
    for number in range(AHEAD.days):
        day = first + timedelta(days=number)
        count = sum(people[key] for key in by_day[day])
        days.append(
            {
                "day": day,
                "people": count,
                "height": f"{40 * count / total:.1f}",
                "top": f"{44 - 40 * count / total:.1f}",
                "x": str(number * 10),
            }
        )
    return days


def _by_state(people: dict[str, int], opens: dict[str, list[Window]], start: datetime) -> list[StateMonth]:
    """The month of each group of states, the largest first: the hours that everybody of the group has in common."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in people:
        groups[_name(key)[0].partition(",")[0]].append(key)
    months = []
    for label, keys in groups.items():
        zone = ZoneInfo(_name(keys[0])[1])
        months.append(StateMonth(label, sum(people[key] for key in keys), _cells(keys, opens, start, zone)))
    return sorted(months, key=lambda each: -each.people)[:SHOWN_STATES]


def _cells(
    keys: list[str], opens: dict[str, list[Window]], start: datetime, zone: ZoneInfo
) -> list[dict[str, Any]]:
    days: dict[Any, list[Window]] = defaultdict(list)
    for key in keys:
        for window in opens.get(key, []):
            days[window[0].astimezone(zone).date()].append(window)
    first = start.astimezone(zone).date()
    cells = []
    for number in range(AHEAD.days):
        day = first + timedelta(days=number)
        begin = max((each[0] for each in days[day]), default=None)
        end = min((each[1] for each in days[day]), default=None)
        if begin is None or end is None or begin >= end or len(days[day]) < len(keys):
            continue
        local, hours = begin.astimezone(zone), (end - begin).total_seconds() / 3600
        top = local.hour + local.minute / 60
        cells.append(
            {
                "day": day,
                "x": str(number * 10),
                "top": f"{top:.2f}",
                "height": f"{min(hours, 24 - top):.2f}",
                "says": f"{day:%a} {day.day} {day:%b}: {local:%H:%M} to {end.astimezone(zone):%H:%M}",
            }
        )
    return cells


def _minutes(at: datetime, zone: str) -> int:
    local = at.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute
