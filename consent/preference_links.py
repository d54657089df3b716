"""Links by which a person leaves without signing in: 32 random bytes, stored hashed, naming nobody, valid for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from consent.models import PreferenceLink
from tenants.hashing import new_token


@dataclass(frozen=True)
class NewLink:
    """A link not stored yet: the address to print, and the row behind it."""

    url: str
    row: PreferenceLink

    def __repr__(self) -> str:
        return "NewLink()"


def new_link(client_id: int, address_id: int, message_id: int | None = None, campaign_id: int | None = None) -> NewLink:
    """Make a link for one mail; it works once `store_links` has kept it."""
    token, digest = new_token()
    row = PreferenceLink(token_hash=digest, client_id=client_id, address_id=address_id, message_id=message_id, campaign_id=campaign_id)
    return NewLink(settings.PUBLIC_URL + reverse("unsubscribe", args=[token]), row)


def store_links(links: Sequence[NewLink]) -> None:
    """Keep these links: one statement, in the transaction of what they belong to."""
    PreferenceLink.objects.bulk_create([link.row for link in links])


def make_links(client_id: int, wanted: Iterable[tuple[int, int | None, int | None]]) -> list[str]:
    """Make and keep a link for each (address, message, campaign); their addresses in the same order."""
    links = [new_link(client_id, *each) for each in wanted]
    store_links(links)
    return [link.url for link in links]
