"""Addresses by keyed hash: global, holding no client's data and no plain value.

Suppressions, touches, messages and locks name an address by its id, so the gate joins one column and a
rotation of the hash key changes no check.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Q

from consent.doubtful import doubt
from tenants.hashing import address_hash, address_hashes, hash_versions
from tenants.models import Channel
from tenants.models.base import ClockNow


class AddressManager(models.Manager["Address"]):
    """Addresses, found and made by their canonical form (`consent.addresses`)."""

    def known(self, channel: str, canonical: str) -> Address | None:
        """The address under any key version; None when nobody here ever had it."""
        hashes = [address_hash(channel, canonical, version) for version in hash_versions()]
        return self.filter(hashes__hash__in=hashes, channel=channel).first()

    def find(
        self, channel: str, canonicals: Collection[str], newest: Sequence[bytes] | None = None
    ) -> dict[str, int]:
        """The ids of those of these canonical addresses that somebody here had before, under any key version.

        `newest`: their hashes under the newest key, in their order, when they are at hand already.
        """
        found: dict[str, int] = {}
        wanted = list(canonicals)
        for version in hash_versions():
            digests = newest or address_hashes(channel, wanted, version)
            missing = dict(zip(digests, wanted, strict=True))
            found |= {missing[digest]: address_id for digest, address_id in addresses_of(version, missing)}
            wanted, newest = [each for each in wanted if each not in found], None
        return found

    def resolve(self, channel: str, canonicals: Collection[str]) -> dict[str, int]:
        """The ids of these canonical addresses, made where new. Safe against others doing the same."""
        found = self.find(channel, canonicals)
        return found | self.make(channel, [each for each in canonicals if each not in found])

    def make(
        self, channel: str, canonicals: Collection[str], newest: Sequence[bytes] | None = None
    ) -> dict[str, int]:
        """The ids of addresses that `find` does not know; one that someone else made meanwhile is read back."""
        if not canonicals:
            return {}
        version = hash_versions()[0]
        digests = newest or address_hashes(channel, canonicals, version)
        new = dict(zip(digests, canonicals, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH wanted AS MATERIALIZED (
                    SELECT d.digest, nextval('consent_address_id_seq') AS id
                    FROM (SELECT decode(unnest(string_to_array(%s, ',')), 'hex') AS digest) AS d
                ), address AS (
                    INSERT INTO consent_address (id, channel) SELECT id, %s FROM wanted
                )
                INSERT INTO consent_addresshash (address_id, key_version, hash) SELECT id, %s, digest FROM wanted
                ON CONFLICT (key_version, hash) DO NOTHING RETURNING hash, address_id
                """,
                [",".join(sorted(digest.hex() for digest in new)), channel, version],
            )
            made = {new.pop(bytes(digest)): address_id for digest, address_id in cursor.fetchall()}
        if channel == Channel.EMAIL:
            UnsafeMark.objects.bulk_create(
                UnsafeMark(address_id=made[each], reason=why) for each in made if (why := doubt(each))
            )
        return (
            made | {new[digest]: address_id for digest, address_id in addresses_of(version, new)}
            if new
            else made
        )


def addresses_of(version: int, digests: Collection[bytes]) -> list[tuple[bytes, int]]:
    """The addresses of these hashes. One text of hex travels faster than ten thousand parameters.

    OFFSET 0 has each looked up by its key: ten thousand at once made the planner read every address there is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.digest, h.address_id
            FROM (SELECT decode(unnest(string_to_array(%s, ',')), 'hex') AS digest) AS d
            CROSS JOIN LATERAL (
                SELECT address_id FROM consent_addresshash WHERE key_version = %s AND hash = d.digest OFFSET 0
            ) AS h
            """,
            [",".join(digest.hex() for digest in digests), version],
        )
        return [(bytes(digest), address_id) for digest, address_id in cursor.fetchall()]


class Address(models.Model):
    """A channel and an address nobody can read back; the plain value lives encrypted on the client's contact point."""

    channel = models.CharField(max_length=5, choices=Channel)

    objects: Any = AddressManager()

    def __str__(self) -> str:
        return f"{self.channel} address {self.pk}"


class AddressHash(models.Model):
    """One keyed hash of an address under one key version."""

    # The hash is its own key: a number beside it would cost imports two more index entries an address.
    pk = models.CompositePrimaryKey("key_version", "hash")
    # No constraint: both rows are made by one statement (`AddressManager.make`) and never deleted. No index: a hash
    # is asked for its address, never an address for its hashes.
    address = models.ForeignKey(
        Address, models.CASCADE, related_name="hashes", db_constraint=False, db_index=False
    )
    key_version = models.PositiveSmallIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"hash of address {self.address_id}, key {self.key_version}"


class UnsafeQuerySet(models.QuerySet["UnsafeMark"]):
    def in_force(self, at: Any) -> UnsafeQuerySet:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at)


class UnsafeMark(models.Model):
    """Wrong number, or a complaint: unsafe for everybody. Another client learns only "unsafe address".

    A mail address that is nobody's own is marked when it is first seen (`consent.doubtful`).
    """

    address = models.ForeignKey(Address, models.CASCADE, related_name="unsafe_marks")
    reason = models.CharField(
        max_length=20,
        choices=[
            ("wrong_number", "Wrong number"),
            ("complaint", "Complaint"),
            ("role", "Not one person's: info@, office@"),
            ("disposable", "Made to be thrown away"),
        ],
    )
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    # As of a suppression: the one reply it was read from, and the same reply once a member had read it again.
    read_from = models.BigIntegerField(null=True)
    lifted_by_reply = models.BigIntegerField(null=True)

    objects = UnsafeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "reason"], condition=Q(ended_at=None), name="unsafe_once"
            )
        ]

    def __str__(self) -> str:
        return f"unsafe address {self.address_id}"
