"""Rows as JSON and as CSV, with everything in them in clear but nobody's keys."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from compliance import policy
from compliance.checks import BY_CODE
from compliance.deciding import kind_of
from consent.models import Contact
from messaging.evidence.subject import Tables
from messaging.models import Message
from tenants.csv_export import safe_cell
from tenants.sealing import written

# Files stand in the pack as files; what opens a provider's account stands nowhere.
LEFT_OUT = frozenset({"file", "settings", "password", "token_hash"})


def plain(row: Model) -> dict[str, Any]:
    """One row: every column by its name, as JSON can hold it."""
    return {
        field.attname: _value(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in LEFT_OUT
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def files_of(tables: Tables) -> Iterator[tuple[str, bytes]]:
    """Each table twice: data/NAME.json and data/NAME.csv."""
    for name, queryset in tables.items():
        rows = [plain(row) for row in queryset.order_by("pk")]
        yield from both(name, rows)


def both(name: str, rows: list[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """A table as JSON and as CSV that no spreadsheet mistakes for formulas."""
    yield f"data/{name}.json", json.dumps(rows, indent=1, ensure_ascii=False).encode()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    heads = list(rows[0]) if rows else []
    writer.writerow(heads)
    writer.writerows([safe_cell(_cell(row[head])) for head in heads] for row in rows)
    yield f"data/{name}.csv", out.getvalue().encode()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def to_others(messages: QuerySet[Message]) -> list[dict[str, Any]]:
    """Messages to others at a person's addresses: which, when and what became of them, nothing of who."""
    columns = ("id", "claimed_at", "channel", "status", "delivery")
    rows = messages.order_by("pk").values_list(*columns)
    return [{name: _value(value) for name, value in zip(columns, row, strict=True)} for row in rows]


def deciding(messages: QuerySet[Message], about: int | None) -> list[dict[str, Any]]:
    """Every row that decided a check of these messages, as it stands: facts are ended, never overwritten. With `about`, the id of
    a contact, a row of somebody else is named and not told.
    """
    wanted: defaultdict[type[Model], set[str]] = defaultdict(set)
    for evidence in messages.exclude(evidence=None).values_list("evidence", flat=True).iterator():
        for code, ids in (evidence or {}).items():
            if code in BY_CODE:
                wanted[kind_of(code)].update(map(str, ids))
    return [
        {
            "kind": kind._meta.label,
            "row": plain(row) if about in (None, _whose(row, about)) else {"id": row.pk},
        }
        for kind in sorted(wanted, key=lambda each: each._meta.label)
        for row in kind._default_manager.filter(pk__in=wanted[kind]).order_by("pk")
    ]


def _whose(row: Model, otherwise: int | None) -> int | None:
    """The contact that a row is about."""
    return row.pk if isinstance(row, Contact) else getattr(row, "contact_id", otherwise)


def rules(messages: QuerySet[Message]) -> list[dict[str, Any]]:
    """What each check says and where it stands in law: in every policy by which one of these was judged, and as it is written now."""
    named = messages.order_by().values_list(f"evidence__{policy.KEY}__0", flat=True).distinct()
    return policy.rules_of(each for each in named if each)


def lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """One JSON document a line."""
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()
