"""The inbox's list: one row for each address that wrote, found by tab, label, location, name, address or whole words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.finding import named, read_search, word_hashes
from consent.models import Contact, ContactPoint, Suppression
from consent.replies import BOOKED
from messaging.models import Assignment, Inbound
from tenants.clock import db_now
from tenants.keyset import SIZE, Page
from tenants.models import Location, User

UNREAD, NEEDS_A_PERSON = "open", "decide"
EMERGENCY, DIED = "may be an emergency", "person has died"  # rules of consent.replies
LOOKED_THROUGH = 1_000  # replies, for one page


@dataclass(frozen=True)
class Asked:
    """What the page's address asks for. Nothing in it names anybody: words stand there as keyed codes."""

    which: str = UNREAD
    taken: str = ""
    location: str = ""
    address: str = ""
    named: str = ""
    words: str = ""

    @property
    def looked_for(self) -> bool:
        """Whether somebody searched."""
        return bool(self.address or self.named or self.words)


def search(client_id: int, typed: str) -> dict[str, str]:
    """What was typed, as the query that finds it: an address; a name of whoever is known; else words of what was written.

    Raises `CannotSearch`.
    """
    wanted = read_search(typed)
    if not wanted.words:
        return {"address": str(wanted.address_id or 0)}
    hashes = word_hashes(client_id, wanted.words)
    codes = ",".join(map(str, hashes))
    return {"named" if _of(hashes) else "words": codes}


def page_of_threads(
    asked: Asked, me: User, after: str, *, overdue: datetime, oldest: bool = False
) -> Page[Inbound]:
    """Of every address the newest reply that was asked for, or the oldest unread one, a page at a time.

    First what may be an emergency, then the longest waiting of what came in by `overdue` and nobody has read.
    At most `LOOKED_THROUGH` replies are gone through for a page, so that a machine that wrote ten thousand times costs
    no more than a person; then a page may be short and still have a next one. Inside the client's scope.
    """
    try:
        rows = _addresses(_replies(asked, unread=oldest), asked, me)
        here = _bigint(asked.location) if asked.location else None
        last = _bigint(after) if after else None
    except ValueError:  # a number or a code that nobody gave
        return Page([], "", False)
    urgent = _urgent(rows, here)
    if not oldest:  # there they stand first anyhow
        urgent |= _overdue(rows, here, overdue, without=urgent)
    order, behind, before = ("id", "pk__gt", "pk__lte") if oldest else ("-id", "pk__lt", "pk__gte")
    rest = rows.filter(**{behind: last}) if last is not None else rows
    window = list(rest.order_by(order).values_list("pk", "address")[:LOOKED_THROUGH])
    first: dict[int, int] = {}  # of each address
    there = _here([pk for pk, _ in window], here)
    for pk, address in window:
        if (
            pk in there and address not in urgent
        ):  # not in the query: it would read all that one machine wrote
            first.setdefault(address, pk)
    if last is not None and first:  # shown on a page before this one
        known = rows.filter(address__in=first, **{before: last}).order_by().values_list("pk", "address")
        earlier = dict(known)
        kept = _here(list(earlier), here)
        gone = {address for pk, address in earlier.items() if pk in kept}
        first = {address: pk for address, pk in first.items() if address not in gone}
    found = list(first.values())
    shown = found[:SIZE]
    more = len(found) > SIZE or len(window) == LOOKED_THROUGH
    go_on = (shown[-1] if len(found) > SIZE else window[-1][0]) if more else 0
    if last is None:
        shown = [*urgent.values(), *shown]
    listed = Inbound.objects.select_related("contact").in_bulk(shown)
    return Page([listed[pk] for pk in shown], str(go_on) if more else "", last is not None)


def _urgent(rows: QuerySet[Inbound], location: int | None) -> dict[int, int]:
    """By address, what may be an emergency and was read by nobody: it stands first, whatever the order is."""
    unread = rows.filter(handled_at=None, rule=EMERGENCY).order_by("-pk")[:SIZE]
    found = list(unread.values_list("address", "pk"))
    there = _here([pk for _, pk in found], location)
    return {address: pk for address, pk in reversed(found) if pk in there}


def _overdue(
    rows: QuerySet[Inbound], location: int | None, by: datetime, *, without: dict[int, int]
) -> dict[int, int]:
    """By address, the oldest reply that was read by nobody in time, of the `SIZE` oldest unread ones."""
    unread = rows.filter(handled_at=None).exclude(address__in=without).order_by("pk")
    # The oldest, whenever they came: to look for the instant would go through all that came in since yesterday.
    found = list(unread.values_list("address", "pk", "received_at")[:SIZE])
    late = [(address, pk) for address, pk, received in found if received <= by]
    there = _here([pk for _, pk in late], location)
    oldest: dict[int, int] = {}
    for address, pk in late:
        if pk in there:
            oldest.setdefault(address, pk)
    return oldest


def _here(replies: list[int], location: int | None) -> set[int]:
    """Those that came to the location's number, or from its people."""
    if location is None or not replies:
        return set(replies)
    either = Q(sender__location=location) | Q(contact__location=location)
    return set(Inbound.objects.filter(either, pk__in=replies).values_list("pk", flat=True))


def _replies(asked: Asked, *, unread: bool) -> QuerySet[Inbound]:
    """What is asked of each reply by itself."""
    rows: QuerySet[Inbound] = Inbound.objects.all()
    if asked.which == UNREAD or unread:
        rows = rows.filter(handled_at=None)
    if asked.which == NEEDS_A_PERSON:
        rows = rows.filter(handled_at=None, label__in=[Inbound.Label.UNSURE, Inbound.Label.OPT_OUT])
    elif asked.which == "booked":
        rows = rows.filter(handled_at=None, rule=BOOKED)
    if asked.taken in Inbound.Label.values:
        rows = rows.filter(label=asked.taken)
    if asked.words:
        rows = rows.filter(body_words__contains=_codes(asked.words))
    return rows


def _addresses(rows: QuerySet[Inbound], asked: Asked, me: User) -> QuerySet[Inbound]:
    """What is asked of the address, and so of all replies from it alike."""
    if asked.which == "out":
        suppressed = Suppression.objects.in_force(db_now()).filter(
            client=OuterRef("client"), address=OuterRef("address")
        )
        rows = rows.filter(Exists(suppressed))
    elif asked.which == "mine":
        rows = rows.filter(address__in=Assignment.objects.filter(to=me, ended_at=None).values("address"))
    if asked.address:
        rows = rows.filter(address=_bigint(asked.address))
    if asked.named:
        rows = rows.filter(address__in=_of(_codes(asked.named)))
    return rows


def _of(hashes: list[int]) -> list[int]:
    """The addresses of people with this name; of a very common one, not of everybody."""
    people = named(Contact.objects.order_by(), hashes).values_list("pk", flat=True)[:LOOKED_THROUGH]
    rows = ContactPoint.objects.filter(contact__in=list(people))
    return list(rows.values_list("address", flat=True).distinct())


def places() -> list[tuple[str, str]]:
    """The client's locations, to choose from."""
    return [(str(pk), name) for pk, name in Location.objects.order_by("name").values_list("pk", "name")]


def _codes(text: str) -> list[int]:
    return [_bigint(each) for each in text.split(",")]


def _bigint(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value
