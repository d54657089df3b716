"""The gate: one SQL expression that names every check a row fails, asked alike by preview, claim and "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, DateTimeField, Func, Model, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Greatest

from compliance.checks import CHECKS
from compliance.deciding import rows_of
from compliance.facts import FACTS, Check, Facts, pinned

ORDER = {check.code: place for place, check in enumerate(CHECKS)}
EVIDENCE_ROWS = 5  # ids kept for each check: enough to prove it, little enough to store a million times
VERDICT = (
    "failed_now",
    "until",
    *(f"evidence_{check.code}" for check in CHECKS),
)  # of `judged_with_evidence`


class CodesOf(Func):
    template = "array_remove(ARRAY[%(expressions)s]::text[], NULL)"
    output_field = ArrayField(TextField())


def failed_codes(
    at: datetime,
    known: Mapping[str, Any] | None = None,
    *,
    few: bool = False,
    among: Sequence[Check] | None = None,
    of: type[Model] | None = None,
    facts: Facts | None = None,
) -> CodesOf:
    """The codes of the checks that refuse a row at `at`, in the policy's order; empty = clear.

    `known`: see `facts.pinned`. `few`: the rows are a wave or one person, not an audience; the answer is the same.
    `among`: only these checks (default: the policy). `of`: see `facts.Own`. `facts`: instead of those of all rows.
    """
    facts = facts or Facts.of_rows(at, known, of)
    return CodesOf(
        *[
            Case(When(check.fails(facts, few=few), then=Value(check.code)), output_field=TextField())
            for check in (CHECKS if among is None else among)
        ]
    )


def deciding_ids(
    at: datetime, known: Mapping[str, Any] | None = None, among: Sequence[Check] = CHECKS
) -> dict[str, Any]:
    """For each check, an annotation with the ids of the rows that decide it (at most EVIDENCE_ROWS)."""
    facts = Facts.of_rows(at, known, few=True)
    return {
        f"evidence_{check.code}": ArraySubquery(
            check.rows(facts).annotate(_id=Cast("pk", TextField())).values("_id")[:EVIDENCE_ROWS]
        )
        for check in among
    }


def opens_at(at: datetime, known: Mapping[str, Any] | None = None) -> Any:
    """When the clock checks would next let a row through; NULL when nothing says so."""
    facts = Facts.of_rows(at, known)
    nexts = [
        Case(
            When(check.fails(facts, few=True), then=Subquery(check.opens(facts))),
            output_field=DateTimeField(),
        )
        for check in CHECKS
        if check.opens is not None
    ]
    return Greatest(*nexts)


def judged(rows: QuerySet[Any], at: datetime, *, few: bool = False) -> QuerySet[Any]:
    """The rows with `failed_now`: an array of codes. `few`: see `failed_codes`."""
    facts = Facts.of_rows(at, pinned(rows), rows.model, few=few)
    found: QuerySet[Any] = rows.annotate(failed_now=failed_codes(at, few=few, facts=facts))
    return found


def judged_with_evidence(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """The rows with `failed_now`, with `until` (when the clock lets them through) and an `evidence_<code>` for each check."""
    known = pinned(rows)
    found: QuerySet[Any] = rows.annotate(
        failed_now=failed_codes(at, few=True, facts=Facts.of_rows(at, known, few=True)),
        until=opens_at(at, known),
        **deciding_ids(at, known),
    )
    return found


@dataclass(frozen=True)
class Reason:
    """One check's answer for one person, with the rows that decided it."""

    check: Check
    refuses: bool
    rows: list[Model]


def explain(rows: QuerySet[Any], at: datetime) -> list[Reason]:
    """For the single row of `rows`: every check that applies and the rows that decided it, as the world stood at `at`."""
    return reasons(judged_with_evidence(rows, at).values(*FACTS, *VERDICT).get())


def reasons(row: Mapping[str, Any], *, refusing: bool = False) -> list[Reason]:
    """The same of a row of FACTS and VERDICT. `refusing`: only the checks that refuse it."""
    facts = SimpleNamespace(**{name: row[name] for name in FACTS})
    ids = {check: row[f"evidence_{check.code}"] for check in CHECKS if check.asks(facts)}
    asked = [check for check in ids if check.refuses(ids[check]) or not refusing]
    found = rows_of({check.code: ids[check] for check in asked})
    return [Reason(check, check.refuses(ids[check]), found[check.code]) for check in asked]


def applies_to(check: Check, channel: str, *, by_hand: bool = False, confirms: bool = False) -> bool:
    """Whether a check asks anything of a campaign's messages on this channel; or of an answer by hand, or of a confirmation."""
    return check.asks(
        SimpleNamespace(
            channel=channel, campaign=None if by_hand or confirms else 0, confirms=0 if confirms else None
        )
    )
