"""Finding out: attempts past their deadline become unknown; unknowns are asked about; what stays unknown a person decides.

Never requeues anything: resending after an unknown outcome is the one thing that makes doubles.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import F

from messaging.models import Attempt, Message, Status
from messaging.providers import provider_for
from messaging.providers.base import NOT_FOUND, SEVERAL, Answer, Asked, Found, NotConnected, Outcome, Provider
from messaging.recording import believe_proof, open_deadlines, record_outcome
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.models import ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
GRACE = timedelta(seconds=5)
ASK_FOR = timedelta(minutes=15)  # a provider that can be asked knows by then
ASKS = 3
HEAR_FOR = timedelta(hours=24)  # a provider that cannot be asked tells by webhook within this
AT_ONCE = 200
TOGETHER = 8  # questions on their way at the same time
# Seconds of one round for one client, whatever its provider's answers take; the next round asks on, least asked first.
ROUND = 20.0


def expire(client_id: int) -> int:
    """Queued messages past their time expire, inside `acting_for(client_id)`; returns how many."""
    at = db_now()
    late = Message.objects.filter(client=client_id, status=Status.QUEUED, expires_at__lte=at).values_list(
        "pk", flat=True
    )[:10_000]
    expired: int = Message.objects.filter(pk__in=list(late), status=Status.QUEUED).update(
        status=Status.EXPIRED, settled_at=at
    )
    return expired


def find_out(client_id: int) -> int:
    """Ask the providers about this client's unknowns; returns how many left the unknown. Opens its own scopes."""
    with acting_for(client_id):
        at = db_now()
        open_deadlines(client_id, at - GRACE)
        unknown = list(
            Attempt.objects.filter(
                message__status=Status.UNKNOWN, message__fence=F("fence"), client=client_id
            )
            .select_related("message__sender")
            .order_by("asked", "claimed_at")[:AT_ONCE]
        )
        accounts = {account.provider: account for account in ProviderAccount.objects.in_force(at)}
        values = _addresses(unknown)
        bound = frozenset(
            Attempt.objects.exclude(provider_id="")
            .filter(message__address__in=[a.message.address_id for a in unknown])
            .values_list("provider_id", flat=True)
        )
    settled, ends = 0, time.monotonic() + ROUND
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="asking") as threads:
        for at_first in range(0, len(unknown), TOGETHER):
            if time.monotonic() > ends:
                break
            some = unknown[at_first : at_first + TOGETHER]
            # Without an address a provider would name whatever the account sent, to anybody.
            hands = [
                provider_for(accounts[each.message.provider])
                if each.message.provider in accounts and each.message_id in values
                else None
                for each in some
            ]
            questions = [_question(each, values.get(each.message_id, ""), bound) for each in some]
            reach("recon.before_list")
            answers = list(threads.map(_ask, hands, questions))
            for attempt, answer in zip(some, answers, strict=True):
                settled += _noted(client_id, attempt, answer)
    return settled


def _noted(client_id: int, attempt: Attempt, answer: Found | Answer | NotConnected | None) -> bool:
    """As `_heard`. What is found and was bound to another attempt meanwhile is not this one's, and holds up no other's answer."""
    try:
        return _heard(client_id, attempt, answer)
    except IntegrityError:
        logger.warning(
            "what was found is another attempt's", extra={"client": client_id, "attempt": str(attempt.pk)}
        )
        return _heard(client_id, attempt, NOT_FOUND)


def _question(attempt: Attempt, to: str, bound: frozenset[str]) -> Asked:
    sender = attempt.message.sender
    return Asked(
        attempt.pk, to, sender.address, json.loads(attempt.content)["text"] if attempt.content else "", attempt.claimed_at,
        attempt.deadline, sender.messaging_service, bound - {attempt.provider_id},
    )  # fmt: skip


def _ask(hands: Provider | None, question: Asked) -> Found | Answer | NotConnected | None:
    """One question, outside any transaction and on a thread of its own."""
    try:
        return hands.find(question) if hands else None
    except NotConnected as error:
        return error


def _heard(client_id: int, attempt: Attempt, answer: Found | Answer | NotConnected | None) -> bool:
    """Write an answer, fenced. True when the message left the unknown."""
    if isinstance(answer, NotConnected):
        return False
    reach("recon.before_bind")
    with acting_for(client_id):
        if isinstance(answer, Found):
            return record_outcome(attempt.pk, Outcome.ACCEPTED, answer.provider_id)
        Attempt.objects.filter(pk=attempt.pk).update(asked=F("asked") + 1)
        at = db_now()
        if answer is None:
            given_up = at > attempt.claimed_at + HEAR_FOR
        else:
            given_up = answer is SEVERAL or (attempt.asked + 1 >= ASKS and at > attempt.claimed_at + ASK_FOR)
        if given_up:
            moved = Message.objects.filter(
                pk=attempt.message_id, status=Status.UNKNOWN, fence=attempt.fence
            ).update(status=Status.UNRESOLVED)
            if moved and not believe_proof(client_id, [attempt.message_id]):
                audit(
                    "message.unresolved",
                    client_id=client_id,
                    what=f"messaging.Message:{attempt.message_id}",
                    attempt=str(attempt.pk),
                )
            return bool(moved)
    return False


def _addresses(attempts: list[Attempt]) -> dict[int, str]:
    """The plain address of each attempt's message, by message, in one query."""
    from consent.models import ContactPoint

    wanted = {a.message_id: (a.message.contact_id, a.message.address_id) for a in attempts}
    points = ContactPoint.objects.filter(
        contact__in={contact for contact, _ in wanted.values()}, address__in={address for _, address in wanted.values()}
    )  # fmt: skip
    values = {(point.contact_id, point.address_id): point.value for point in points}
    return {message: values[whose] for message, whose in wanted.items() if values.get(whose)}
