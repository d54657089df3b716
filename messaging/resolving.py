"""What a person decides where nobody can tell what became of a message: send it again, or close it.

Sent again, it passes the whole gate, and the first attempt counts for how often the person is written to: they may have got it.
So what would only run out, or be held, is not queued; whoever decides is told so before, and when it may leave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from compliance.checks import BY_CODE
from compliance.deciding import is_final, rows_of, until
from compliance.models import Stop
from consent.models import Touch
from messaging.judging import to_be_sent_again
from messaging.models import Message, Status
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Client, User


@dataclass(frozen=True)
class Outlook:
    """What would become of a message that is sent again now."""

    why: tuple[str, ...]  # what refuses it now, as sentences; empty: it would leave at once
    opens: datetime | None  # before then it would not leave, where anything says so
    ends: datetime  # by then it must have left
    never: bool


class WouldNotLeave(Exception):
    """Sent again, it would end without leaving. Nothing was changed."""

    def __init__(self, outlook: Outlook) -> None:
        super().__init__("It would end without leaving.")
        self.outlook = outlook


def outlooks(client_id: int, ids: Collection[int], at: datetime) -> dict[int, Outlook]:
    """What the gate says at `at` of each of these messages, inside the client's scope. A fixed number of queries; none for none."""
    if not ids:
        return {}
    for_good = set(
        Stop.objects.in_force(at)
        .filter(client=client_id, kind=Stop.Kind.STOP, campaign__isnull=False)
        .values_list("campaign", flat=True)
    )
    rows = to_be_sent_again(client_id, ids, at)
    freed = _freed(client_id, rows)
    found = {}
    for row in rows:
        opens = max([each for each in (row["until"], *freed[row["id"]]) if each], default=None)
        # What confirms an opt-out and may have arrived is never sent a second time.
        never = (
            is_final(row["failed_now"]) or row["campaign_id"] in for_good or row["confirms_id"] is not None
        )
        found[row["id"]] = Outlook(
            tuple(BY_CODE[code].says for code in row["failed_now"]),
            opens,
            row["expires_at"],
            never or (opens or at) >= row["expires_at"],
        )
    return found


def _freed(client_id: int, rows: list[dict[str, Any]]) -> dict[int, list[datetime]]:
    """By message: when what refuses it will have stopped refusing, where the rows behind it say so."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for code in row["failed_now"]:
            if BY_CODE[code].frees is not None:
                wanted[code].update(row[f"evidence_{code}"])
    named = {
        code: {str(each.pk): each for each in theirs}
        for code, theirs in rows_of({code: sorted(ids) for code, ids in wanted.items()}).items()
    }
    client = Client.objects.get(pk=client_id) if wanted else None
    for each in (each for theirs in named.values() for each in theirs.values()):
        if isinstance(each, Touch) and client is not None:  # whose own limit is asked for
            each.client = client
    return {
        row["id"]: [
            ends
            for code in row["failed_now"]
            if code in named
            and (
                ends := until(
                    BY_CODE[code],
                    [named[code][pk] for pk in row[f"evidence_{code}"] if pk in named[code]],
                )
            )
        ]
        for row in rows
    }


def resolve(
    message: Message,
    *,
    send_again: bool,
    by: User | None,
    fence: int | None = None,
    request: HttpRequest | None = None,
) -> Outlook | None:
    """A person's decision about an unresolved message: a new attempt through the gate, or closed. Audited. `fence`: which attempt
    they were asked about, when it is known: an older page decides nothing about a newer attempt.

    What was to be expected then; None when the message is not unresolved any more (late truth came, or someone else decided).
    Raises `WouldNotLeave`.
    """
    at = db_now()
    rows = Message.objects.filter(pk=message.pk, status=Status.UNRESOLVED)
    if fence is not None:
        rows = rows.filter(fence=fence)
    if not rows.select_for_update(of=("self",)).exists():
        return None
    outlook = outlooks(message.client_id, [message.pk], at)[message.pk]
    if send_again:
        if outlook.never:
            raise WouldNotLeave(outlook)
        rows.update(status=Status.QUEUED, due_at=at, judged_at=None, claimed_at=None)
    else:
        rows.update(status=Status.CANCELLED, settled_at=at)
    audit(
        "message.sent_again" if send_again else "message.closed",
        message,
        client_id=message.client_id,
        by=by,
        request=request,
    )
    return outlook
