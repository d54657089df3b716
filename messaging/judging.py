"""The gate over messages: over a wave at its claim, over one that somebody asks about, over those that were put off.

Each is the policy's own expression, written once a process (`compliance.compiled`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Least
from django.db.models.sql.datastructures import BaseTable

from compliance import gate
from compliance.checks import CHECKS
from compliance.compiled import BIGINTS, INSTANT, OneOf, Text, Written, text_of
from compliance.facts import FACTS, WHO, Check, pinned
from compliance.models import OwnWindow, SendingWindow
from messaging.models import Message, Status

COLUMNS = (
    "id", "fence", "contact_id", "address_id", "household", "channel", "purpose", "expires_at", "failed_now", "until", "closes",
    *(f"evidence_{check.code}" for check in CHECKS),
)  # fmt: skip


def _evidence(check: Check) -> str:
    return f"evidence_{check.code}"


Asked = list[tuple[str, Check]]  # checks, each with the column of its evidence
OF_EACH = tuple(check for check in CHECKS if check.asks_who)
FOR_ALL = tuple(check for check in CHECKS if not check.asks_who)
COLUMN = {field.name: field.attname for field in Message._meta.concrete_fields}
# The facts that messages for different people may share, and their columns.
SHARED = {name: COLUMN[name] for name in FACTS if name not in (*WHO, "client")}
# Those by which a check may not apply: it is never a matter of when.
APPLYING = {name: column for name, column in SHARED.items() if name != "due_at"}
ONCE = ("closes", "until", *(_evidence(check) for check in FOR_ALL))
TAKEN = ("id", "fence", *(COLUMN[name] for name in FACTS), "expires_at")


def judge(client_id: int, ids: Iterable[int], at: datetime) -> list[dict[str, Any]]:
    """What the gate says at `at` of those of these messages that are still queued; locks their rows.

    Inside `acting_for(client_id)`. Each row: COLUMNS. A row that another transaction holds is left out.
    """
    rows = WAVE.rows(client=client_id, ids=list(ids), at=at)
    kinds = {row["id"]: _Kind.of(row) for row in rows if row["id"] == row["kind"]}
    return [kinds[row.pop("kind")].whole(row) for row in rows]


@dataclass
class _Kind:
    """What the gate says of all messages of a wave that share every fact but who they are for."""

    said: dict[str, Any]  # what was asked of one for all: the evidence, until when, `closes`
    refusing: list[str]
    own: Asked  # the checks still to be read off each message's own evidence

    @classmethod
    def of(cls, row: dict[str, Any]) -> _Kind:
        common, own = _asked_of(tuple(row[column] for column in APPLYING.values()))
        return cls(
            {name: row[name] for name in ONCE},
            [check.code for name, check in common if check.refuses(row[name])],
            own,
        )

    def whole(self, row: dict[str, Any]) -> dict[str, Any]:
        failed = [check.code for name, check in self.own if check.refuses(row[name])]
        row.update(self.said)
        row["failed_now"] = sorted([*self.refusing, *failed], key=gate.ORDER.__getitem__)
        row["closes"] = min(filter(None, (row["closes"], row["expires_at"])))
        return row


@lru_cache(maxsize=1024)
def _asked_of(facts: tuple[Any, ...]) -> tuple[Asked, Asked]:
    """The checks that apply to such messages: those asked of one for all, and those asked of each."""
    given = SimpleNamespace(**dict(zip(APPLYING, facts, strict=True)))
    asked = [(_evidence(check), check) for check in CHECKS if check.asks(given)]
    return [each for each in asked if not each[1].asks_who], [each for each in asked if each[1].asks_who]


def explained(message: Message, at: datetime) -> dict[str, Any]:
    """What the gate says at `at` of a message in any state, with its facts: see `gate.reasons`."""
    (row,) = ONE.rows(client=message.client_id, ids=[message.pk], at=at)
    return row


def refusals(client_id: int, ids: list[int], at: datetime) -> list[tuple[int, list[str]]]:
    """The step of each of these messages, and the codes that refuse it at `at`."""
    return [(row["step_id"], row["failed_now"]) for row in FEW.rows(client=client_id, ids=ids, at=at)]


def to_be_sent_again(client_id: int, ids: Iterable[int], at: datetime) -> list[dict[str, Any]]:
    """What the gate says at `at` of these messages in any state: see `gate.VERDICT`."""
    return AGAIN.rows(client=client_id, ids=list(ids), at=at)


def wave(ids: list[int], at: datetime, **_: Any) -> Text:
    """The query of a claim, inside the scope of the messages' client.

    Each check is asked once: whether it refuses is read off its evidence. What asks nothing of the person is asked of the
    first of its kind. All in one statement, so that everything is judged by one state of the database.
    """
    queued = Message.objects.filter(OneOf(ids), status=Status.QUEUED)
    taken = text_of(queued.select_for_update(skip_locked=True, of=("self",)).values_list(*TAKEN))
    # Whatever was due by now is judged for now.
    columns = ", ".join(f"greatest(due_at, %s) AS {name}" if name == "due_at" else name for name in TAKEN)
    alike = ", ".join(SHARED.values())
    judged = text_of(_said(_from_wave(), at))
    sql = (
        f"WITH taken ({', '.join(TAKEN)}) AS MATERIALIZED ({taken.sql}), due AS MATERIALIZED (SELECT {columns} FROM taken), "  # noqa: S608
        f"wave AS MATERIALIZED (SELECT *, min(id) OVER (PARTITION BY {alike}) AS kind FROM due) {judged.sql}"
    )
    return Text(sql, [*taken.params, at, *judged.params], judged.columns)


def _from_wave() -> QuerySet[Any]:
    """Messages as the wave has them: its rows are read and locked once."""
    rows = Message.objects.annotate(kind=RawSQL('"messaging_message"."kind"', [], BigIntegerField()))
    table = rows.query.get_initial_alias()
    rows.query.alias_map[table] = BaseTable("wave", table)
    found: QuerySet[Any] = rows
    return found


def _said(rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    law = SendingWindow.objects.open_at(at).filter(window_key=OuterRef("window_key")).order_by("closes_at")
    own = OwnWindow.objects.open_at(at).filter(client=OuterRef("client"), window_key=OuterRef("window_key"))
    # Until when the provider may deliver it: the law's hours, the client's own, and the message's last day.
    closes = Least(
        Subquery(law.values("closes_at")[:1]), Subquery(own.order_by("closes_at").values("closes_at")[:1])
    )
    known = pinned(rows)
    once = {"closes": closes, "until": gate.opens_at(at, known), **gate.deciding_ids(at, known, FOR_ALL)}
    found: QuerySet[Any] = rows.annotate(
        **{name: Case(When(kind=F("pk"), then=said)) for name, said in once.items()},
        **gate.deciding_ids(at, known, OF_EACH),
    ).values_list(*TAKEN, "kind", *ONCE, *(_evidence(check) for check in OF_EACH))
    return found


def _one(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    rows = gate.judged_with_evidence(Message.objects.filter(OneOf(ids)), at)
    return rows.values(*FACTS, *gate.VERDICT)


def _few(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    return gate.judged(Message.objects.filter(OneOf(ids)), at, few=True).values("step_id", "failed_now")


def _again(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    rows = gate.judged_with_evidence(Message.objects.filter(OneOf(ids)), at)
    return rows.values("id", "campaign_id", "confirms_id", "expires_at", *gate.VERDICT)


WAVE, ONE, FEW, AGAIN = (Written(build, ids=BIGINTS, at=INSTANT) for build in (wave, _one, _few, _again))
