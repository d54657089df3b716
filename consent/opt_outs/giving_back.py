"""The client's opt-outs as a file: the address where it is still held, its keyed hash where only that outlives the person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.models import AddressHash, ContactPoint, Suppression
from tenants.clock import db_now
from tenants.csv_export import Safe
from tenants.models import Channel
from tenants.scope import acting_for

COLUMNS = ["channel", "address", "keyed hash", "since", "how", "note"]
PART = 2_000  # opt-outs read at a time


def lines(client_id: int) -> Iterator[list[Any]]:
    """Every opt-out in force, oldest first, in flat memory. Opens the client's scope itself, part by part."""
    last = 0
    while True:
        with acting_for(client_id):
            rows = Suppression.objects.in_force(db_now()).filter(client=client_id, pk__gt=last).order_by("pk")
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
            value = values.get(each.address_id, "")
            yield [
                each.get_channel_display(), Safe(value) if each.channel == Channel.SMS else value, hashes.get(each.address_id, ""),
                each.since.isoformat(timespec="seconds"), each.get_source_display(), each.note,
            ]  # fmt: skip
        if len(part) < PART:
            return
        last = part[-1].pk
