"""The addresses of a chunk by id: found among all that anybody here ever had, made where they are new.

Addresses belong to no client and are kept for ever (`consent.models.address`), so a chunk's may be there before the
chunk is: an import makes them on a second connection while the database still writes the chunk before. A worker
killed in between leaves addresses that nobody has yet, and the next one finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection, transaction

from consent.models import Address
from tenants.hashing import address_hashes, hash_versions
from tenants.models import Channel

from .people import Person

CHANNELS = (Channel.SMS.value, Channel.EMAIL.value)
Spot = tuple[str, str]
"""A channel and a canonical address on it."""


@dataclass
class Spots:
    """The addresses of a chunk: their keyed hashes, and the ids of those found and of those made."""

    digests: dict[Spot, bytes]
    known: dict[Spot, int] = field(default_factory=dict)
    made: dict[Spot, int] = field(default_factory=dict)
    found: bool = False

    def ids(self) -> dict[Spot, int]:
        """Every address that has an id by now."""
        return self.known | self.made


def digests(people: list[Person]) -> dict[Spot, bytes]:
    """The keyed hashes of every address of the chunk, also of those that only said no."""
    hashed: dict[Spot, bytes] = {}
    version = hash_versions()[0]
    for channel in CHANNELS:
        mine = {person.points[channel] for person in people if channel in person.points}
        mine |= {address for person in people for kind, address in person.no if kind == channel}
        for address, digest in zip(mine, address_hashes(channel, mine, version), strict=True):
            hashed[channel, address] = digest
    return hashed


def find(spots: Spots) -> None:
    """Look up which of them are known, unless that was done ahead."""
    if spots.found:
        return
    for channel, wanted in _by_channel(spots).items():
        known = Address.objects.find(channel, list(wanted), list(wanted.values()))
        spots.known |= {(channel, address): pk for address, pk in known.items()}
    spots.found = True


def make(spots: Spots) -> None:
    """Make those that are not known."""
    for channel, wanted in _by_channel(spots).items():
        made = Address.objects.make(channel, list(wanted), list(wanted.values()))
        spots.made |= {(channel, address): pk for address, pk in made.items()}


def ahead(spots: Spots) -> None:
    """Find and make them in a transaction of their own, on the connection of the calling thread.

    Its commit need not wait for the disk: the commit of the chunk, which comes later in the same log, does.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        find(spots)
        make(spots)


def _by_channel(spots: Spots) -> dict[str, dict[str, bytes]]:
    """Of each channel those without an id, with their hashes."""
    ids = spots.ids()
    return {
        channel: {
            spot[1]: digest
            for spot, digest in spots.digests.items()
            if spot[0] == channel and spot not in ids
        }
        for channel in CHANNELS
    }
