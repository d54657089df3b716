"""One line of time out of several tables: a page costs one query over all of them, however far down it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.utils.dateparse import parse_datetime

from tenants.keyset import SIZE

LARGEST = 2**63


@dataclass(frozen=True)
class Part:
    """Rows of one table that stand on the line, and when each of them was: rows without an instant do not."""

    kind: str
    rows: QuerySet[Any]
    at: Any  # the name of a field, or an expression


@dataclass(frozen=True)
class Line:
    """One page of the line, newest first. `next` goes into the address as `after`; empty on the last page."""

    entries: list[tuple[datetime, str, int]]  # when, the kind, the row's id
    next: str
    before: bool

    def ids(self) -> dict[str, list[int]]:
        """Of each kind on this page, which rows: what is shown of them is fetched kind by kind."""
        found: dict[str, list[int]] = defaultdict(list)
        for _, kind, ident in self.entries:
            found[kind].append(ident)
        return found


def line_of(parts: Sequence[Part], after: str, *, size: int = SIZE) -> Line:
    """The page behind `after` (what the page before gave as `next`); an `after` nobody gave begins anew."""
    behind = _read(after)
    queries = [_query(part, rank, behind) for rank, part in enumerate(parts)]
    if not queries:
        return Line([], "", False)
    first, *others = queries
    rows = first.union(*others, all=True).order_by("-line_at", "line_rank", "-line_id")
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    at, rank, ident = found[-1] if found else (None, 0, 0)
    return Line(
        [(at, parts[rank].kind, ident) for at, rank, ident in found],
        f"{at.isoformat()}~{rank}~{ident}" if more and at else "",
        behind is not None,
    )


def _query(part: Part, rank: int, behind: tuple[datetime, int, int] | None) -> QuerySet[Any]:
    at = F(part.at) if isinstance(part.at, str) else part.at
    rows: QuerySet[Any] = part.rows.order_by().annotate(
        line_at=at, line_rank=Value(rank, IntegerField()), line_id=F("pk")
    )
    rows = rows.filter(line_at__isnull=False)
    if behind:
        instant, last_rank, last = behind
        there = Q(line_at__lt=instant)
        if rank == last_rank:
            there |= Q(line_at=instant, line_id__lt=last)
        elif rank > last_rank:
            there = Q(line_at__lte=instant)
        rows = rows.filter(there)
    return rows.values_list("line_at", "line_rank", "line_id")


def _read(after: str) -> tuple[datetime, int, int] | None:
    at, _, rest = after.partition("~")
    rank, _, ident = rest.partition("~")
    try:
        instant = parse_datetime(at)
        if (
            instant is None
            or instant.tzinfo is None
            or not 0 <= int(rank) < LARGEST
            or not 0 < int(ident) < LARGEST
        ):
            return None
        return instant, int(rank), int(ident)
    except (ValueError, OverflowError):
        return None
