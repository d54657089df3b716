"""What the inbox is asked for, and which of some replies are that: by tab, label, location, name, address or whole words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from consent.finding import named, read_search, word_hashes
from consent.models import Contact, ContactPoint, Suppression
from consent.replies import BOOKED
from messaging.models import Assignment, Inbound
from tenants.clock import db_now
from tenants.models import User

UNREAD, NEEDS_A_PERSON, SAY_BOOKED, OUT, MINE = "open", "decide", "booked", "out", "mine"
LOOKED_THROUGH = 1_000  # replies, for one page
TO_DECIDE = (Inbound.Label.UNSURE, Inbound.Label.OPT_OUT)


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


class Found(NamedTuple):
    """A reply that an index led to."""

    pk: int
    address: int
    label: str
    rule: str


@dataclass(frozen=True)
class Fitting:
    """Which replies and which addresses are what was asked for."""

    which: str
    me: User
    label: str
    words: list[int]
    addresses: frozenset[int] | None  # None: anybody's
    location: int | None

    def rows(self, *, unread: bool) -> QuerySet[Inbound]:
        """What is asked of each reply by itself, and of whose it is."""
        rows = of_tab(self.which, unread=unread)
        if self.label:
            rows = rows.filter(label=self.label)
        if self.words:
            rows = rows.filter(body_words__contains=self.words)
        return rows if self.addresses is None else rows.filter(address__in=self.addresses)

    def among(self, replies: Collection[Found]) -> list[Found]:
        """Of replies that an index led to those that were asked for, in the same order."""
        kept = [each for each in replies if self._reads(each)]
        if self.words and kept:
            rows = Inbound.objects.filter(pk__in=[each.pk for each in kept])
            there = set(rows.filter(body_words__contains=self.words).values_list("pk", flat=True))
            kept = [each for each in kept if each.pk in there]
        return self.standing(kept)

    def standing(self, replies: list[Found]) -> list[Found]:
        """Those whose address stands in the tab, and that came to the location's number or from its people."""
        here = {each.address for each in replies}
        if replies and self.which == OUT:
            here = set(_opted_out().filter(address__in=here).values_list("address", flat=True))
        elif replies and self.which == MINE:
            here = set(_mine(self.me).filter(address__in=here).values_list("address", flat=True))
        kept = [each for each in replies if each.address in here]
        there = _here([each.pk for each in kept], self.location)
        return [each for each in kept if each.pk in there]

    def _reads(self, reply: Found) -> bool:
        if self.addresses is not None and reply.address not in self.addresses:
            return False
        if self.which == NEEDS_A_PERSON and reply.label not in TO_DECIDE:
            return False
        return reply.label == (self.label or reply.label) and (
            self.which != SAY_BOOKED or reply.rule == BOOKED
        )


def fitting(asked: Asked, me: User) -> Fitting:
    """`asked`, read. Raises `ValueError` for a number or a code that nobody gave."""
    addresses = None
    if asked.address:
        addresses = frozenset({bigint(asked.address)})
    if asked.named:
        theirs = frozenset(_of(_codes(asked.named)))
        addresses = theirs if addresses is None else addresses & theirs
    return Fitting(
        asked.which,
        me,
        asked.taken if asked.taken in Inbound.Label.values else "",
        _codes(asked.words) if asked.words else [],
        addresses,
        bigint(asked.location) if asked.location else None,
    )


def of_tab(which: str, *, unread: bool) -> QuerySet[Inbound]:
    """The replies of a tab that has an index of its own; of every other tab all, or all unread ones."""
    rows: QuerySet[Inbound] = Inbound.objects.all()
    if unread or which in (UNREAD, NEEDS_A_PERSON, SAY_BOOKED):
        rows = rows.filter(handled_at=None)
    if which == NEEDS_A_PERSON:
        return rows.filter(label__in=TO_DECIDE)
    return rows.filter(rule=BOOKED) if which == SAY_BOOKED else rows


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


def bigint(text: str) -> int:
    """The number that stands there. Raises `ValueError`, also for one that no row could have."""
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value


def _opted_out() -> QuerySet[Suppression]:
    return Suppression.objects.in_force(db_now())


def _mine(me: User) -> QuerySet[Assignment]:
    return Assignment.objects.filter(to=me, ended_at=None)


def _here(replies: list[int], location: int | None) -> set[int]:
    if location is None or not replies:
        return set(replies)
    either = Q(sender__location=location) | Q(contact__location=location)
    return set(Inbound.objects.filter(either, pk__in=replies).values_list("pk", flat=True))


def _of(hashes: list[int]) -> list[int]:
    """The addresses of people with this name; of a very common one, not of everybody."""
    people = named(Contact.objects.order_by(), hashes).values_list("pk", flat=True)[:LOOKED_THROUGH]
    rows = ContactPoint.objects.filter(contact__in=list(people))
    return list(rows.values_list("address", flat=True).distinct())


def _codes(text: str) -> list[int]:
    return [bigint(each) for each in text.split(",")]
