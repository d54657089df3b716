"""Once a day: the provider's own list of what our numbers sent, less what we know of. It must be empty.

What is left was sent by somebody else with the client's account. What a restore made us forget was found by then (messaging.recovering).
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.urls import reverse

from messaging.models import Attempt, LedgerCheck, Recovered
from messaging.polling import numbers_of
from messaging.providers import provider_for
from messaging.providers.base import NotConnected, NotOffered
from messaging.test_send import MARK
from tenants.agency_mail import addresses, letter, post
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
LAGS = timedelta(hours=2)  # after midnight, before a day is complete in the provider's list
NAMED = 100


def check_if_due(client_id: int) -> int:
    """Compare yesterday with every account's list, once; returns how many messages we know nothing of."""
    with acting_for(client_id):
        at = db_now()
        day = (at - LAGS).date() - timedelta(days=1)
        done = LedgerCheck.objects.filter(day=day).values("provider")
        accounts = list(ProviderAccount.objects.in_force(at).exclude(provider__in=done))
        numbers = numbers_of(accounts)
    return sum(
        check(account, numbers[account.provider], day)
        for account in accounts
        if numbers.get(account.provider)
    )


def check(account: ProviderAccount, numbers: list[str], day: date) -> int:
    """One day of one account; returns how many messages of its list no attempt of ours has."""
    begins = datetime.combine(day, time(), UTC)
    client_id = account.client_id
    try:
        theirs = provider_for(account).listed(numbers, begins, begins + timedelta(days=1))
    except NotOffered:
        return 0
    except NotConnected as error:
        logger.warning(
            "the ledger could not be checked",
            extra={"client": client_id, "provider": account.provider, "code": str(error)},
        )
        return 0
    # Tests to the agency itself are no messages, and say so.
    ids = {each.provider_id for each in theirs if not each.text.startswith(MARK)}
    with acting_for(client_id):
        ours = {
            *Attempt.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
            *Recovered.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
        }
        missing = sorted(ids - ours)
        LedgerCheck.objects.update_or_create(
            client_id=client_id, provider=account.provider, day=day,
            defaults={"theirs": len(ids), "missing": missing[:NAMED], "checked_at": db_now()},
        )  # fmt: skip
        if missing:
            audit("ledger.unknown_messages", client_id=client_id, what=f"tenants.ProviderAccount:{account.pk}",
                  day=str(day), count=len(missing))  # fmt: skip
    if missing:
        logger.error(
            "the provider sent what we know nothing of",
            extra={"client": client_id, "provider": account.provider, "count": len(missing)},
        )
        _tell(account, day, len(ids), len(missing))
    return len(missing)


def _tell(account: ProviderAccount, day: date, theirs: int, count: int) -> None:
    """Mail the agency. A day is compared once, so a mail server that is down costs a mail, never a second one of each."""
    with acting_for(account.client_id):
        client = Client.objects.select_related("agency").get(pk=account.client_id)
        to = addresses(client)
    context = {
        "client": client, "day": day.isoformat(), "theirs": theirs, "count": count, "provider": Provider(account.provider).label,
        "page": settings.PUBLIC_URL + reverse("provider_account", args=[client.slug, account.provider]),
    }  # fmt: skip
    post(letter("emails/ledger-unknown.txt", each, **context) for each in to)
