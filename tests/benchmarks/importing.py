"""A client's list into the database: the product's importer and the two shapes everybody else's have.

Each runs in a process and a database of its own. The peers get it easier: columns are known, one transaction, no report of
the lines, no consent or opt-out records, no households, nobody joined with whom they know.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.importing.columns import Mapping
from consent.importing.loading import load
from consent.importing.receiving import accept, receive
from consent.models import Address, AddressHash, Contact, ContactPoint, Import
from tenants.hashing import address_hash, word_hash, words_of
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.benchmarks.measuring import Clock, peak_memory

BATCH = 1000  # django-import-export's default


def product(file: Path) -> dict[str, Any]:
    """Upload and load `file`; the clock runs for the load, which a worker does."""
    of = people.clinic()
    with acting_for(of.pk), Clock() as upload, file.open("rb") as content:
        made = receive(of, iter(lambda: content.read(65_536), b""), file.name, by=None)
        assert accept(made, Mapping.from_stored(made.mapping), by=None)
    with Clock(helpers=True) as took:
        assert load(made.pk, of.pk)
    with acting_for(of.pk):
        done = Import.objects.get()
        assert done.state == Import.State.DONE, done.problem
        assert Contact.objects.count() == done.taken
    return _answer(took, done.lines_read - 1) | {"refused": done.refused, "upload_seconds": upload.wall}


def row_by_row(file: Path) -> dict[str, Any]:
    """`update_or_create` for each row: django-import-export as it comes."""
    of = people.clinic()
    with Clock(helpers=True) as took, acting_for(of.pk):
        count = 0
        for count, row in enumerate(_rows(file), start=1):  # noqa: B007
            contact, _ = Contact.objects.update_or_create(
                client=of, external_id=row["external_id"], defaults=_contact(of, row)
            )
            for channel, value in row["points"]:
                digest = address_hash(channel, value)
                known = AddressHash.objects.filter(key_version=1, hash=digest).first()
                if known is None:
                    known = AddressHash.objects.create(
                        address=Address.objects.create(channel=channel), key_version=1, hash=digest
                    )
                ContactPoint.objects.update_or_create(
                    client=of,
                    contact=contact,
                    address_id=known.address_id,
                    defaults={"channel": channel, "value": value},
                )
    return _answer(took, count)


def in_batches(file: Path) -> dict[str, Any]:
    """`bulk_create` of a thousand, who is known looked up in memory: django-import-export's bulk mode."""
    of = people.clinic()
    with Clock(helpers=True) as took, acting_for(of.pk):
        known = {bytes(digest): pk for digest, pk in AddressHash.objects.values_list("hash", "address_id")}
        contacts = dict(Contact.objects.values_list("external_id", "pk"))
        rows, count = _rows(file), 0
        while batch := list(islice(rows, BATCH)):
            new = [row for row in batch if row["external_id"] not in contacts]
            made = Contact.objects.bulk_create(
                Contact(client=of, external_id=row["external_id"], **_contact(of, row)) for row in new
            )
            contacts |= {each.external_id: each.pk for each in made}
            spots = [
                (row, channel, value, address_hash(channel, value))
                for row in batch
                for channel, value in row["points"]
            ]
            missing = list(
                {digest: channel for _, channel, _, digest in spots if digest not in known}.items()
            )
            addresses = Address.objects.bulk_create(Address(channel=channel) for _, channel in missing)
            AddressHash.objects.bulk_create(
                AddressHash(address=address, key_version=1, hash=digest)
                for (digest, _), address in zip(missing, addresses, strict=True)
            )
            known |= {digest: address.pk for (digest, _), address in zip(missing, addresses, strict=True)}
            ContactPoint.objects.bulk_create(
                (ContactPoint(client=of, contact_id=contacts[row["external_id"]], channel=channel, address_id=known[digest], value=value)
                 for row, channel, value, digest in spots),
                ignore_conflicts=True,
            )  # fmt: skip
            count += len(batch)
    return _answer(took, count)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8") as content:
        for row in csv.DictReader(content):
            points = []
            for channel, read, cell in (
                ("sms", canonical_sms, row["Cell Phone"]),
                ("email", canonical_email, row["E-mail"]),
            ):
                try:
                    points.append((channel, read(cell)))
                except AddressRefused:
                    continue
            yield {
                "external_id": row["Patient ID"], "first_name": row["First Name"], "last_name": row["Last Name"], "state": row["State"],
                "last_visit": row["Last Visit"], "points": points,
            }  # fmt: skip


def _contact(of: Client, row: dict[str, Any]) -> dict[str, Any]:
    words = sorted(word_hash(of.pk, word) for word in words_of(f"{row['first_name']} {row['last_name']}"))
    named = {name: row[name] for name in ("first_name", "last_name", "state", "last_visit")}
    return named | {"name_words": words, "filled": ["first_name", "last_name"]}


def _answer(took: Clock, rows: int) -> dict[str, Any]:
    each = 1000 / rows
    return {
        "rows": rows, "seconds": took.wall, "rows_a_second": rows / took.wall, "rows_a_cpu_second": rows / took.cpu,
        "app_ms_a_row": took.app * each, "database_ms_a_row": took.database * each, "peak_mb": peak_memory(),
    }  # fmt: skip
