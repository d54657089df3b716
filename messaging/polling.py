"""Asking for the texts people wrote, in case a webhook was lost; and no text goes out when that was long ago.

The answer is a dated row that the gate requires (`replies_not_checked`), good for fifteen minutes.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from compliance.models import ReplyCheck
from messaging import barrier
from messaging.models import Inbound
from messaging.providers import provider_for
from messaging.providers.base import NotConnected, NotOffered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import Channel, ProviderAccount, Sender
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
EVERY = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=15)
OVERLAP = timedelta(minutes=15)  # a provider's list may lag behind
AT_FIRST = timedelta(hours=24)


def poll_if_due(client_id: int) -> int:
    """Ask every account of this client that was not asked in the last five minutes; returns the new replies found."""
    with acting_for(client_id):
        at = db_now()
        asked = ReplyCheck.objects.filter(checked_at__gt=at - EVERY).values("provider")
        accounts = list(ProviderAccount.objects.in_force(at).exclude(provider__in=asked))
        numbers = numbers_of(accounts)
    return sum(
        poll(account, numbers[account.provider]) for account in accounts if numbers.get(account.provider)
    )


def numbers_of(accounts: list[ProviderAccount]) -> dict[str, list[str]]:
    """Our numbers at each of these accounts' providers, ended ones too: people answer old texts."""
    found: dict[str, list[str]] = {}
    senders = Sender.objects.filter(channel=Channel.SMS, provider__in={each.provider for each in accounts})
    for provider, address in senders.order_by().values_list("provider", "address").distinct():
        found.setdefault(provider, []).append(address)
    return found


def poll(account: ProviderAccount, numbers: list[str]) -> int:
    """Ask one account for what people wrote since the last time; returns how many replies no webhook had brought."""
    client_id = account.client_id
    with acting_for(client_id):
        at = db_now()
        last = ReplyCheck.objects.filter(provider=account.provider).order_by("-checked_at").first()
        since = last.checked_at - OVERLAP if last else at - AT_FIRST
    try:
        answers = provider_for(account).replies(numbers, since)
    except NotOffered:
        return 0
    except NotConnected as error:
        logger.warning(
            "replies could not be asked for",
            extra={"client": client_id, "provider": account.provider, "code": str(error)},
        )
        return 0
    with acting_for(client_id):
        there = set(
            Inbound.objects.filter(provider_id__in=[each.provider_id for each in answers]).values_list(
                "provider_id", flat=True
            )
        )
        new = [each for each in answers if each.provider_id not in there]
        for answer in new:
            take_reply(client_id, answer, at)
        # Nothing is known of what was written after the question.
        ReplyCheck.objects.create(
            client_id=client_id,
            provider=account.provider,
            checked_at=at,
            valid_until=at + GOOD_FOR,
            found=len(new),
        )
        ReplyCheck.objects.filter(checked_at__lt=at - timedelta(days=30)).delete()
    if new:
        logger.error(
            "replies were found that no webhook brought", extra={"client": client_id, "count": len(new)}
        )
        barrier.enforce(client_id)
    return len(new)
