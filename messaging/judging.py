"""The gate over one wave of messages at its claim: the policy's own expression, compiled once, prepared once a connection.

Django needs longer to write this query (28 checks, each with its evidence) than PostgreSQL to answer it, and PostgreSQL
longer to plan it than to run it. So the text is compiled once a process, with stand-ins for the three things that change
(client, instant, messages), and becomes a prepared statement. It is the query of `gate.judged_with_evidence`, word for word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from weakref import WeakSet

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Least

from compliance import gate
from compliance.checks import CHECKS
from compliance.models import OwnWindow, SendingWindow
from messaging.models import Message, Status
from tenants.scope import acting_for

COLUMNS = (
    "id", "fence", "contact_id", "address_id", "household", "channel", "purpose", "expires_at", "failed_now", "until", "closes",
    *(f"evidence_{check.code}" for check in CHECKS),
)  # fmt: skip
# No client, instant or message of these names: whatever parameter equals one of them is the one to fill in.
ANY_CLIENT, ANY_INSTANT, ANY_IDS = -(2**53) - 11, datetime(1987, 6, 5, 4, 3, 2, 123457, UTC), [-(2**53) - 13]
STATEMENT = "judge_wave"

_prepared: WeakSet[Any] = WeakSet()  # connections that know the statement


class OneOf(Func):
    """`id = ANY (array)`: one parameter however many ids, where `IN` has one each."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, ids: list[int]) -> None:
        super().__init__(F("pk"), Value(ids, output_field=ArrayField(BigIntegerField())))


def judge(client_id: int, ids: Iterable[int], at: datetime) -> list[dict[str, Any]]:
    """What the gate says at `at` of those of these messages that are still queued; locks their rows.

    Inside `acting_for(client_id)`. Each row: COLUMNS. A row that another transaction holds is left out.
    """
    with connection.cursor() as cursor:
        if connection.connection not in _prepared:
            cursor.execute(f"PREPARE {STATEMENT} (bigint, timestamptz, bigint[]) AS {_text()}")
            _prepared.add(connection.connection)
        cursor.execute(f"EXECUTE {STATEMENT} (%s, %s, %s::bigint[])", [client_id, at, list(ids)])
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def wave(ids: list[int], at: datetime) -> QuerySet[Any]:
    """The query itself, inside the scope of the messages' client."""
    law = SendingWindow.objects.open_at(at).filter(window_key=OuterRef("window_key")).order_by("closes_at")
    own = OwnWindow.objects.open_at(at).filter(client=OuterRef("client"), window_key=OuterRef("window_key"))
    # Until when the provider may deliver it: the law's hours, the client's own, and the message's last day.
    closes = Least(
        Subquery(law.values("closes_at")[:1]),
        Subquery(own.order_by("closes_at").values("closes_at")[:1]),
        F("expires_at"),
    )
    rows = Message.objects.filter(OneOf(ids), status=Status.QUEUED).select_for_update(
        skip_locked=True, of=("self",)
    )
    found: QuerySet[Any] = gate.judged_with_evidence(rows, at).annotate(closes=closes).values_list(*COLUMNS)
    return found


@cache
def _text() -> str:
    with acting_for(ANY_CLIENT), connection.cursor() as cursor:
        sql, params = wave(ANY_IDS, ANY_INSTANT).query.sql_with_params()
        return str(sql % tuple(_filled(each, cursor) for each in params))


def _filled(value: Any, cursor: Any) -> str:
    for number, stand_in in enumerate((ANY_CLIENT, ANY_INSTANT, ANY_IDS), start=1):
        if value == stand_in:
            return f"${number}"
    return str(cursor.mogrify("%s", [value]).decode())
