"""manage.py audit_verify: is the record still what was sealed?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import audit_anchors
from tenants.models import Client
from tenants.scope import acting_for
from tenants.sealing_check import check


class Command(BaseCommand):
    help = (
        "Check every client's sealed record; exit 1 and name the first bad event when it was tampered with."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", default="", help="one client only, by its name in addresses")
        parser.add_argument(
            "--since", default="", help="only what was sealed from this day on, as in 2026-01-31"
        )
        parser.add_argument("--anchor", default="", help="BLOCK:HASH from a mail; needs --client")

    def handle(self, *args: Any, **options: Any) -> None:
        since, clients = _since(options["since"]), _clients(options["client"])
        if options["anchor"]:
            if not options["client"]:
                raise CommandError("Say with --client whose mail the anchor stood in.")
            self._anchor(clients[0], options["anchor"])
        wrong = 0
        for client in clients:
            with acting_for(client.pk):
                done = check(client.pk, since)
            if done.wrong is None:
                waits = f", {done.not_sealed:,} not sealed yet" if done.not_sealed else ""
                self.stdout.write(
                    f"{client.slug}: {done.events:,} events in {done.blocks:,} blocks are as sealed{waits}."
                )
                continue
            wrong += 1
            event = f", event {done.wrong.event}" if done.wrong.event is not None else ""
            self.stderr.write(f"{client.slug}: TAMPERED, block {done.wrong.block}{event}. {done.wrong.says}")
        if wrong:
            sys.exit(1)

    def _anchor(self, client: Client, given: str) -> None:
        number, _, value = given.partition(":")
        if not number.isdecimal() or len(value.strip()) != 64:
            raise CommandError("Give the anchor as BLOCK:HASH, as it stands in the mail.")
        with acting_for(client.pk):
            if not audit_anchors.holds(client.pk, int(number), value):
                self.stderr.write(
                    f"{client.slug}: TAMPERED. Block {number} is not the one that was mailed out."
                )
                sys.exit(1)
        self.stdout.write(f"{client.slug}: block {number} is the one that was mailed out.")


def _since(day: str) -> datetime | None:
    if not day:
        return None
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        raise CommandError("Give the day as in 2026-01-31.") from None


def _clients(slug: str) -> list[Client]:
    rows = Client.objects.order_by("slug")
    found = list(rows.filter(slug=slug) if slug else rows)
    if slug and not found:
        raise CommandError(f"There is no client {slug}.")
    return found
