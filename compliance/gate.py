"""The gate: one SQL expression that names every check a row fails, asked alike by preview, claim and "why"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Case, DateTimeField, Func, Model, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Greatest

from compliance.checks import BY_CODE, CHECKS
from compliance.facts import Check, Effect, Facts, pinned, shared

HOLDING = [check.code for check in CHECKS if check.effect is Effect.HOLD]
ORDER = {check.code: place for place, check in enumerate(CHECKS)}
EVIDENCE_ROWS = 5  # ids kept for each check: enough to prove it, little enough to store a million times


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
) -> CodesOf:
    """The codes of the checks that refuse a row at `at`, in the policy's order; empty = clear.

    `known`: see `facts.pinned`. `few`: the rows are a wave or one person, not an audience; the answer is the same.
    `among`: only these checks (default: the policy). `of`: see `facts.Own`.
    """
    facts = Facts.of_rows(at, known, of)
    return CodesOf(
        *[
            Case(When(check.fails(facts, few=few), then=Value(check.code)), output_field=TextField())
            for check in (CHECKS if among is None else among)
        ]
    )


def deciding_ids(at: datetime, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """For each check, an annotation with the ids of the rows that decide it (at most EVIDENCE_ROWS)."""
    facts = Facts.of_rows(at, known)
    return {
        f"evidence_{check.code}": ArraySubquery(
            check.rows(facts).annotate(_id=Cast("pk", TextField())).values("_id")[:EVIDENCE_ROWS]
        )
        for check in CHECKS
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
        return {
            "total": self.total,
            "clear": self.clear,
            "waiting": self.waiting,
            "held": self.held,
            "codes": self.codes,
            "first": self.first,
        }


def judged(rows: QuerySet[Any], at: datetime, *, few: bool = False) -> QuerySet[Any]:
    """The rows with `failed_now`: an array of codes. `few`: see `failed_codes`."""
    found: QuerySet[Any] = rows.annotate(failed_now=failed_codes(at, pinned(rows), few=few, of=rows.model))
    return found


def judged_with_evidence(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """The rows with `failed_now`, with `until` (when the clock lets them through) and an `evidence_<code>` for each check."""
    known = pinned(rows)
    found: QuerySet[Any] = rows.annotate(
        failed_now=failed_codes(at, known, few=True), until=opens_at(at, known), **deciding_ids(at, known)
    )
    return found


# A million people are judged by hashing each check's rows once. The hashes must fit into memory, or PostgreSQL looks each
# person up instead (80 s, not 8); and beside so many checks it finds all joins equally dear and picks a nested loop.
FOR_MANY = {"work_mem": "256MB", "enable_nestloop": "off"}


def groups(rows: QuerySet[Any], at: datetime) -> list[tuple[list[str], int]]:
    """How many rows fail exactly which checks at `at`. One step reaches an address once: people who share one count once.

    Most checks ask nothing about the person, so they are asked once of all who share the facts they do ask about.
    """
    alike = shared(rows)
    kinds = _kinds(rows, at, alike)
    answers = _shared_answers(rows, at, alike, {kind[-2] for kind in kinds})
    counted: dict[tuple[str, ...], int] = {}
    for own, *values, standing_for_all, number in kinds:
        if (answer := answers.get(standing_for_all)) is None or answer[0] != values:
            return _one_by_one(rows, at)  # that row changed between the two statements
        failed = tuple(sorted([*own, *answer[1]], key=ORDER.__getitem__))
        counted[failed] = counted.get(failed, 0) + number
    return [(list(failed), number) for failed, number in counted.items()]


def _kinds(rows: QuerySet[Any], at: datetime, alike: list[str]) -> list[Any]:
    """What the checks that ask who it is for say, by the shared facts: codes, those facts, the id of one such row, how many."""
    asked = [check for check in CHECKS if check.asks_who]
    found = _one_each(rows).annotate(own=failed_codes(at, pinned(rows), among=asked, of=rows.model))
    names = ", ".join(f"f{number}" for number in range(len(alike)))
    return _counted(found.values_list("own", *alike, "pk"), f"own{names and ', '}{names}", "pk", "min(pk), ")


def _shared_answers(
    rows: QuerySet[Any], at: datetime, alike: list[str], ids: set[int]
) -> dict[int, tuple[list[Any], list[str]]]:
    """By row: its shared facts and the codes of the checks that ask about nothing else."""
    asked = [check for check in CHECKS if not check.asks_who]
    found = rows.filter(pk__in=ids).annotate(own=failed_codes(at, pinned(rows), few=True, among=asked))
    return {pk: (values, codes) for pk, codes, *values in found.values_list("pk", "own", *alike)}


def _one_by_one(rows: QuerySet[Any], at: datetime) -> list[tuple[list[str], int]]:
    """The same in one statement, which asks every check of every row."""
    return _counted(_one_each(judged(rows, at)).values_list("failed_now"), "failed_now")


def _one_each(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by("address_id", "contact_id").distinct("address_id")


def _counted(found: QuerySet[Any], by: str, also: str = "", shown: str = "") -> list[Any]:
    sql, params = found.query.sql_with_params()
    columns = f"{by}, {also}" if also else by
    with connection.cursor() as cursor, planned_for_many(cursor):
        cursor.execute(
            f"WITH judged ({columns}) AS MATERIALIZED ({sql}) SELECT {by}, {shown}count(*) FROM judged GROUP BY {by}",  # noqa: S608
            params,
        )
        return list(cursor.fetchall())


@contextmanager
def planned_for_many(cursor: Any) -> Iterator[None]:
    """PostgreSQL's settings for one query over everybody, in the transaction that is open."""
    cursor.execute(
        "SELECT name, current_setting(name), set_config(name, given, true) FROM unnest(%s::text[], %s::text[]) AS s(name, given)",
        [list(FOR_MANY), list(FOR_MANY.values())],
    )
    before = [(name, value) for name, value, _ in cursor.fetchall()]
    yield
    cursor.execute(
        "SELECT set_config(name, given, true) FROM unnest(%s::text[], %s::text[]) AS s(name, given)",
        [[name for name, _ in before], [value for _, value in before]],
    )


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
    answers = []
    for check in CHECKS:
        if not check.asks(facts):
            continue
        found = list(check.rows(facts)[:EVIDENCE_ROWS])
        answers.append(Reason(check, check.refuses(found), found))
    return answers


def applies_to(check: Check, channel: str) -> bool:
    """Whether a check asks anything of this channel."""
    return check.asks(SimpleNamespace(channel=channel))
