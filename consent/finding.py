"""Finding a person by what is known exactly: phone, e-mail or whole words of the name, by keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.models import Address, Contact, ContactPoint
from consent.models.contact import WORDS_INDEXED
from tenants.hashing import word_hash, words_of
from tenants.models import Channel
from tenants.scope import acting_clients

MANY_WORDS = 8


class CannotSearch(ValueError):
    """What was typed cannot be looked for; `str()` is a sentence to show."""


@dataclass(frozen=True)
class Wanted:
    """An address known here (`address_id` None when nobody has it), or words of a name."""

    channel: str = ""
    address_id: int | None = None
    words: tuple[str, ...] = ()


def read_search(typed: str) -> Wanted:
    """What was typed: an @ makes it an e-mail address, seven or more digits a phone, else words of a name."""
    typed = typed.strip()
    try:
        if "@" in typed:
            return _address(Channel.EMAIL, canonical_email(typed))
        if sum(each.isdigit() for each in typed) >= 7:
            return _address(Channel.SMS, canonical_sms(typed))
    except AddressRefused as refused:
        raise CannotSearch(refused.sentence) from None
    words = tuple(words_of(typed)[:MANY_WORDS])
    if not words:
        raise CannotSearch("Type a phone number, an e-mail address or whole words of a name.")
    return Wanted(words=words)


def with_address(rows: QuerySet[Contact], address_id: int) -> QuerySet[Contact]:
    """Those who have, or had, this address."""
    points = ContactPoint.objects.filter(address_id=address_id)
    return rows.filter(pk__in=points.values("contact_id"))


def named(rows: QuerySet[Contact], hashes: list[int]) -> QuerySet[Contact]:
    """Those whose name holds all these words (`word_hash` of the same client)."""
    return rows.filter(*_near([[each] for each in hashes]), name_words__contains=hashes)


def named_anywhere(rows: QuerySet[Contact], words: tuple[str, ...]) -> QuerySet[Contact]:
    """The same of the words themselves, through every client that is acted for: each has hashes of its own."""
    hashes = {client: word_hashes(client, words) for client in acting_clients()}
    if not hashes:
        return rows.none()
    exactly = Q()
    for client, own in hashes.items():
        exactly |= Q(client=client, name_words__contains=own)
    return rows.filter(*_near(list(zip(*hashes.values(), strict=True))), exactly)


def word_hashes(client_id: int, words: tuple[str, ...]) -> list[int]:
    """The words as they stand in `Contact.name_words` of this client."""
    return [word_hash(client_id, word) for word in words]


def _near(words: Sequence[Sequence[int]]) -> list[Q]:
    """Of each word (every hash it has) where it may stand; a name of more words than have an index may hold any.

    Under row-level security PostgreSQL takes to an index only what is leakproof: `=` of numbers is, `@>` of arrays is not. So
    this leads by index to a few people, and `@>` is asked of them alone.
    """
    near = []
    for hashes in words[:MANY_WORDS]:
        places = Q(**{f"name_words__{WORDS_INDEXED}__isnull": False})
        for place in range(WORDS_INDEXED):
            places |= Q(**{f"name_words__{place}__in": hashes})
        near.append(places)
    return near


def _address(channel: str, canonical: str) -> Wanted:
    known = Address.objects.known(channel, canonical)
    return Wanted(channel=channel, address_id=known.pk if known else None)
