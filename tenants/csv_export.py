"""Tables as CSV files that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

DANGEROUS = frozenset("=+-@\t\r\n|%")
# Spreadsheets and the programs before them drop these from the beginning of a cell.
UNSEEN = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*")


class Safe(str):
    """A cell that is known to be no formula, such as a phone number in canonical form."""

    __slots__ = ()


def safe_cell(value: Any) -> str:
    """The text of a cell; what a spreadsheet would run as a formula begins with an apostrophe."""
    if isinstance(value, Safe):
        return value
    text = "" if value is None else str(value)
    if not text or text[0].isalnum():
        return text
    seen = UNSEEN.sub("", text, count=1)[:1]
    if text[0] in DANGEROUS or (seen and unicodedata.normalize("NFKC", seen) in DANGEROUS):
        return "'" + text
    return text


class _Line:
    """What csv.writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download that is never whole in memory. `rows` is read after the view: it opens its own scope."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff" + str(writer.writerow(header))  # the mark tells spreadsheets that this is UTF-8
        for row in rows:
            yield str(writer.writerow([safe_cell(cell) for cell in row]))

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    return response
