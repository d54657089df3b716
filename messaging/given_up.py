"""Once a day: the provider's list of numbers that carriers took back, kept where it names one of a client's people (reliability F34).

Whoever has the number next never said yes, so the gate holds texts to it (`given_up`) until the person was met anew.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

from compliance.models import GivenUpList, GivenUpNumber
from consent.models import Address, ContactPoint
from messaging.providers import provider_for
from messaging.providers.base import NotConnected, NotOffered
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Channel, ProviderAccount, Sender
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
BACK = 7  # days that are caught up after a silence
AT_ONCE = 10_000


def read_if_due(client_id: int) -> int:
    """Read the days up to yesterday that were not read yet; returns how many of this client's numbers they name."""
    with acting_for(client_id):
        yesterday = db_now().date() - timedelta(days=1)
        texting = Sender.objects.in_force(db_now()).filter(channel=Channel.SMS).values("provider")
        accounts = list(ProviderAccount.objects.in_force(db_now()).filter(provider__in=texting))
        done = set(
            GivenUpList.objects.filter(day__gt=yesterday - timedelta(days=BACK)).values_list(
                "provider", "day"
            )
        )
    days = [yesterday - timedelta(days=back) for back in range(BACK - 1, -1, -1)]
    return sum(
        read(account, [day for day in days if (account.provider, day) not in done]) for account in accounts
    )


def read(account: ProviderAccount, days: list[date]) -> int:
    """Read these days' lists, oldest first, until one cannot be had."""
    found = 0
    for day in days:
        try:
            numbers = provider_for(account).given_up(day)
        except NotOffered:
            return 0
        except NotConnected as error:
            logger.warning(
                "the list of given-up numbers could not be read",
                extra={"client": account.client_id, "provider": account.provider, "code": str(error)},
            )
            return found
        with acting_for(account.client_id):
            found += _keep(account, day, numbers)
    return found


def _keep(account: ProviderAccount, day: date, numbers: set[str]) -> int:
    client_id, known = account.client_id, set[int]()
    told = sorted(numbers)
    for start in range(0, len(told), AT_ONCE):
        some = told[start : start + AT_ONCE]
        addresses = Address.objects.find(Channel.SMS, some).values()
        points = ContactPoint.objects.filter(
            client=client_id, channel=Channel.SMS, address__in=list(addresses)
        )
        known |= set(points.values_list("address_id", flat=True))
    GivenUpNumber.objects.bulk_create(
        [GivenUpNumber(client_id=client_id, address_id=address, day=day) for address in sorted(known)],
        update_conflicts=True, unique_fields=["client", "address"], update_fields=["day"],
    )  # fmt: skip
    GivenUpList.objects.update_or_create(
        client_id=client_id, provider=account.provider, day=day,
        defaults={"numbers": len(numbers), "found": len(known), "read_at": db_now()},
    )  # fmt: skip
    if known:
        audit("numbers.given_up", client_id=client_id, day=str(day), count=len(known))
    return len(known)
