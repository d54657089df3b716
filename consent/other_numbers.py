"""Texts on the page of a mail's link: the same person's number, of which only the last two digits are shown, and its stop.

Whoever holds the link may stop texts there and nothing else: texts come back by a START from that number alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent.models import ContactPoint, PreferenceLink, Suppression
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import Channel


@dataclass(frozen=True)
class Number:
    """A number as the page shows it."""

    address: int
    ends: str
    stopped: bool


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
    found = list(points.filter(contact=people[0], channel=Channel.SMS).order_by("pk"))
    out = Suppression.objects.in_force(at).filter(address__in=[each.address_id for each in found])
    stopped = set(out.values_list("address", flat=True))
    return [Number(each.address_id, each.value[-2:], each.address_id in stopped) for each in found]


def stop_texts(link: PreferenceLink, chosen: str) -> bool:
    """Opt out the number that a button of the page named; False when it named none of the person's. Inside the client's scope."""
    known = {str(each.address) for each in numbers(link)}
    if chosen not in known:
        return False
    suppress(
        link.client_id, int(chosen), Channel.SMS, Suppression.Source.PREFERENCES,
        message_id=link.message_id, campaign_id=link.campaign_id,
    )  # fmt: skip
    return True
