"""What a judgement means: whether its codes end a message, and the rows that decided it, read by their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Model

from compliance.checks import BY_CODE
from compliance.checks.outcome import HELD_OUT
from compliance.facts import FACTS, Check, Effect, Facts

HOLDING = frozenset(code for code, check in BY_CODE.items() if check.effect is Effect.HOLD)


def is_final(failed: Collection[str]) -> bool:
    """Whether these codes end a message. Whoever is held out waits like everybody else until nothing but the draw refuses:
    the message then ends at the moment at which another's is sent, and the two can be compared (docs/outcomes.md)."""
    return bool(HOLDING.intersection(failed) - ({HELD_OUT} if len(failed) > 1 else set()))


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


def until(check: Check, rows: Collection[Model]) -> datetime | None:
    """When these rows, which refuse, will have stopped refusing, if nothing else happens; None where they do not say."""
    return max(map(check.frees, rows)) if check.frees is not None and rows else None


@cache
def kind_of(code: str) -> type[Model]:
    """What a check's rows are: asked of the check itself, about nobody."""
    nobody: dict[str, Any] = dict.fromkeys(FACTS)
    then = datetime(2000, 1, 1, tzinfo=UTC)
    return BY_CODE[code].rows(Facts(**nobody, at=then, when=then)).model
