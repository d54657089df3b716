"""`manage.py import_contacts CLIENT FILE`: take in a client's list and bring it to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.importing import uploads
from consent.importing.columns import Mapping, MappingRefused, from_json
from consent.importing.decoding import FileRefused
from consent.importing.loading import load
from consent.importing.reading import Table
from consent.importing.receiving import SAMPLE, accept, receive
from consent.importing.report import write_report
from consent.models import Import
from tenants.models import Client
from tenants.scope import acting_for

PIECE = 1 << 18  # bytes


class Command(BaseCommand):
    help = (
        "Imports a CSV file of any make for a client (its slug). Columns are guessed; --mapping names them instead, "
        'as a JSON object such as {"Cell": "phone", "E-mail": "email"}. --report writes what became of each line.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", help="The client's short name, as in its address.")
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="A JSON file of column names and our fields.")
        parser.add_argument("--report", type=Path, help="Where to write line,outcome,reason,phone,email.")
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client.objects.filter(slug=options["client"]).first()
        if client is None:
            raise CommandError(f"There is no client “{options['client']}”.")
        try:
            made = self._order(client, options["file"], options["mapping"])
        except (FileRefused, MappingRefused) as refused:
            raise CommandError(refused.sentence) from None
        if not load(made.pk, client.pk):
            raise CommandError("Another import of this client is running. This one follows it; see Imports.")
        with acting_for(client.pk):
            made = Import.objects.get(pk=made.pk)
        if options["report"]:
            with options["report"].open("w", encoding="utf-8", newline="") as out:
                write_report(made, out)
        self._tell(made, as_json=options["json"])

    def _order(self, client: Client, file: Path, mapping_file: Path | None) -> Import:
        try:
            stream = file.open("rb")
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        with acting_for(client.pk), stream:
            made = receive(client, _pieces(stream), file.name, by=None)
            try:
                accept(made, _mapping(file, mapping_file) or Mapping.from_stored(made.mapping), by=None)
            except BaseException:
                uploads.discard(made.stored_as)
                raise
        return made

    def _tell(self, made: Import, *, as_json: bool) -> None:
        counts = {"import": made.pk, "state": made.state} | {
            name: getattr(made, name) for name in ("taken", "merged", "refused")
        }
        if as_json:
            self.stdout.write(json.dumps(counts | {"problem": made.problem}))
        else:
            self.stdout.write(f"{made.taken:,} taken, {made.merged:,} merged, {made.refused:,} refused.")
        if made.state != Import.State.DONE:
            raise CommandError(made.problem or "The import did not come to its end.")


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def _mapping(file: Path, mapping_file: Path | None) -> Mapping | None:
    if mapping_file is None:
        return None
    try:
        wanted = json.loads(mapping_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CommandError("The mapping file cannot be read as JSON.") from None
    if not isinstance(wanted, dict):
        raise CommandError("A mapping is a JSON object of column names and our fields.")
    with file.open("rb") as stream:
        table = Table(stream)
        return from_json(table.header, [cells for _, cells, _ in table.sample(SAMPLE)], wanted)
