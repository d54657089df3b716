"""Each day once, however late: the provider's own list of what our numbers sent, less what we know of. It must be empty.

What is left was sent by somebody else with the client's account. What a restore made us forget was found by then (messaging.recovering).
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.urls import reverse

from messaging.canaries import to_ourselves
from messaging.models import Attempt, LedgerCheck, Recovered
from messaging.polling import numbers_of
from messaging.providers import provider_for
from messaging.providers.base import TOO_MANY, NotConnected, NotOffered
from tenants.agency_mail import addresses, letter, post
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
LAGS = timedelta(hours=2)  # after midnight, before a day is complete in the provider's list
BACK = 7  # days that are still asked for when they could not be compared in time
NAMED = 100


def check_if_due(client_id: int) -> int:
    """Compare every day of the last week that was not compared yet with each account's list; returns how many messages we know
    nothing of. The first day begins when the account was connected."""
    with acting_for(client_id):
        at = db_now()
        yesterday = (at - LAGS).date() - timedelta(days=1)
        week = [yesterday - timedelta(days=back) for back in reversed(range(BACK))]
        done = set(LedgerCheck.objects.filter(day__in=week, trouble="").values_list("provider", "day"))
        accounts = list(ProviderAccount.objects.in_force(at))
        numbers = numbers_of(accounts)
        begun = {
            (provider, account): since
            for provider, account, since in ProviderAccount.objects.order_by()
            .values_list("provider", "account_id")
            .annotate(Min("since"))
        }
    found = 0
    for account in accounts:
        since = begun[account.provider, account.account_id]
        days = [day for day in week if day >= since.date() and (account.provider, day) not in done]
        if numbers.get(account.provider) and days:
            found += _compare(account, numbers[account.provider], days, since, yesterday)
    return found


def _compare(
    account: ProviderAccount, numbers: list[str], days: list[date], since: datetime, yesterday: date
) -> int:
    """These days, oldest first, until the provider does not answer."""
    found = 0
    for at, day in enumerate(days):
        try:
            found += check(account, numbers, day, since)
        except NotOffered:
            break
        except NotConnected as error:
            code = str(error)
            logger.warning(
                "the ledger could not be checked",
                extra={"client": account.client_id, "provider": account.provider, "code": code},
            )
            only_this = code == TOO_MANY
            _late(
                account,
                [each for each in (days[at : at + 1] if only_this else days[at:]) if each < yesterday],
                code,
            )
            if not only_this:
                break
    return found


def check(account: ProviderAccount, numbers: list[str], day: date, since: datetime) -> int:
    """One day of one account; returns how many messages of its list no attempt of ours has. Raises NotConnected or NotOffered."""
    begins = datetime.combine(day, time(), UTC)
    client_id = account.client_id
    theirs = provider_for(account).listed(numbers, max(begins, since), begins + timedelta(days=1))
    ids = {each.provider_id for each in theirs if not to_ourselves(each.text)}
    with acting_for(client_id):
        ours = {
            *Attempt.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
            *Recovered.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
        }
        missing = sorted(ids - ours)
        LedgerCheck.objects.update_or_create(
            client_id=client_id, provider=account.provider, day=day,
            defaults={
                "theirs": len(ids), "missing": missing[:NAMED], "unknown": len(missing), "trouble": "", "checked_at": db_now(),
            },
        )  # fmt: skip
        if missing:
            audit("ledger.unknown_messages", client_id=client_id, what=f"tenants.ProviderAccount:{account.pk}",
                  day=str(day), count=len(missing))  # fmt: skip
    if missing:
        logger.error(
            "the provider sent what we know nothing of",
            extra={"client": client_id, "provider": account.provider, "count": len(missing)},
        )
        _tell("emails/ledger-unknown.txt", account, day=day.isoformat(), theirs=len(ids), count=len(missing))
    return len(missing)


def _late(account: ProviderAccount, days: list[date], trouble: str) -> None:
    """Days that could not be compared the day after, each told once; they are tried again all the same."""
    with acting_for(account.client_id):
        there = LedgerCheck.objects.filter(provider=account.provider, day__in=days)
        new = sorted(set(days) - set(there.values_list("day", flat=True)))
        LedgerCheck.objects.bulk_create(
            [
                LedgerCheck(
                    client_id=account.client_id, provider=account.provider, day=day, theirs=0, missing=[], trouble=trouble[:40]
                )
                for day in new
            ]
        )  # fmt: skip
        if new:
            audit("ledger.not_compared", client_id=account.client_id, what=f"tenants.ProviderAccount:{account.pk}",
                  days=[str(day) for day in new], code=trouble[:40])  # fmt: skip
    if new:
        named = ", ".join(day.isoformat() for day in new)
        _tell("emails/ledger-late.txt", account, days=named, count=len(new), code=trouble, back=BACK)


def _tell(template: str, account: ProviderAccount, **context: Any) -> None:
    """Mail the agency. A day is told once, so a mail server that is down costs a mail, never a second one of each."""
    with acting_for(account.client_id):
        client = Client.objects.select_related("agency").get(pk=account.client_id)
        to = addresses(client)
    context |= {
        "client": client, "provider": Provider(account.provider).label,
        "page": settings.PUBLIC_URL + reverse("provider_account", args=[client.slug, account.provider]),
    }  # fmt: skip
    post(letter(template, each, **context) for each in to)
