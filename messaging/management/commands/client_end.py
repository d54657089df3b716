"""manage.py client_end: everything of a client as one zip; or, when two people agreed or nobody is left to, its deletion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.ending import asking
from messaging.ending.deleting import CannotDelete, delete, numbers
from messaging.ending.exporting import pieces
from messaging.models import Departure
from tenants import audit
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for


class Command(BaseCommand):
    help = "Give back everything a client owns as a zip in open formats, or delete it with a certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, help="the client's name in addresses")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--export", metavar="OUT.zip", help="where to write the zip; must not exist")
        what.add_argument(
            "--delete", action="store_true", help="delete what two people agreed on; needs --name"
        )
        parser.add_argument("--name", default="", help="with --delete: the client's full name, to be sure")
        parser.add_argument(
            "--by",
            default="",
            help="with --delete, where nobody is left to agree: who orders it; stands in the certificate",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client.objects.select_related("agency").filter(slug=options["client"]).first()
        if client is None:
            raise CommandError(f"There is no client {options['client']}.")
        if options["export"]:
            self._export(client, Path(options["export"]))
        else:
            self._delete(client, options["name"], " ".join(options["by"].split())[:200])

    def _export(self, client: Client, path: Path) -> None:
        size = 0
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for piece in pieces(client):
                    size += out.write(piece)
        except FileExistsError:
            raise CommandError(f"{path} exists already.") from None
        with acting_for(client.pk):
            audit.record(
                "evidence.exported", client, client_id=client.pk, size=size, by_command=True, whole=True
            )
        self.stdout.write(f"Everything of {client.name}: {size:,} bytes in {path}.")

    def _delete(self, client: Client, name: str, by: str) -> None:
        with acting_for(client.pk):
            counts = ", ".join(
                f"{what.replace('_', ' ')} {count:,}" for what, count in numbers(client).items()
            )
            agreed, left = asking.agreed(client), asking.enders(client).values("user").distinct().count()
        if name != client.name:
            raise CommandError(
                f'Nothing was deleted. It would be: {counts}. To do it add --name "{client.name}".'
            )
        if agreed is None and left:
            raise CommandError(
                "Nothing was deleted: it takes two people, and nobody has agreed to it. The agency's owner or the practice's compliance "
                f"contact asks on the page /c/{client.slug}/ending/, and another of them agrees there. Now that could be {left}; who is "
                "alone invites a second one first."
            )
        if agreed is None and not by:
            raise CommandError(
                "Nothing was deleted. Nobody is left who could agree to it, so say who orders it: add --by with a name or an e-mail "
                "address. It stands in the certificate."
            )
        try:
            with acting_for(client.pk):
                made = delete(client, agreed.agreed_by if agreed else None, ordered_by="" if agreed else by)
                Departure.objects.filter(withdrawn_at=None, done_at=None).exclude(agreed_at=None).update(
                    done_at=db_now()
                )
        except CannotDelete as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Deleted: {counts}. Certificate {made.pk}:")
        self.stdout.write(made.text)
