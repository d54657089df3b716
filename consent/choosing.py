"""Stopping one kind of messages where one unsubscribes: a no to a purpose, beside the no to everything.

It is only ever a further no. Whoever wants everything stopped presses one button, as before.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from consent.models import PreferenceLink, PurposeOptOut
from tenants import audit
from tenants.clock import db_now
from tenants.models import Channel, Purpose

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# A purpose as whoever gets the messages would call it.
KINDS: dict[str, StrPromise] = {
    Purpose.MARKETING: gettext_lazy("Offers and other marketing"),
    Purpose.RECALL: gettext_lazy("Reminders that a visit is due"),
    Purpose.CARE: gettext_lazy("Messages about my own visits"),
}


def stop_purpose(link: PreferenceLink, purpose: str, number: int | None = None) -> None:
    """From the commit of this transaction on, nothing with this purpose is sent to the link's address, or to this number of
    the same person. Twice changes nothing.

    Call it inside the scope of the link's client.
    """
    address, channel = (link.address_id, link.address.channel) if number is None else (number, Channel.SMS)
    PurposeOptOut.objects.bulk_create(
        [
            PurposeOptOut(
                client_id=link.client_id, address_id=address, channel=channel, purpose=purpose,
                message_id=link.message_id, campaign_id=link.campaign_id,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    stands = PurposeOptOut.objects.get(address=address, purpose=purpose, ended_at=None)
    audit.record(
        "address.opted_out_of_purpose", stands, client_id=link.client_id, address=address, channel=str(channel),
        purpose=purpose,
    )  # fmt: skip


def stopped(link: PreferenceLink) -> list[str]:
    """The purposes that the link's address wants no more of, in the order of the page."""
    return stopped_at(link.client_id, [link.address_id])[link.address_id]


def stopped_at(client_id: int, addresses: Collection[int]) -> dict[int, list[str]]:
    """By address, the purposes it wants no more of, in the order of the page; inside the client's scope."""
    rows = PurposeOptOut.objects.in_force(db_now()).filter(client=client_id, address__in=addresses)
    standing = set(rows.values_list("address", "purpose"))
    return {each: [purpose for purpose in KINDS if (each, purpose) in standing] for each in addresses}


def in_a_sentence(purposes: Collection[str]) -> str:
    """As in: offers and other marketing; reminders that a visit is due. In the language that is spoken."""
    said = [str(KINDS[each]) for each in purposes]
    return "; ".join(each[0].lower() + each[1:] for each in said)
