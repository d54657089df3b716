"""Texts on the page of a mail's link: the same person's number, of which only the last two digits are shown.

There all texts are stopped, or one kind of them. A kind comes back by a fresh signed yes on the same page; after a stop of
all texts they come back by a START from that number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest

from consent import coming_back
from consent.choosing import KINDS, stop_purpose, stopped_at
from consent.models import ContactPoint, PreferenceLink, Suppression, UnsafeMark
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import Channel


@dataclass(frozen=True)
class Number:
    """A number as the page shows it."""

    address: int
    point: ContactPoint = field(repr=False)
    ends: str
    stopped: bool  # all texts
    off: list[str]  # else the kinds that were
    back: str  # what they agree to who want these again; empty when no yes brings them back

    @property
    def stopped_kinds(self) -> list[str]:
        """The kinds that were stopped, as the page calls them."""
        return [str(KINDS[each]) for each in self.off]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds that can be stopped still."""
        return [(each, str(says)) for each, says in KINDS.items() if each not in self.off]


def numbers(link: PreferenceLink) -> list[Number]:
    """Those of the one person who has the link's mail address; of an address that several share, none.

    Call it inside the scope of the link's client. Nothing is left of them once the person was erased or the client left.
    """
    if link.address.channel != Channel.EMAIL:
        return []
    at = db_now()
    points = ContactPoint.objects.in_force(at).filter(client=link.client_id)
    people = list(points.filter(address=link.address_id).values_list("contact", flat=True).distinct()[:2])
    if len(people) != 1:
        return []
    theirs = points.filter(contact=people[0], channel=Channel.SMS).select_related("contact")
    found = list(theirs.order_by("pk"))
    addresses = [each.address_id for each in found]
    out = Suppression.objects.in_force(at).filter(address__in=addresses)
    stopped = set(out.values_list("address", flat=True))
    unsafe = set(
        UnsafeMark.objects.in_force(at).filter(address__in=addresses).values_list("address", flat=True)
    )
    off = stopped_at(link.client_id, addresses)
    return [
        _shown(link, each, each.address_id in stopped, each.address_id in unsafe, off[each.address_id])
        for each in found
    ]


def _shown(link: PreferenceLink, point: ContactPoint, stopped: bool, unsafe: bool, off: list[str]) -> Number:
    ends = point.value[-2:]
    lifts = off and not stopped and not unsafe
    back = coming_back.wording_for_texts(link, ends, off) if lifts else ""
    return Number(point.address_id, point, ends, stopped, off, back)


def named(link: PreferenceLink, chosen: str) -> Number | None:
    """The number that a button of the page named; None when it named none of the person's. Inside the client's scope."""
    return next((each for each in numbers(link) if str(each.address) == chosen), None)


def stop_texts(link: PreferenceLink, number: Number, purpose: str = "") -> None:
    """Stop one kind of texts to it, or all of them. Inside the client's scope."""
    if purpose:
        return stop_purpose(link, purpose, number.address)
    suppress(
        link.client_id, number.address, Channel.SMS, Suppression.Source.PREFERENCES,
        message_id=link.message_id, campaign_id=link.campaign_id,
    )  # fmt: skip
    return None


def take_again(link: PreferenceLink, number: Number, signed: str, request: HttpRequest) -> bool:
    """Record the yes to the kinds of texts that were stopped there, and lift just those; False without a signature.

    Inside the client's scope and a transaction.
    """
    if not signed.strip() or not number.back:
        return False
    coming_back.take_kinds_again(link, number.point, number.back, number.off, signed, request)
    return True
