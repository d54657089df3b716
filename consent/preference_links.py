"""Unsubscribe links: each names a client and an address by a secret of 256 bits, holds no address, and works for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from consent.models import PreferenceLink
from tenants.hashing import new_token


@dataclass(frozen=True, repr=False)
class NewLink:
    """A link not yet stored. It must be stored before the mail that shows it leaves."""

    url: str
    row: PreferenceLink


def new_link(
    client_id: int, address_id: int, message_id: int | None = None, campaign_id: int | None = None
) -> NewLink:
    """A new link for an address of a client, with the message and campaign it stands in."""
    token, digest = new_token()
    row = PreferenceLink(
        token_hash=digest,
        client_id=client_id,
        address_id=address_id,
        message_id=message_id,
        campaign_id=campaign_id,
    )
    return NewLink(settings.PUBLIC_URL + reverse("unsubscribe", args=[token]), row)


def store_links(links: Iterable[NewLink]) -> None:
    """Store them in one statement."""
    PreferenceLink.objects.bulk_create([link.row for link in links])


def make_links(client_id: int, wanted: Sequence[tuple[int, int | None, int | None]]) -> list[str]:
    """Stored links for (address, message, campaign) of one client, in order."""
    links = [new_link(client_id, address, message, campaign) for address, message, campaign in wanted]
    store_links(links)
    return [link.url for link in links]
