"""The rows that decided a check, read by the ids that a judgement yields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Model

from compliance.checks import BY_CODE
from compliance.facts import FACTS, Facts


def rows_of(ids: Mapping[str, Sequence[str]]) -> dict[str, list[Model]]:
    """By code: the rows of these ids that can still be read, in their order. One query a kind of row."""
    wanted: defaultdict[type[Model], set[str]] = defaultdict(set)
    for code, theirs in ids.items():
        wanted[kind_of(code)].update(theirs)
    found = {
        kind: {str(row.pk): row for row in kind._default_manager.filter(pk__in=all_of_them)}
        for kind, all_of_them in wanted.items()
        if all_of_them
    }
    return {
        code: [row for each in theirs if (row := found.get(kind_of(code), {}).get(each)) is not None]
        for code, theirs in ids.items()
    }


@cache
def kind_of(code: str) -> type[Model]:
    """What a check's rows are: asked of the check itself, about nobody."""
    nobody: dict[str, Any] = dict.fromkeys(FACTS)
    then = datetime(2000, 1, 1, tzinfo=UTC)
    return BY_CODE[code].rows(Facts(**nobody, at=then, when=then)).model
