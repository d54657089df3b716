"""The gate over messages: over a wave at its claim, over one that somebody asks about, over those that were put off.

Each is the policy's own expression, written once a process (`compliance.compiled`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Least

from compliance import gate
from compliance.checks import CHECKS
from compliance.compiled import BIGINTS, INSTANT, OneOf, Written
from compliance.facts import FACTS
from compliance.models import OwnWindow, SendingWindow
from messaging.models import Message, Status

COLUMNS = (
    "id", "fence", "contact_id", "address_id", "household", "channel", "purpose", "expires_at", "failed_now", "until", "closes",
    *(f"evidence_{check.code}" for check in CHECKS),
)  # fmt: skip


def judge(client_id: int, ids: Iterable[int], at: datetime) -> list[dict[str, Any]]:
    """What the gate says at `at` of those of these messages that are still queued; locks their rows.

    Inside `acting_for(client_id)`. Each row: COLUMNS. A row that another transaction holds is left out.
    """
    return WAVE.rows(client=client_id, ids=list(ids), at=at)


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


def wave(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    """The query of a claim, inside the scope of the messages' client."""
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


def _one(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    rows = gate.judged_with_evidence(Message.objects.filter(OneOf(ids)), at)
    return rows.values(*FACTS, *gate.VERDICT)


def _few(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    return gate.judged(Message.objects.filter(OneOf(ids)), at, few=True).values("step_id", "failed_now")


def _again(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
    rows = gate.judged_with_evidence(Message.objects.filter(OneOf(ids)), at)
    return rows.values("id", "campaign_id", "expires_at", *gate.VERDICT)


WAVE, ONE, FEW, AGAIN = (Written(build, ids=BIGINTS, at=INSTANT) for build in (wave, _one, _few, _again))
