"""What became of each line of a file, as a file: `line,outcome,reason,phone,email`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from consent.models import Import, ImportRow
from tenants.csv_export import Safe, safe_cell
from tenants.scope import acting_for

COLUMNS = ("line", "outcome", "reason", "phone", "email")
PART = 5_000  # lines read at a time


def report_lines(of_import: Import) -> Iterator[list[str | int]]:
    """The report's lines in the file's order, in flat memory. Opens the client's scope itself, part by part."""
    last = 0
    while True:
        with acting_for(of_import.client_id):
            rows = ImportRow.objects.filter(of_import=of_import, line__gt=last).order_by("line")[:PART]
            part = list(rows.values_list("line", "outcome", "reason", "phone", "email"))
        for line, outcome, reason, phone, email in part:
            yield [line, outcome, reason, Safe(phone), email]  # +1 and ten digits is no formula
        if len(part) < PART:
            return
        last = part[-1][0]


def write_report(of_import: Import, out: TextIO) -> None:
    """Write the whole report as CSV."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in line] for line in report_lines(of_import))
