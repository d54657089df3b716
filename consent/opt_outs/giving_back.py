"""The client's opt-outs as a file: the address where it is still held, its keyed hash where only that outlives the person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.models import AddressHash, ContactPoint, PurposeOptOut, Suppression
from tenants.clock import db_now
from tenants.csv_export import Safe
from tenants.models import Channel
from tenants.scope import acting_for

COLUMNS = ["channel", "address", "keyed hash", "since", "how", "note", "only for"]
PART = 2_000  # opt-outs read at a time


def lines(client_id: int) -> Iterator[list[Any]]:
    """Every opt-out in force, oldest first, in flat memory; after them those of one kind of messages, with the kind.

    Opens the client's scope itself, part by part.
    """
    for each, address in _in_force(Suppression, client_id):
        yield _line(each, address, each.get_source_display(), each.note, "")
    for each, address in _in_force(PurposeOptOut, client_id):
        yield _line(each, address, Suppression.Source.PREFERENCES.label, "", each.get_purpose_display())


def _in_force(model: type[Any], client_id: int) -> Iterator[tuple[Any, tuple[str, str]]]:
    """Each with its address in clear, or its keyed hash."""
    last = 0
    while True:
        with acting_for(client_id):
            rows = model.objects.in_force(db_now()).filter(client=client_id, pk__gt=last).order_by("pk")
            part = list(rows[:PART])
            ids = {each.address_id for each in part}
            values = dict(
                ContactPoint.objects.filter(client=client_id, address__in=ids).values_list(
                    "address_id", "value"
                )
            )
            hashes = {
                each.address_id: f"{each.key_version}:{bytes(each.hash).hex()}"
                for each in AddressHash.objects.filter(address__in=ids - values.keys()).order_by(
                    "key_version"
                )
            }
        for each in part:
            yield each, (values.get(each.address_id, ""), hashes.get(each.address_id, ""))
        if len(part) < PART:
            return
        last = part[-1].pk


def _line(each: Any, address: tuple[str, str], how: str, note: str, only_for: str) -> list[Any]:
    value, digest = address
    safe = Safe(value) if each.channel == Channel.SMS else value
    since = each.since.isoformat(timespec="seconds")
    return [each.get_channel_display(), safe, digest, since, how, note, only_for]
