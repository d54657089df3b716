"""Draws the hours in which people may be texted, as rows the gate reads: the law's for everybody, each client's own.

What has been drawn for the past is never redrawn: a window that a change cuts short ends at the instant of the change.
A drawn window lies within one day; longer ones were put there by hand (the demo's) and are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from compliance import closures
from compliance.hours import RULES_VERSION, Hours, OwnHours, Spans, spans
from compliance.models import OwnWindow, SendingWindow
from consent.models import Contact
from consent.places import places
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for

DRAWN_AHEAD = timedelta(days=35)
# Drawn anew when less than this is left: the hourly round then costs two queries on most hours.
ENOUGH = timedelta(days=28)
WITHIN_A_DAY = Q(closes_at__lte=F("opens_at") + timedelta(hours=24))
BATCH = 5000

Drawn = tuple[str, datetime, datetime]  # window key, opens at, closes at
Wanted = tuple[Drawn, list[dict[str, str]]]  # with the rules that set its edges


def draw(client: Client, *, anew: bool = False) -> int:
    """Write the missing windows for every window key among the client's contacts; returns how many rows were written.

    `anew`: also where enough is drawn already, because the client's hours changed.
    """
    with acting_for(client.pk):
        at = db_now()
        keys = set(
            Contact.objects.filter(client=client).order_by().values_list("window_key", flat=True).distinct()
        )
        own = own_hours(client)
        return _draw_law(keys, at) + _draw_own(client, keys, own, at, anew)


def own_hours(client: Client) -> OwnHours:
    """The client's own hours as the clock's module knows them."""
    hours = Hours(client.hours_from * 60, client.hours_until * 60)
    return OwnHours(tuple(hours if str(day) in client.days else None for day in range(1, 8)))


def _draw_law(keys: set[str], at: datetime) -> int:
    # After a change of the rules every window not yet over is compared anew, whoever's key it is.
    drawn = SendingWindow.objects.filter(WITHIN_A_DAY)
    stale = drawn.filter(closes_at__gt=at).exclude(rules_version=RULES_VERSION)
    outdated = set(stale.order_by().values_list("window_key", flat=True).distinct())
    todo = outdated | (keys - _drawn_far(drawn, at))
    wanted = list(_wanted(todo, at, None))
    _keep_closures(todo, wanted, at)
    gone, new = _compare(drawn.filter(window_key__in=todo), wanted, at)
    _end(drawn, gone, at)
    stale.filter(window_key__in=todo).update(rules_version=RULES_VERSION)
    rows = [
        SendingWindow(
            window_key=key, rules_version=RULES_VERSION, opens_at=opens, closes_at=closes, edges=edges
        )
        for (key, opens, closes), edges in new
    ]
    SendingWindow.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def _keep_closures(keys: set[str], wanted: list[Wanted], at: datetime) -> None:
    opens: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for (key, begin, end), _ in wanted:
        opens[key].append((begin, end))
    closures.keep(filter(_readable, keys), opens, at, at + DRAWN_AHEAD)


def _readable(key: str) -> bool:
    try:
        return bool(places(key))
    except ValueError:
        return False


def _draw_own(client: Client, keys: set[str], own: OwnHours, at: datetime, anew: bool) -> int:
    mine = OwnWindow.objects.filter(WITHIN_A_DAY, client=client)
    todo = keys if anew else keys - _drawn_far(mine, at)
    gone, new = _compare(mine.filter(window_key__in=todo), _wanted(todo, at, own), at)
    _end(mine, gone, at)
    rows = [
        OwnWindow(client=client, window_key=key, opens_at=opens, closes_at=closes)
        for (key, opens, closes), _ in new
    ]
    OwnWindow.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def _drawn_far(rows: QuerySet[Any], at: datetime) -> set[str]:
    return set(
        rows.filter(opens_at__gt=at + ENOUGH).order_by().values_list("window_key", flat=True).distinct()
    )


def _wanted(keys: Iterable[str], at: datetime, own: OwnHours | None) -> Iterator[Wanted]:
    first, last = (at - timedelta(days=1)).date(), (at + DRAWN_AHEAD).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for key in sorted(keys):
        for day in days:
            try:
                answer = spans(key, day, own=own)
            except ValueError:
                break  # a damaged key opens nothing
            for span in answer:
                if span.closes_at > at:
                    yield (key, span.opens_at, span.closes_at), _edges(answer)


def _edges(answer: Spans) -> list[dict[str, str]]:
    return [
        {"rule": edge.rule, "state": edge.state, "local": edge.local, "zone": edge.zone}
        for span in answer
        for edge in (span.opened_by, span.closed_by)
    ]


def _compare(rows: QuerySet[Any], wanted: Iterable[Wanted], at: datetime) -> tuple[list[int], list[Wanted]]:
    """The ids of rows that no longer hold, and what is to be added. A window open now is told by when it closes."""
    there = {
        (key, max(opens, at), closes): ident
        for ident, key, opens, closes in rows.filter(closes_at__gt=at).values_list(
            "pk", "window_key", "opens_at", "closes_at"
        )
    }
    new = []
    for (key, opens, closes), edges in wanted:
        span = (key, max(opens, at), closes)
        if there.pop(span, None) is None:
            new.append((span, edges))
    return list(there.values()), new


def _end(rows: QuerySet[Any], gone: list[int], at: datetime) -> None:
    theirs = rows.filter(pk__in=gone)
    theirs.filter(opens_at__gte=at).delete()
    theirs.filter(opens_at__lt=at).update(closes_at=at)
