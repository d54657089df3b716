"""Giving every reachable address its hash under the newest key. Old hashes stay: a suppression may rest on them."""

from __future__ import annotations

from collections.abc import Iterator

from consent.models import AddressHash, ContactPoint
from consent.models.address import addresses_of
from tenants.hashing import address_hash, hash_versions
from tenants.models import Client
from tenants.scope import acting_for

AT_ONCE = 1000


def rehash_all() -> Iterator[tuple[int, int]]:
    """For each client, hash anew what lacks the newest hash; yields (client id, hashes made). May be begun again."""
    for client_id in Client.objects.values_list("pk", flat=True):
        count = last = 0
        while True:
            with acting_for(client_id):
                points = list(ContactPoint.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE])
                if not points:
                    break
                count += _rehash(points)
            last = points[-1].pk
        yield client_id, count


def _rehash(points: list[ContactPoint]) -> int:
    newest = hash_versions()[0]
    wanted = {address_hash(p.channel, p.value, newest): p.address_id for p in points}
    for digest, _ in addresses_of(newest, wanted):
        del wanted[digest]
    AddressHash.objects.bulk_create(
        [
            AddressHash(address_id=address_id, key_version=newest, hash=digest)
            for digest, address_id in wanted.items()
        ],
        ignore_conflicts=True,
    )
    return len(wanted)
