"""Lists as clients send them, and the short way to import one."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from consent.importing.loading import load
from consent.importing.receiving import accept, receive
from consent.models import Import, ImportRow
from tenants.models import Client
from tenants.scope import acting_for

DATA = Path(__file__).resolve().parents[2] / "data"
TEN_THOUSAND = DATA / "contacts-10k.csv"
HEADER = [
    "Patient ID",
    "First Name",
    "Last Name",
    "Cell",
    "E-mail",
    "State",
    "ZIP",
    "Last Visit",
    "OK to text?",
    "OK to email?",
]


def a_list(*rows: list[str], header: list[str] | None = None) -> bytes:
    """A CSV file of these rows."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header or HEADER, *rows])
    return out.getvalue().encode()


def truth() -> dict[int, dict[str, str]]:
    """What each line of the ten thousand must come to."""
    with (DATA / "contacts-10k.truth.csv").open(encoding="utf-8", newline="") as file:
        return {int(row["line"]): row for row in csv.DictReader(file)}


def order(of: Client, content: bytes, **choices: Any) -> Import:
    """An import that a worker may take up."""
    from consent.importing.columns import Mapping

    with acting_for(of.pk):
        made = receive(of, [content], "list.csv", by=None)
        mapping = Mapping.from_stored(made.mapping).choosing(choices)
        assert accept(made, mapping, by=None)
    return made


def import_list(of: Client, content: bytes, *, chunk: int = 10_000, **choices: Any) -> Import:
    """A list brought in from its upload to its end."""
    made = order(of, content, **choices)
    assert load(made.pk, of.pk, chunk=chunk)
    return reread(made)


def reread(made: Import) -> Import:
    with acting_for(made.client_id):
        found: Import = Import.objects.get(pk=made.pk)
    return found


def outcomes(made: Import) -> dict[int, str]:
    """What became of each line."""
    with acting_for(made.client_id):
        return dict(ImportRow.objects.filter(of_import=made).values_list("line", "outcome"))
