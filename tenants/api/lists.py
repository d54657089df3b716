"""Lists by key: `?limit=` and `?after=`, where `after` is what the page before gave as `next`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from tenants.api.problems import Problem
from tenants.keyset import Page, page_of

M = TypeVar("M", bound=Model)
USUAL, MOST = 50, 200
_LINE_CURSOR = re.compile(r"[1-9][0-9]{0,8}~[1-9][0-9]{0,17}")
_CURSOR = re.compile(r"~[1-9][0-9]{0,17}")
CHANGED = OpenApiParameter(
    "changed_since", OpenApiTypes.DATETIME,
    description="Only what came or changed at this instant or after it, with its zone, as in 2026-03-02T14:05:00Z.",
)  # fmt: skip
LIST_PARAMETERS = [
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST},
        description=f"Rows on a page, {MOST} at most; {USUAL} when left out.",
    ),
    OpenApiParameter(
        "after",
        {"type": "string", "pattern": f"^{_CURSOR.pattern}$"},
        description="What the page before gave as `next`.",
    ),
    OpenApiParameter("order", str, enum=["newest", "oldest"], description="`newest` first, when left out."),
]
LINE_PARAMETERS = [
    LIST_PARAMETERS[0],
    OpenApiParameter(
        "after",
        {"type": "string", "pattern": f"^{_LINE_CURSOR.pattern}$"},
        description="What the page before gave as `next`.",
    ),
]


def id_parameter(name: str, says: str) -> OpenApiParameter:
    """A filter by the id of something."""
    return OpenApiParameter(
        name, {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}, description=says
    )  # fmt: skip


def page(request: Request, rows: QuerySet[M], filters: tuple[str, ...] = ()) -> Page[M]:
    """The page that was asked for; unknown parameters are refused, because a filter misspelt would show too much."""
    after, size = _place(request, _CURSOR, ("order", *filters))
    order = request.query_params.get("order", "newest")
    if order not in ("newest", "oldest"):
        raise _wrong("order", "newest or oldest.")
    return page_of(rows, after, by="-id" if order == "newest" else "id", size=size)


def lines_page(request: Request, rows: QuerySet[M], filters: tuple[str, ...] = ()) -> Page[M]:
    """The same of the lines of a file, in its order."""
    after, size = _place(request, _LINE_CURSOR, filters)
    return page_of(rows, after, by="line", size=size)


def _place(request: Request, cursor: re.Pattern[str], filters: tuple[str, ...]) -> tuple[str, int]:
    """Behind what the page begins, and how long it is."""
    given, known = request.query_params, ("limit", "after", *filters)
    if wrong := [name for name in given if name not in known]:
        raise Problem(
            422, "There is no such parameter", f"Of {len(wrong)} of them. Known here: {', '.join(known)}."
        )
    after, size = given.get("after", ""), number(request, "limit") or USUAL
    if "after" in given and not cursor.fullmatch(after):
        raise _wrong("after", "Give exactly what the page before gave as next.")
    if size > MOST:
        raise _wrong("limit", f"{MOST} at most.")
    return after, size


def number(request: Request, name: str) -> int | None:
    """A whole number above zero out of the address; None when it is not there. Raises `Problem`."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise _wrong(name, "A whole number above zero.")
    return int(text)


def choice(request: Request, name: str, known: tuple[str, ...]) -> str:
    """One of the known words out of the address; empty when it is not there. Raises `Problem`."""
    text = request.query_params.get(name)
    if text is None:
        return ""
    if text not in known:
        raise _wrong(name, f"One of {', '.join(known)}.")
    return text


def instant(request: Request, name: str) -> datetime | None:
    """An instant out of the address; None when it is not there. Raises `Problem`."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        # A plus sign that was not escaped has become a blank on the way.
        found = parse_datetime(re.sub(r" (?=\d\d:?\d\d$)", "+", text)) if text.isascii() else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except OverflowError:  # before the first year or after the last one, by a few hours of its zone
        ends = datetime.min if found.year == 1 else datetime.max  # type: ignore[union-attr]
        return ends.replace(tzinfo=UTC)
    except ValueError:
        pass
    raise _wrong(name, "A date, a time and its zone, as in 2026-03-02T14:05:00Z.")


def listed(of: Page[M], results: list[Any]) -> dict[str, Any]:
    """The body of a page: `next` is null on the last."""
    return {"results": results, "next": of.next or None}


def _wrong(name: str, says: str) -> Problem:
    return Problem(422, "A parameter is not right", errors=[(name, says)])
