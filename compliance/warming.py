"""Advice on volume: a sender that suddenly sends many times as much is distrusted, however good its records are.

Advice keeps nothing back. Who wants it kept says so in the settings: so many first messages a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil, log2

from django.db.models import Count
from django.db.models.functions import TruncDate

from compliance.estimate import StepEstimate
from consent.models import Touch
from tenants.models import Channel, Client

MONTH = timedelta(days=30)
COLD = 50  # messages a day of a sender that nobody knows
BULK = 5_000  # mails a day to Gmail: from there on a sender counts as a bulk sender for good
_WHAT = {Channel.EMAIL.value: ("mails", "Mailbox providers"), Channel.SMS.value: ("texts", "Carriers")}


def advice(client: Client, estimates: Iterable[StepEstimate], at: datetime) -> list[str]:
    """A sentence for each message of a campaign that is much more than its channel has carried lately. One query."""
    usual = busiest(client, at)
    found = []
    for each in estimates:
        channel = str(each.step.channel)
        a_day = min(each.people, each.a_day or each.people)
        what, who = _WHAT[channel]
        if days := ramp(a_day, usual.get(channel, 0)):
            begin = max(COLD, usual.get(channel, 0)) * 2
            found.append(
                f"Message {each.step.position}: {a_day:,} {what} within a day, where the busiest day of the last 30 had "
                f"{usual.get(channel, 0):,}. {who} distrust a sudden rise. Begin with about {begin:,} a day and double every other "
                f"day: {days} days until all are sent. Settings can hold back first messages to so many a day, or the audience can be "
                "split by last visit."
            )
        if channel == Channel.EMAIL and a_day >= BULK:
            found.append(
                f"Message {each.step.position}: {a_day:,} mails in a day make the domain a bulk sender at Gmail for good. It then has to "
                "stay below 0.1 % complaints; use a subdomain that campaigns alone send from."
            )
    return found


def ramp(people: int, usual: int) -> int:
    """Days it takes to send to so many when each second day carries twice the one before; 0: no more than a doubling."""
    begin = max(COLD, usual) * 2
    if people <= begin:
        return 0
    return 2 * ceil(log2(people / begin + 1)) - 1


def busiest(client: Client, at: datetime) -> dict[str, int]:
    """By channel: the most messages of one day of the last 30."""
    days = (
        Touch.objects.filter(client=client, voided_at=None, at__gt=at - MONTH, at__lte=at)
        .order_by()
        .annotate(day=TruncDate("at"))
        .values_list("channel", "day")
        .annotate(number=Count("pk"))
    )
    most: dict[str, int] = {}
    for channel, _, number in days:
        most[channel] = max(number, most.get(channel, 0))
    return most
