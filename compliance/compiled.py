"""Queries that differ from one time to the next in a few values only: written once a process, then asked with the values.

Django needs longer to write the gate's query (some fifty checks, each with its evidence) than PostgreSQL to answer it. So it
is written with a stand-in for everything that may differ, by a function that is given stand-ins and nothing else: no value
of one request can get into the text that the next one asks. Two writings with different stand-ins must come out alike
(`alike`): had Python made a value of a stand-in, an end of a day say, it would stand in the text for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value

from tenants.scope import acting_for


class Text(NamedTuple):
    """A query as a cursor takes it."""

    sql: str
    params: Sequence[Any]
    columns: tuple[str, ...]


def text_of(rows: QuerySet[Any]) -> Text:
    """The text of a `values()` or `values_list()` query."""
    sql, params = rows.query.sql_with_params()
    return Text(sql, params, tuple(rows.query.selected or ()))


@dataclass(frozen=True)
class Kind:
    """What a value is: PostgreSQL's type, and stand-ins by number, which no row of anybody equals."""

    sql: str
    stand_in: Callable[[int], Any]


BIGINT = Kind("bigint", lambda number: -(2**53) - number)
BIGINTS = Kind("bigint[]", lambda number: [-(2**53) - number])
INSTANT = Kind("timestamptz", lambda number: datetime(1987, 6, 5, 4, 3, 2, 123_000 + number, UTC))
INSTANTS = Kind("timestamptz[]", lambda number: [datetime(1987, 6, 5, 4, 3, 2, 123_000 + number, UTC)])
DAY = Kind("date", lambda number: date(1787, 6, 5) + timedelta(days=number))
TEXT = Kind("text", lambda number: f"stand-in {number} of 8d1f6f0a5c")

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # the statements that a connection knows
_numbers = count(1)


class Written:
    """A query written once. `build(**stand_ins)` makes it: a `values()` or `values_list()` query, or the text of some, that reads
    nothing else which may differ. `kinds`: what it is given; `client` is always among it, for the scope it is written in.

    Asked inside `acting_for(client)`: row-level security judges each run by the scope of its own transaction.
    """

    def __init__(self, build: Callable[..., QuerySet[Any] | Text], **kinds: Kind) -> None:
        self.build, self.kinds = build, {"client": BIGINT, **kinds}
        self._name = f"written_{next(_numbers)}"

    def rows(self, **given: Any) -> list[dict[str, Any]]:
        """The rows, by a prepared statement: for few rows, which PostgreSQL finds sooner than it plans how."""
        text, held = self._text, self.kinds
        with connection.cursor() as cursor:
            known = _prepared.setdefault(connection.connection, set())
            if self._name not in known:
                # Else the first five times are planned for their own values, which takes longer than the answer, and a thousand
                # ids get a plan of their own that reads whole tables.
                cursor.execute("SET plan_cache_mode = force_generic_plan")
                types = ", ".join(kind.sql for kind in held.values())
                cursor.execute(f"PREPARE {self._name} ({types}) AS {self._for_prepare(cursor)}")
                known.add(self._name)
            places = ", ".join(f"%s::{kind.sql}" for kind in held.values())
            cursor.execute(f"EXECUTE {self._name} ({places})", [given[name] for name in held])
            return [dict(zip(text.columns, row, strict=True)) for row in cursor.fetchall()]

    def text(self, **given: Any) -> Text:
        """The query with the values in their places: for an audience, which is planned for its own values."""
        sql, params, columns = self._text
        return Text(sql, [_put(each, given) for each in params], columns)

    def alike(self) -> bool:
        """Whether other stand-ins make the same text, so that no value is made of one."""
        return self._text == self._write(500)

    @cached_property
    def _text(self) -> Text:
        return self._write(0)

    def _write(self, first: int) -> Text:
        stand_ins = {
            name: kind.stand_in(first + number) for number, (name, kind) in enumerate(self.kinds.items(), 1)
        }
        with acting_for(stand_ins["client"]):
            made = self.build(**stand_ins)
            sql, params, columns = made if isinstance(made, Text) else text_of(made)
        return Text(sql, [_named(each, stand_ins) for each in params], columns)

    def _for_prepare(self, cursor: Any) -> str:
        numbers = {name: f"${number}" for number, name in enumerate(self.kinds, 1)}
        return str(self._text.sql % tuple(_literal(each, numbers, cursor) for each in self._text.params))


@dataclass(frozen=True)
class _Place:
    """Where a value goes."""

    name: str


def _named(value: Any, stand_ins: Mapping[str, Any]) -> Any:
    for name, stand_in in stand_ins.items():
        if type(value) is type(stand_in) and value == stand_in:
            return _Place(name)
    return [_named(each, stand_ins) for each in value] if isinstance(value, list) else value


def _put(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, _Place):
        return given[value.name]
    return [_put(each, given) for each in value] if isinstance(value, list) else value


def _literal(value: Any, numbers: Mapping[str, str], cursor: Any) -> str:
    if isinstance(value, _Place):
        return numbers[value.name]
    if isinstance(value, list) and value:
        return f"ARRAY[{', '.join(_literal(each, numbers, cursor) for each in value)}]"
    return str(cursor.mogrify("%s", [value]).decode())


class OneOf(Func):
    """`id = ANY (array)`: one value however many ids, where `IN` has one each."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, ids: list[int], name: str = "pk") -> None:
        super().__init__(F(name), Value(ids, output_field=ArrayField(BigIntegerField())))
