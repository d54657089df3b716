"""Stopping one kind of messages where one unsubscribes: a no to a purpose, beside the no to everything.

It is only ever a further no. Whoever wants everything stopped presses one button, as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from consent.models import PreferenceLink, PurposeOptOut
from tenants import audit
from tenants.clock import db_now
from tenants.models import Purpose

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# A purpose as whoever gets the messages would call it.
KINDS: dict[str, StrPromise] = {
    Purpose.MARKETING: gettext_lazy("Offers and other marketing"),
    Purpose.RECALL: gettext_lazy("Reminders that a visit is due"),
    Purpose.CARE: gettext_lazy("Messages about my own visits"),
}


def stop_purpose(link: PreferenceLink, purpose: str) -> None:
    """From the commit of this transaction on, nothing with this purpose is sent to the link's address. Twice changes nothing.

    Call it inside the scope of the link's client.
    """
    channel = link.address.channel
    PurposeOptOut.objects.bulk_create(
        [
            PurposeOptOut(
                client_id=link.client_id, address_id=link.address_id, channel=channel, purpose=purpose,
                message_id=link.message_id, campaign_id=link.campaign_id,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    stands = PurposeOptOut.objects.get(address=link.address_id, purpose=purpose, ended_at=None)
    audit.record(
        "address.opted_out_of_purpose", stands, client_id=link.client_id, address=link.address_id, channel=channel,
        purpose=purpose,
    )  # fmt: skip


def stopped(link: PreferenceLink) -> list[str]:
    """The purposes that the link's address wants no more of, in the order of the page."""
    rows = PurposeOptOut.objects.in_force(db_now()).filter(client=link.client_id, address=link.address_id)
    standing = set(rows.values_list("purpose", flat=True))
    return [purpose for purpose in KINDS if purpose in standing]
