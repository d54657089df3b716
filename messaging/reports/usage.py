"""What each client of an agency sent in a month, and about what it cost: to invoice by. No person is in it.

A message counts in the month in which it was handed over, by the client's own clock. Added up from the counters that the
database keeps with every message (`messaging.tally`), so what was invoiced can be recounted from the messages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db.models import DateField, DateTimeField, F, Func, QuerySet, Sum

from compliance.estimate import PRICES
from messaging.models import Status, Tally
from tenants.models import Channel

PAID = (Status.ACCEPTED, Status.UNKNOWN, Status.UNRESOLVED)  # a provider may bill them
A_ZONE_APART = timedelta(days=1)  # no local month begins or ends further from UTC's


@dataclass(frozen=True)
class Usage:
    """Messages that were handed over."""

    texts: int = 0
    segments: int = 0
    mails: int = 0
    dollars: Decimal = Decimal(0)

    def __add__(self, other: Self) -> Usage:
        return Usage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Usage)))


@dataclass(frozen=True)
class Month:
    """A month of the calendar."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.replace(day=1))

    @property
    def before(self) -> Month:
        return Month.of(self.first - timedelta(days=1))

    @property
    def after(self) -> Month:
        return Month.of(self.first + timedelta(days=31))

    @property
    def key(self) -> str:
        """“2026-11”, for addresses."""
        return f"{self.first:%Y-%m}"

    @property
    def number(self) -> int:
        """202611, for entries (`messaging.models.Entry`)."""
        return self.first.year * 100 + self.first.month


def cost(channel: str, provider: str, messages: int, segments: int) -> Decimal:
    """About what messages cost: a text its segments at our price, a mail its provider's list price."""
    if channel == Channel.SMS:
        return segments * settings.TEXT_SEGMENT_DOLLARS
    return messages * PRICES.get(provider, Decimal(0))


def usage(client_ids: Collection[int], month: Month) -> dict[int, Usage]:
    """By client, those who sent anything; inside their scope, in one query."""
    rows = _handed_over(client_ids, month).values_list("client", "channel", "provider")
    found: dict[int, Usage] = {}
    for client_id, channel, provider, number, segments in rows.annotate(
        Sum("number"), Sum("segments")
    ).exclude(number__sum=0):
        dollars = cost(channel, provider, number, segments)
        is_text = channel == Channel.SMS
        one = Usage(number, segments, 0, dollars) if is_text else Usage(0, 0, number, dollars)
        found[client_id] = found.get(client_id, Usage()) + one
    return found


def by_day(client_id: int, month: Month) -> dict[date, tuple[int, int]]:
    """Texts and mails of each day on which there were any, by the client's own clock."""
    found: dict[date, tuple[int, int]] = {}
    rows = _handed_over([client_id], month).values_list("day", "channel")
    for day, channel, number in rows.annotate(Sum("number")).exclude(number__sum=0):
        texts, mails = found.get(day, (0, 0))
        found[day] = (texts + number, mails) if channel == Channel.SMS else (texts, mails + number)
    return found


def _handed_over(client_ids: Collection[int], month: Month) -> QuerySet[Any]:
    return of_month(Tally.objects.filter(client__in=client_ids, status__in=PAID), month, "quarter")


def of_month(rows: QuerySet[Any], month: Month, instant: str) -> QuerySet[Any]:
    """Those of which `instant` lies in the month by the clock of the row's own client; `day` is the day there."""
    begins, ends = bounds(month)
    here = Func(F("client__time_zone"), F(instant), function="timezone", output_field=DateTimeField())
    found: QuerySet[Any] = (
        rows.filter(**{f"{instant}__gte": begins, f"{instant}__lt": ends})
        .annotate(day=Func(here, function="DATE", output_field=DateField()))
        .filter(day__gte=month.first, day__lt=month.after.first)
        .order_by()
    )
    return found


def bounds(month: Month) -> tuple[datetime, datetime]:
    """Between which instants it is this month anywhere."""
    begins, ends = (
        datetime(each.first.year, each.first.month, 1, tzinfo=UTC) for each in (month, month.after)
    )
    return begins - A_ZONE_APART, ends + A_ZONE_APART
