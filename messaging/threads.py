"""The inbox's list: one row for each address that wrote, a page at a time, each page read by an index of what it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from consent.models import Suppression
from messaging.asked import (
    LOOKED_THROUGH,
    MINE,
    NEEDS_A_PERSON,
    OUT,
    SAY_BOOKED,
    UNREAD,
    Asked,
    Fitting,
    Found,
    bigint,
    fitting,
    of_tab,
    search,
)
from messaging.models import Assignment, Inbound
from tenants.clock import db_now
from tenants.keyset import SIZE, Page, behind, page_of
from tenants.models import Location, User

__all__ = [
    "DIED", "EMERGENCY", "NEEDS_A_PERSON", "SAY_BOOKED", "UNREAD", "MINE", "OUT", "Asked", "page_of_threads", "places", "search",
]  # fmt: skip
EMERGENCY, DIED = "may be an emergency", "person has died"  # rules of consent.replies
COLUMNS = ("pk", "address", "label", "rule")


def page_of_threads(
    asked: Asked, me: User, after: str, *, overdue: datetime, oldest: bool = False
) -> Page[Inbound]:
    """Of every address the newest reply that was asked for, or the oldest unread one, a page at a time.

    First what may be an emergency, then the longest waiting of what came in by `overdue` and nobody has read.
    At most `LOOKED_THROUGH` replies are gone through for a page, so that a machine that wrote ten thousand times costs
    no more than a person; then a page may be short and still have a next one. Those of opted-out addresses come by the
    day of the opt-out, the last one first, unless the longest waiting is asked for. Inside the client's scope.
    """
    try:
        wanted = fitting(asked, me)
        by_reply = oldest or asked.which != OUT
        last = bigint(after) if after and by_reply else None
    except ValueError:  # a number or a code that nobody gave
        return Page([], "", False)
    mine = _each_of_mine(wanted, unread=oldest) if asked.which == MINE else []
    first = _urgent(wanted)
    if not oldest:  # there they stand first anyhow
        first |= _overdue(wanted, overdue, without=first)
    if asked.which == MINE:
        shown, go_on = _of_mine(mine, first, last, oldest=oldest)
    elif by_reply:
        shown, go_on = _by_reply(wanted, first, last, oldest=oldest)
    else:
        shown, go_on = _by_opt_out(wanted, first, after)
    if not after:
        shown = [*first.values(), *shown]
    listed = Inbound.objects.select_related("contact").in_bulk(shown)
    return Page([listed[pk] for pk in shown], go_on, bool(after))


def _urgent(wanted: Fitting) -> dict[int, int]:
    """By address, what may be an emergency and was read by nobody: it stands first, whatever the order is."""
    unread = Inbound.objects.filter(handled_at=None, urgent=True).order_by("-pk")
    found = wanted.among(_found(unread.values_list(*COLUMNS)[:LOOKED_THROUGH]))[:SIZE]
    return {each.address: each.pk for each in reversed(found)}


def _overdue(wanted: Fitting, by: datetime, *, without: Collection[int]) -> dict[int, int]:
    """By address, the oldest reply that was read by nobody in time, of the oldest unread ones of the tab."""
    if wanted.which == MINE:
        unread = Inbound.objects.filter(pk__in=[each.pk for each in _each_of_mine(wanted, unread=True)])
    else:
        unread = of_tab(wanted.which, unread=True)
    # The oldest, whenever they came: to look for the instant would go through all that came in since yesterday.
    rows = unread.order_by("pk").values_list(*COLUMNS, "received_at")[:LOOKED_THROUGH]
    late = wanted.among([Found(*each) for *each, received_at in rows if received_at <= by])
    oldest: dict[int, int] = {}
    for each in late:
        if each.address not in without and len(oldest) < SIZE:
            oldest.setdefault(each.address, each.pk)
    return oldest


def _by_reply(
    wanted: Fitting, urgent: Collection[int], last: int | None, *, oldest: bool
) -> tuple[list[int], str]:
    """A page of the replies themselves, and where the next one begins."""
    rows = wanted.rows(unread=oldest)
    order, later, before = ("id", "pk__gt", "pk__lte") if oldest else ("-id", "pk__lt", "pk__gte")
    rest = rows.filter(**{later: last}) if last is not None else rows
    window = _found(rest.order_by(order).values_list(*COLUMNS)[:LOOKED_THROUGH])
    first: dict[int, int] = {}  # of each address
    for each in wanted.standing(window):
        if each.address not in urgent:  # not in the query: it would read all that one machine wrote
            first.setdefault(each.address, each.pk)
    if last is not None and first:  # shown on a page before this one
        known = rows.filter(address__in=first, **{before: last}).order_by().values_list(*COLUMNS)
        gone = {each.address for each in wanted.standing(_found(known))}
        first = {address: pk for address, pk in first.items() if address not in gone}
    found = list(first.values())
    more = len(found) > SIZE or len(window) == LOOKED_THROUGH
    go_on = (found[SIZE - 1] if len(found) > SIZE else window[-1].pk) if more else 0
    return found[:SIZE], str(go_on) if more else ""


def _of_mine(
    found: list[Found], urgent: Collection[int], last: int | None, *, oldest: bool
) -> tuple[list[int], str]:
    """A page of what one looks after, of each address the reply that was found."""
    rest = sorted(each.pk for each in found if each.address not in urgent)
    if not oldest:
        rest.reverse()
    if last is not None:
        rest = [pk for pk in rest if (pk > last if oldest else pk < last)]
    return rest[:SIZE], str(rest[SIZE - 1]) if len(rest) > SIZE else ""


def _by_opt_out(wanted: Fitting, urgent: Collection[int], after: str) -> tuple[list[int], str]:
    """A page of the addresses that opted out, the last one first, of each its newest reply; most of them may never have written.

    A few are looked through, which is enough where most of them wrote; else many more.
    """
    in_force = Suppression.objects.in_force(db_now())
    rows: QuerySet[Any] = in_force.only("pk", "since", "address_id")
    if wanted.addresses is not None:
        rows = rows.filter(address__in=wanted.addresses)
    rows = rows.annotate(reply=_one_of(wanted.rows(unread=False), "-address", "-pk"))
    shown: list[int] = []
    for size in (4 * SIZE, 10 * LOOKED_THROUGH):
        part = page_of(rows, after, by="-since", size=size)
        wrote = [each for each in part.rows if each.reply and each.address_id not in urgent]
        there = Inbound.objects.filter(pk__in=[each.reply for each in wrote]).values_list(*COLUMNS)
        kept = {each.pk for each in wanted.standing(_found(there))}
        # Of an address that opted out more than once the last time, on whichever page that is.
        again = in_force.filter(address__in={each.address_id for each in wrote}).order_by("since", "pk")
        last = dict(again.values_list("address", "pk"))
        fit = [each for each in wrote if each.reply in kept and last.get(each.address_id) == each.pk]
        room = SIZE - len(shown)
        shown += [each.reply for each in fit[:room]]
        if len(fit) > room:
            return shown, behind(fit[room - 1], "-since")
        after = part.next
        if len(shown) == SIZE or not after:
            break
    return shown, after


def _each_of_mine(wanted: Fitting, *, unread: bool) -> list[Found]:
    """Of each address that one looks after the newest reply, or the one that has waited longest."""
    rows = Assignment.objects.filter(to=wanted.me, ended_at=None).order_by("-pk")
    if wanted.addresses is not None:
        rows = rows.filter(address__in=wanted.addresses)
    order = ("address", "received_at") if unread else ("-address", "-pk")
    replies = rows.values_list(_one_of(wanted.rows(unread=unread), *order), flat=True)[:LOOKED_THROUGH]
    there = [pk for pk in replies if pk is not None]
    return wanted.standing(_found(Inbound.objects.filter(pk__in=there).values_list(*COLUMNS)))


def _one_of(rows: QuerySet[Inbound], *order: str) -> Subquery:
    # Between two bounds, and in the order of the address too: of `=` PostgreSQL may think that going through everybody's
    # replies will soon meet one of this address.
    theirs = rows.filter(address__gte=OuterRef("address"), address__lte=OuterRef("address"))
    return Subquery(theirs.order_by(*order).values("pk")[:1])


def _found(rows: Iterable[tuple[int, int, str, str]]) -> list[Found]:
    return [Found(*each) for each in rows]


def places() -> list[tuple[str, str]]:
    """The client's locations, to choose from."""
    return [(str(pk), name) for pk, name in Location.objects.order_by("name").values_list("pk", "name")]
