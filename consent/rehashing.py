"""Giving every reachable address its hash under the newest key. Old hashes stay: a suppression may rest on them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from consent.models import AddressHash, ContactPoint
from tenants.hashing import address_hash, hash_versions
from tenants.models import Client
from tenants.scope import acting_for

AT_ONCE = 1000


def rehash_all() -> Iterator[tuple[int, int]]:
    """For each client, hash anew what lacks the newest hash; yields (client id, hashes made). May be begun again."""
    newest = hash_versions()[0]
    done = AddressHash.objects.filter(address=OuterRef("address"), key_version=newest)
    for client_id in Client.objects.values_list("pk", flat=True):
        count = 0
        while True:
            with acting_for(client_id):
                points = list(ContactPoint.objects.filter(~Exists(done)).order_by("pk")[:AT_ONCE])
                if not points:
                    break
                rows = {
                    p.address_id: AddressHash(
                        address_id=p.address_id,
                        key_version=newest,
                        hash=address_hash(p.channel, p.value, newest),
                    )
                    for p in points
                }
                AddressHash.objects.bulk_create(rows.values(), ignore_conflicts=True)
                count += len(rows)
        yield client_id, count
