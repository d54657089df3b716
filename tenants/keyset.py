"""Pages of a long list by key, not by number: page 1,000 costs what page 1 costs; new rows shift nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page. `next` goes into the address as `after`; empty on the last page."""

    rows: list[M]
    next: str
    before: bool


def page_of(rows: QuerySet[M], after: str, *, by: str = "-id", size: int = SIZE) -> Page[M]:
    """The page of `rows` that begins behind `after` (what the page before gave as `next`).

    `by`: the field to sort by, `-` before it for descending; ties go by id. Rows without a value come
    last when ascending; a nullable field cannot be sorted descending. An `after` nobody gave begins anew.
    """
    name, down = by.removeprefix("-"), by.startswith("-")
    field: Any = rows.model._meta.get_field(name)
    if down and field.null:
        raise FieldDoesNotExist(f"{name} may be empty: sort it ascending")
    by_id = name in ("id", "pk")
    order = (by, "-id" if down else "id") if not by_id else (by,)
    value, ident = _read(field, after)
    if ident is not None and value is None and not (by_id or field.null):
        ident = None
    known = rows.filter(**{f"{name}__isnull": False}) if field.null else rows
    found: list[M] = []
    if ident is None or value is not None or by_id:
        found = list(_behind(known, name, down, value, ident).order_by(*order)[: size + 1])
    if field.null and len(found) <= size:
        rest = rows.filter(**{f"{name}__isnull": True})
        if ident is not None and value is None:
            rest = rest.filter(id__gt=ident)
        found += rest.order_by("id")[: size + 1 - len(found)]
    more, found = len(found) > size, found[:size]
    return Page(found, _write(field, name, found[-1]) if more else "", ident is not None)


def behind(row: Model, by: str) -> str:
    """What `page_of` takes as `after` to begin behind this row, where the rows were sorted by `by`."""
    name = by.removeprefix("-")
    field: Any = row._meta.get_field(name)
    return _write(field, name, row)


def _behind(rows: QuerySet[M], name: str, down: bool, value: Any, ident: int | None) -> QuerySet[M]:
    if ident is None:
        return rows
    step = "lt" if down else "gt"
    if name in ("id", "pk"):
        return rows.filter(**{f"id__{step}": ident})
    # The first condition is implied by the second; it lets the index jump there.
    return rows.filter(
        Q(**{f"{name}__{step}e": value}),
        Q(**{f"{name}__{step}": value}) | Q(**{name: value, f"id__{step}": ident}),
    )


def _read(field: Field[Any, Any], after: str) -> tuple[Any, int | None]:
    value, _, ident = after.rpartition("~")
    try:
        if not 0 < int(ident) < 2**63:
            return None, None
        return (field.to_python(value) if value else None), int(ident)
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None, None


def _write(field: Field[Any, Any], name: str, row: Model) -> str:
    value = None if name in ("id", "pk") else getattr(row, name)
    return f"{field.value_to_string(row) if value is not None else ''}~{row.pk}"
