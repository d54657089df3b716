"""What became of an attempt: the second transaction of the protocol, fenced, and late truth from webhooks.

Not sent for certain -> back to the queue. Anything unclear -> unknown. Never resent by the machine (reliability Annex A).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count

from consent.models import Suppression
from consent.suppressing import suppress
from messaging.breakers import refused
from messaging.models import Attempt, Message, Status
from messaging.pacing import give_back
from messaging.providers.base import Outcome, Receipt
from tenants.audit import record as audit

logger = logging.getLogger(__name__)
# The message's state for each outcome, and the states it may come from.
BECOMES = {
    # Queued with an attempt that nobody knew of: a person chose to send again, and now it shows that it had been taken.
    Outcome.ACCEPTED: (
        Status.ACCEPTED,
        (Status.HANDING, Status.UNKNOWN, Status.UNRESOLVED, Status.QUEUED),
    ),
    Outcome.REFUSED: (Status.REFUSED, (Status.HANDING, Status.UNKNOWN, Status.UNRESOLVED)),
    Outcome.NOT_SENT: (Status.QUEUED, (Status.HANDING,)),
    Outcome.UNKNOWN: (Status.UNKNOWN, (Status.HANDING,)),
}
NOT_IN_HAND = (
    Status.QUEUED, Status.UNRESOLVED, Status.REFUSED, Status.HELD, Status.EXPIRED, Status.CANCELLED,
)  # fmt: skip


def record_outcome(attempt_id: UUID, outcome: Outcome, provider_id: str = "", code: str = "") -> bool:
    """Late truth about one attempt, inside `acting_for(client)`. True when it changed anything."""
    attempt = Attempt.objects.filter(pk=attempt_id).only("client_id").first()
    return bool(
        attempt and record_outcomes(attempt.client_id, [Receipt(attempt_id, outcome, provider_id, code)])
    )


def record_outcomes(client_id: int, results: Sequence[Receipt]) -> int:
    """Write outcomes for many attempts in a few statements, inside `acting_for(client_id)`; returns messages changed.

    Fenced: an attempt that is not its message's newest changes only itself; but a proof that the provider took it counts whatever
    became of the message since. An attempt already settled stays as it is, except that the truth replaces `unknown`.
    """
    changed = 0
    for outcome in Outcome:
        of_kind = [result for result in results if result.outcome is outcome]
        if of_kind:
            changed += _write(client_id, outcome, of_kind)
    _act_on(client_id, results)
    return changed


def _write(client_id: int, outcome: Outcome, results: Sequence[Receipt]) -> int:
    status, from_states = BECOMES[outcome]
    sql = """
        WITH told AS (
            SELECT * FROM unnest(%(ids)s::uuid[], %(provider_ids)s::text[], %(codes)s::text[], %(waits)s::float8[])
                AS t(id, provider_id, code, wait)
        ), settled AS (
            UPDATE messaging_attempt a SET outcome = %(outcome)s, provider_id = told.provider_id, code = told.code,
                finished_at = clock_timestamp()
            FROM told WHERE a.id = told.id AND a.client_id = %(client)s AND a.outcome IN ('', 'unknown')
            RETURNING a.message_id, a.fence, a.claimed_at, told.code, told.wait
        ), moved AS (
            UPDATE messaging_message m SET status = %(status)s, delivery_code = settled.code,
                requeues = m.requeues + CASE WHEN %(status)s = 'queued' THEN 1 ELSE 0 END,
                due_at = CASE WHEN %(status)s = 'queued'
                    THEN clock_timestamp() + make_interval(secs => greatest(settled.wait, least(900, 5 * 2 ^ least(m.requeues, 8))))
                    ELSE m.due_at END,
                failed = CASE WHEN m.status = 'queued' THEN '{}' ELSE m.failed END,
                judged_at = CASE WHEN m.status = 'queued' THEN settled.claimed_at ELSE m.judged_at END,
                claimed_at = CASE WHEN m.status = 'queued' THEN settled.claimed_at ELSE m.claimed_at END,
                settled_at = CASE WHEN %(status)s IN ('accepted', 'refused') THEN clock_timestamp() END
            FROM settled WHERE m.id = settled.message_id AND m.fence = settled.fence AND m.client_id = %(client)s
                AND m.status = ANY(%(from_states)s)
            RETURNING m.id
        )
        SELECT settled.message_id, settled.fence, settled.claimed_at, moved.id IS NOT NULL
        FROM settled LEFT JOIN moved ON moved.id = settled.message_id
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "ids": [str(result.attempt_id) for result in results],
                "provider_ids": [result.provider_id for result in results],
                "codes": [result.code[:20] for result in results],
                "waits": [result.retry_after or 0.0 for result in results],
                "outcome": outcome.value,
                "status": status.value,
                "from_states": [state.value for state in from_states],
                "client": client_id,
            },
        )
        rows = cursor.fetchall()
    moved = [row for row in rows if row[3]]
    changed = {row[0] for row in moved}
    if outcome is Outcome.NOT_SENT and moved:
        _give_back(client_id, moved)
    if outcome in (Outcome.NOT_SENT, Outcome.REFUSED):
        changed |= believe_proof(client_id, [message for message, fence, _, _ in moved if fence > 1])
    elif outcome is Outcome.ACCEPTED:
        changed |= believe_proof(client_id, [message for message, _, _, found in rows if not found])
        _look_for_doubles(client_id, [message for message, fence, _, found in rows if fence > 1 or not found])
    return len(changed)


