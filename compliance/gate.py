"""The gate: one SQL expression that names every check a row fails, asked alike by preview, claim and "why"."""
from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Case, DateTimeField, Func, Model, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Greatest

from compliance.checks import BY_CODE, CHECKS
from compliance.facts import Check, Effect, Facts

HOLDING = [check.code for check in CHECKS if check.effect is Effect.HOLD]
EVIDENCE_ROWS = 5  # ids kept for each check: enough to prove it, little enough to store a million times


class CodesOf(Func):
    template = "array_remove(ARRAY[%(expressions)s]::text[], NULL)"
    output_field = ArrayField(TextField())


def failed_codes(at: datetime) -> CodesOf:
    """The codes of the checks that refuse a row at `at`, in the policy's order; empty = clear."""
    return CodesOf(*[Case(When(check.fails(at), then=Value(check.code)), output_field=TextField()) for check in CHECKS])


def deciding_ids(at: datetime) -> dict[str, Any]:
    """For each check, an annotation with the ids of the rows that decide it (at most EVIDENCE_ROWS)."""
    facts = Facts.of_rows(at)
    return {
        f"evidence_{check.code}": ArraySubquery(
            check.rows(facts).annotate(_id=Cast("pk", TextField())).values("_id")[:EVIDENCE_ROWS]
        )
        for check in CHECKS
    }


def opens_at(at: datetime) -> Any:
    """When the clock checks would next let a row through; NULL when nothing says so."""
    facts = Facts.of_rows(at)
    nexts = [
        Case(When(check.fails(at), then=Subquery(check.opens(facts))), output_field=DateTimeField())
        for check in CHECKS
        if check.opens is not None
    ]
    return Greatest(*nexts)


@dataclass
class Tally:
    """How many rows are clear, waiting and held, and how often each code stands among the reasons."""

    total: int = 0
    clear: int = 0
    waiting: int = 0
    held: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    # By the first refusing check in the policy's order: the funnel from everyone to clear; sums to total - clear.
    first: dict[str, int] = field(default_factory=dict)

    def add(self, failed: Iterable[str], count: int) -> None:
        failed = list(failed)
        self.total += count
        if not failed:
            self.clear += count
            return
        if any(BY_CODE[code].effect is Effect.HOLD for code in failed):
            self.held += count
        else:
            self.waiting += count
        for code in failed:
            self.codes[code] = self.codes.get(code, 0) + count
        self.first[failed[0]] = self.first.get(failed[0], 0) + count

    def as_json(self) -> dict[str, Any]:
        """For storing with an approval and for `manage.py gate --json`."""
        return {"total": self.total, "clear": self.clear, "waiting": self.waiting, "held": self.held, "codes": self.codes, "first": self.first}


def judged(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """The rows with `failed`: an array of codes."""
    return rows.annotate(failed_now=failed_codes(at))


def groups(rows: QuerySet[Any], at: datetime) -> list[tuple[list[str], int]]:
    """How many rows fail exactly which checks at `at`. One step reaches an address once: people who share one count once."""
    one_each = judged(rows, at).order_by("address_id", "contact_id").distinct("address_id").values_list("failed_now")
    sql, params = one_each.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT failed_now, count(*) FROM ({sql}) AS judged (failed_now) GROUP BY 1", params)  # noqa: S608
        return list(cursor.fetchall())


def tally_of(found: Iterable[tuple[list[str], int]], leave_out: Collection[str] = ()) -> Tally:
    """The tally of such groups, as if the checks left out had nothing to say."""
    answer = Tally()
    for failed, count in found:
        answer.add([code for code in failed if code not in leave_out], count)
    return answer


def tally(rows: QuerySet[Any], at: datetime) -> Tally:
    """Judge every row as of `at`."""
    return tally_of(groups(rows, at))


@dataclass(frozen=True)
class Reason:
    """One check's answer for one person, with the rows that decided it."""

    check: Check
    refuses: bool
    rows: list[Model]


def explain(rows: QuerySet[Any], at: datetime) -> list[Reason]:
    """For the single row of `rows`: every check that applies and the rows that decided it, as the world stood at `at`."""
    facts = Facts.of_one(rows, at)
    channel = facts.channel
    answers = []
    for check in CHECKS:
        if not applies_to(check, channel):
            continue
        found = list(check.rows(facts)[:EVIDENCE_ROWS])
        answers.append(Reason(check, check.refuses(found), found))
    return answers


def applies_to(check: Check, channel: str) -> bool:
    """Whether a check asks anything of this channel."""
    wanted = dict(check.applies.children) if check.applies else {}  # type: ignore[arg-type]
    return wanted.get("channel", channel) == channel


