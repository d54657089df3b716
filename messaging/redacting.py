"""The words at the provider are blanked once nobody needs them there: ours are encrypted and have their own time.

Not at once. For two days the provider's list is what a restored backup is compared with, and a lost reply read from
(messaging.holding, messaging.ledger); an attempt whose outcome is not known is found by its words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from messaging.evidence.holding import held, whole_client_held
from messaging.models import Attempt, Inbound, Message, Redaction
from messaging.providers import provider_for
from messaging.providers.base import NotConnected
from messaging.providers.base import Provider as Hands
from tenants.clock import db_now
from tenants.models import Channel, Provider, ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
AFTER = timedelta(days=2)
AT_ONCE = 400  # messages a round, direction and account
THREADS = 8
BLANKS = (Provider.TWILIO,)  # the others offer nothing of the kind
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Batch(NamedTuple):
    """The next messages in order of time: the provider's ids to blank, and the mark behind the last of them."""

    ids: list[str]
    until: datetime
    last_id: int


def blank(client_id: int) -> int:
    """Blank what is old enough at every account of the client; returns how many. Opens its own scope."""
    with acting_for(client_id):
        if whole_client_held(client_id):
            return 0
        accounts = list(ProviderAccount.objects.in_force(db_now()).filter(provider__in=BLANKS))
    return sum(_blank(account, direction) for account in accounts for direction in NEXT)


def _blank(account: ProviderAccount, direction: Redaction.Direction) -> int:
    client_id, hands = account.client_id, provider_for(account)
    with acting_for(client_id):
        mark, _ = Redaction.objects.get_or_create(
            client_id=client_id, provider=account.provider, direction=direction, defaults={"until": BEGINNING}
        )
        batch = NEXT[direction](account, mark, db_now() - AFTER)
    if batch is None:
        return 0
    try:
        done = _forgotten(hands, batch.ids)
    except NotConnected as error:  # all of them again next time: blanking twice changes nothing
        logger.warning(
            "words could not be blanked",
            extra={"client": client_id, "provider": account.provider, "code": str(error)},
        )
        return 0
    with acting_for(client_id):
        mark.until, mark.last_id, mark.at = batch.until, batch.last_id, db_now()
        mark.blanked, mark.refused = mark.blanked + sum(done), mark.refused + len(done) - sum(done)
        mark.save()
    return sum(done)


def _forgotten(hands: Hands, ids: list[str]) -> list[bool]:
    """For each, whether the provider blanked it. Raises NotConnected."""
    if not ids:
        return []
    # The first alone: a provider that cannot be reached is asked once, not four hundred times.
    first = hands.blank(ids[0])
    with ThreadPoolExecutor(THREADS) as threads:
        return [first, *threads.map(hands.blank, ids[1:])]


def _sent(account: ProviderAccount, mark: Redaction, before: datetime) -> Batch | None:
    rows = Message.objects.filter(provider=account.provider)
    return _batch(rows, "claimed_at", mark, before, _attempts_of)


def _received(_: ProviderAccount, mark: Redaction, before: datetime) -> Batch | None:
    return _batch(Inbound.objects.filter(channel=Channel.SMS), "received_at", mark, before, _replies)


def _batch(
    rows: QuerySet[Any],
    at: str,
    mark: Redaction,
    before: datetime,
    ids_of: Callable[[list[int]], QuerySet[Any]],
) -> Batch | None:
    """The next of these rows behind the mark, in order of their time `at`; none where nothing is old enough."""
    later = Q(**{f"{at}__gt": mark.until}) | Q(**{at: mark.until}, pk__gt=mark.last_id)
    window = {
        f"{at}__gte": mark.until,
        f"{at}__lt": before,
    }  # said apart from `later`, so that the index serves
    found = list(rows.filter(later, **window).order_by(at, "pk").values_list("pk", at)[:AT_ONCE])
    if not found:
        return None
    ids = ids_of([pk for pk, _ in found])
    return Batch(sorted(ids.values_list("provider_id", flat=True)), found[-1][1], found[-1][0])


def _attempts_of(messages: list[int]) -> QuerySet[Any]:
    free = Message.objects.filter(pk__in=messages).exclude(held("contact", "campaign"))
    bound: QuerySet[Any] = Attempt.objects.filter(message__in=free.values("pk")).exclude(provider_id="")
    return bound


def _replies(received: list[int]) -> QuerySet[Any]:
    free: QuerySet[Any] = Inbound.objects.filter(pk__in=received).exclude(
        held("contact", "message__campaign")
    )
    return free


NEXT: dict[Redaction.Direction, Callable[[ProviderAccount, Redaction, datetime], Batch | None]] = {
    Redaction.Direction.SENT: _sent,
    Redaction.Direction.RECEIVED: _received,
}