def _give_back(client_id: int, moved: Sequence[tuple[int, int, datetime, bool]]) -> None:
    """Certainly nothing was sent: this attempt, and no other of the message, does not count against the person's frequency."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_touch t SET voided_at = clock_timestamp() FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(message_id, at) "
            "WHERE t.client_id = %s AND t.message_id = v.message_id AND t.at = v.at AND t.voided_at IS NULL",
            [[row[0] for row in moved], [row[2] for row in moved], client_id],
        )
    give_back(client_id, [row[0] for row in moved])


def believe_proof(client_id: int, messages: Sequence[int]) -> set[int]:
    """Whichever of them is not in hand, and has an attempt that the provider took, is handed over, though a person closed it or it
    ended otherwise when it was sent again; returns those.

    Their rows are locked first: whoever writes of another attempt at the same moment is seen by one of the two.
    """
    if not messages:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM messaging_message WHERE client_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
            [client_id, list(messages)],
        )
        cursor.execute(
            """
            UPDATE messaging_message m SET status = 'accepted', failed = '{}', judged_at = taken.claimed_at,
                claimed_at = taken.claimed_at, settled_at = clock_timestamp(),
                delivery_code = CASE WHEN m.delivery = '' THEN '' ELSE m.delivery_code END
            FROM (SELECT DISTINCT ON (message_id) message_id, claimed_at FROM messaging_attempt
                WHERE client_id = %(client)s AND message_id = ANY(%(ids)s) AND outcome = 'accepted' ORDER BY message_id, fence) taken
            WHERE m.id = taken.message_id AND m.client_id = %(client)s AND m.status = ANY(%(from_states)s)
            RETURNING m.id
            """,
            {
                "client": client_id,
                "ids": list(messages),
                "from_states": [state.value for state in NOT_IN_HAND],
            },
        )
        return {row[0] for row in cursor.fetchall()}


def _look_for_doubles(client_id: int, messages: Sequence[int]) -> None:
    """A person sent it again, and the proof of the first came too late: nobody learns of two messages but from here."""
    if not messages:
        return
    taken = Attempt.objects.filter(client=client_id, message__in=messages, outcome=Attempt.Outcome.ACCEPTED)
    twice = [
        row["message"]
        for row in taken.order_by("message").values("message").annotate(times=Count("pk"))
        if row["times"] > 1
    ]
    if twice:
        logger.error("messages were handed over twice", extra={"client": client_id, "count": len(twice)})
        audit("messages.handed_over_twice", client_id=client_id, messages=twice)


def _act_on(client_id: int, results: Sequence[Receipt]) -> None:
    """What a refusal tells beyond the message: an opt-out we missed, credentials or a registration that fell."""
    gone = [result.attempt_id for result in results if result.opted_out]
    for message in Message.objects.filter(attempts__in=gone).only(
        "id", "address_id", "channel", "campaign_id"
    ):
        suppress(
            client_id, message.address_id, message.channel, Suppression.Source.PROVIDER,
            message_id=message.pk, campaign_id=message.campaign_id,
        )  # fmt: skip
    refused.pause(client_id, results)


def open_deadlines(client_id: int, now: datetime) -> int:
    """Attempts past their deadline become unknown, inside `acting_for(client_id)`; returns how many."""
    late = Attempt.objects.filter(outcome="", deadline__lt=now, client=client_id).values_list(
        "pk", flat=True
    )[:5000]
    return record_outcomes(client_id, [Receipt(pk, Outcome.UNKNOWN, code="deadline") for pk in late])
