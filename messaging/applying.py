"""From kept webhooks to facts: events, delivery, suppressions, replies. May be done twice; changes nothing then.

What a person said no to is done before the webhook is answered (`take_urgent`); the rest when a bell rings
(`apply_pending`). A webhook that cannot be read is parked with a reason and spoils no other.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.db.models import F, Func, IntegerField

from messaging import confirming, telling
from messaging.models import RawHook
from messaging.providers.hooks import Hook, Notice, Told, no_replies, nothing_told
from messaging.providers.sendgrid import webhook as sendgrid
from messaging.providers.smtp import webhook as smtp
from messaging.providers.twilio import webhook as twilio
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
HOOKS = {
    (hook.provider, hook.kind): hook
    for hook in (
        Hook("twilio", "status", twilio.open_status, twilio.told, no_replies),
        Hook("twilio", "inbound", twilio.open_inbound, nothing_told, twilio.replies),
        Hook("sendgrid", "events", sendgrid.open_events, sendgrid.told, no_replies),
        Hook("smtp", "mail", smtp.open_mail, smtp.told, smtp.replies),
    )
}
MOST_BYTES = 16 * 1024 * 1024  # of webhooks held in memory at once
TRIES = 5
POISON = (
    DataError,
    IntegrityError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)


def take_urgent(client_id: int, hook: Hook, raw_id: int, text: str, received_at: datetime) -> bool:
    """What must stand before the provider is answered, inside `acting_for`: replies, and a person's own no.

    True when somebody said no. What cannot be read is left to `apply_pending`; a failing database raises.
    """
    try:
        with transaction.atomic():
            opt_outs = 0
            for answer in hook.replies(text):
                if take_reply(client_id, answer, received_at):
                    opt_outs += 1
                    confirming.queue(client_id, answer, received_at)
            urgent = [notice for notice in hook.told(text, received_at).notices if notice.urgent]
            opt_outs += telling.suppress_for(client_id, urgent)
            if hook.told is nothing_told:
                RawHook.objects.filter(pk=raw_id).update(applied_at=db_now())
            return opt_outs > 0
    except POISON:
        logger.exception(
            "a webhook could not be read at once", extra={"client": client_id, "hook": hook.kind}
        )
        return False


def apply_pending(client_id: int, limit: int = 500) -> int:
    """Apply up to `limit` kept webhooks of a client, oldest first; returns how many. Opens its own scope."""
    applied = 0
    while applied < limit:
        with acting_for(client_id):
            rows = _next(limit - applied)
            if not rows:
                break
            _apply(client_id, rows)
        applied += len(rows)
    return applied


def _next(limit: int) -> list[RawHook]:
    """The oldest waiting ones that fit into memory, at least one; another worker's are passed over."""
    size = Func(F("id"), template="octet_length(body)", output_field=IntegerField())
    waiting = RawHook.objects.filter(applied_at=None).order_by("pk")
    chosen: list[int] = []
    total = 0
    for pk, length in waiting.annotate(size=size).values_list("pk", "size")[:limit]:
        total += length
        if chosen and total > MOST_BYTES:
            break
        chosen.append(pk)
    return list(waiting.filter(pk__in=chosen).select_for_update(skip_locked=True))


def _apply(client_id: int, rows: Sequence[RawHook]) -> None:
    told = {row.pk: _read(row) for row in rows}
    at = db_now()
    notices = [notice for row in rows for notice in told[row.pk].notices]
    try:
        with transaction.atomic():
            telling.tell(client_id, notices)
            for row in rows:
                _take_replies(client_id, row)
    except POISON:
        # Something in there the database refuses: find it, so that the others are applied.
        for row in rows:
            _apply_one(client_id, row, told[row.pk], at)
    else:
        for row in rows:
            _close(row, "; ".join(told[row.pk].problems), at)
    RawHook.objects.bulk_update(rows, ["applied_at", "problem", "tries"])


def _apply_one(client_id: int, row: RawHook, told: Told, at: datetime) -> None:
    problems = list(told.problems)
    for notice in told.notices:
        problems += _tried(client_id, notice)
    try:
        with transaction.atomic():
            _take_replies(client_id, row)
    except POISON as error:
        problems.append(f"reply: {type(error).__name__}")
        row.tries += 1
        if row.tries < TRIES:
            row.problem = problems[-1]
            return
    _close(row, "; ".join(problems), at)


def _tried(client_id: int, notice: Notice) -> list[str]:
    try:
        with transaction.atomic():
            telling.tell(client_id, [notice])
    except POISON as error:
        return [f"{notice.kind}: {type(error).__name__}"]
    return []


def _read(row: RawHook) -> Told:
    try:
        return HOOKS[row.provider, row.kind].told(row.body, row.received_at)
    except POISON as error:
        return Told(problems=[f"unreadable: {type(error).__name__}"])


def _take_replies(client_id: int, row: RawHook) -> None:
    hook = HOOKS[row.provider, row.kind]
    for answer in hook.replies(row.body):
        take_reply(client_id, answer, row.received_at)


def _close(row: RawHook, problem: str, at: datetime) -> None:
    row.applied_at = at
    row.problem = problem[:200]
    if problem:
        logger.warning(
            "part of a webhook was parked",
            extra={"client": row.client_id, "hook": row.kind, "provider": row.provider},
        )
