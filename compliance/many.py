"""An audience through the gate: how many of everybody fail exactly which checks, in a few statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from compliance import gate
from compliance.checks import BY_CODE, CHECKS
from compliance.compiled import OneOf, Text, text_of
from compliance.facts import Effect, pinned, shared


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


# A million people are judged by hashing each check's rows once. The hashes must fit into memory, or PostgreSQL looks each
# person up instead (80 s, not 8); and beside so many checks it finds all joins equally dear and picks a nested loop.
FOR_MANY = {"work_mem": "256MB", "enable_nestloop": "off"}


IDS = ("contact_id", "pk")  # of a judged row, beside what it has in common with others
Build = Callable[..., QuerySet[Any]]  # of the rows and the instant; `ids` where it asks about some of them
Writes = Callable[..., Text]  # the text of such a query: `writes(build, ids=...)`


def anew(rows: QuerySet[Any], at: datetime) -> Writes:
    """Queries over just these rows, written when they are asked."""
    return lambda build, **more: text_of(build(rows, at, **more))


def groups(rows: QuerySet[Any], at: datetime) -> list[tuple[list[str], int]]:
    """How many rows fail exactly which checks at `at`. One step reaches an address once: people who share one count once.

    Most checks ask nothing about the person, so they are asked once of all who share the facts they do ask about.
    """
    return grouped(anew(rows, at))


def grouped(writes: Writes) -> list[tuple[list[str], int]]:
    """The same of rows whose queries `writes` writes."""
    return [(failed, sum(parts)) for failed, parts in _grouped(writes, "count(*)")]


def grouped_people(writes: Writes) -> list[tuple[list[str], list[int]]]:
    """The same with the ids of the contacts instead of their number: for a list that fits into memory."""
    found = _grouped(writes, "array_agg(contact_id)")
    return [(failed, [each for part in parts for each in part]) for failed, parts in found]


def _grouped(writes: Writes, what: str) -> list[tuple[list[str], list[Any]]]:
    kinds = _kinds(writes, what)
    standing_for = {tuple(values): pk for _, *values, pk, _ in kinds}
    answers = _shared_answers(writes, set(standing_for.values()))
    found: dict[tuple[str, ...], list[Any]] = {}
    for own, *values, _, each in kinds:
        if (answer := answers.get(standing_for[tuple(values)])) is None or answer[0] != values:
            # That row changed between the two statements.
            return [(failed, [together]) for failed, together in _one_by_one(writes, what)]
        failed = tuple(sorted([*own, *answer[1]], key=gate.ORDER.__getitem__))
        found.setdefault(failed, []).append(each)
    return [(list(failed), parts) for failed, parts in found.items()]


def _kinds(writes: Writes, what: str) -> list[Any]:
    """What the checks that ask who it is for say, by the shared facts: codes, those facts, the id of one such row, `what` of all."""
    return _together(writes(_about_each), f"min(pk), {what}")


def _about_each(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    asked = [check for check in CHECKS if check.asks_who]
    found: QuerySet[Any] = one_each(rows).annotate(
        own=gate.failed_codes(at, pinned(rows), among=asked, of=rows.model)
    )
    return found.values_list("own", *shared(rows), *IDS)


def _shared_answers(writes: Writes, ids: set[int]) -> dict[int, tuple[list[Any], list[str]]]:
    """By row: its shared facts and the codes of the checks that ask about nothing else."""
    sql, params, _ = writes(_about_some, ids=list(ids))
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {pk: (values, codes) for pk, codes, *values in cursor.fetchall()}


def _about_some(rows: QuerySet[Any], at: datetime, ids: list[int]) -> QuerySet[Any]:
    asked = [check for check in CHECKS if not check.asks_who]
    found: QuerySet[Any] = rows.filter(OneOf(ids)).annotate(
        own=gate.failed_codes(at, pinned(rows), few=True, among=asked)
    )
    return found.values_list("pk", "own", *shared(rows))


def _one_by_one(writes: Writes, what: str = "count(*)") -> list[Any]:
    """The same in one statement, which asks every check of every row."""
    return _together(writes(_about_all), what)


def _about_all(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    return one_each(gate.judged(rows, at)).values_list("failed_now", *IDS)


def one_each(rows: QuerySet[Any]) -> QuerySet[Any]:
    """One row an address: a step reaches it once."""
    return rows.order_by("address_id", "contact_id").distinct("address_id")


def _together(text: Text, what: str) -> list[Any]:
    """`what`, an aggregate, of the rows that have the same values; their ids are no such value."""
    columns, by = (", ".join(each) for each in (text.columns, [n for n in text.columns if n not in IDS]))
    with connection.cursor() as cursor, planned_for_many(cursor):
        cursor.execute(
            f"WITH judged ({columns}) AS MATERIALIZED ({text.sql}) SELECT {by}, {what} FROM judged GROUP BY {by}",  # noqa: S608
            text.params,
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
