"""What the campaigns of each client of an agency brought in a month: the rules of the campaign report over all of them. No person is in it.

- **Written to**: people to whom a campaign handed over a message in the month; somebody of two campaigns counts once.
- **Booked, kept, worth**: appointments made in the month that the report of at least one campaign counts; each once, however many do.
- **Opted out**: people who did so in the month, within thirty days of a campaign's message (`messaging.afterwards`).

The month is the client's own. Those written to are counted by the database as they are (`messaging.models.Entry`), the rest
from the rows whenever it is asked: an appointment is kept or cancelled later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Sum

from campaigns.models import Campaign
from messaging.afterwards import noes_to_any
from messaging.models import EntryTally
from messaging.reports.business_days import window_ends
from messaging.reports.outcomes import LONGEST
from messaging.reports.usage import Month, bounds

BOOKED = """
WITH windows AS (
    SELECT * FROM unnest(%(zones)s::text[], %(lengths)s::int[], %(days)s::date[], %(ends)s::timestamptz[]) AS w(zone, counts_for, day, ends)
)
SELECT a.client_id, count(DISTINCT a.contact_id), count(*), count(*) FILTER (WHERE a.status = 'kept'),
    coalesce(sum(a.cents) FILTER (WHERE a.status = 'kept'), 0)
FROM campaigns_booking AS a
JOIN tenants_client AS c ON c.id = a.client_id
WHERE a.client_id = ANY(%(clients)s) AND a.ended_at IS NULL AND a.status <> 'cancelled' AND NOT a.by_word
    AND a.booked_at >= %(begins)s AND a.booked_at < %(over)s
    AND (a.booked_at AT TIME ZONE c.time_zone)::date >= %(first)s AND (a.booked_at AT TIME ZONE c.time_zone)::date < %(after)s
    AND EXISTS (
        SELECT 1 FROM (
            SELECT campaign, at FROM messaging_entry
            WHERE client_id = a.client_id AND contact = a.contact_id AND campaign <> 0 AND step = 0 AND NOT held
                AND at <= a.booked_at AND at > a.booked_at - make_interval(secs => %(longest)s)
            OFFSET 0  -- the person's few entries first: PostgreSQL thinks the windows are fewer
        ) AS e
        JOIN campaigns_campaign AS its ON its.client_id = a.client_id AND its.id = e.campaign
        JOIN windows AS w ON w.zone = c.time_zone AND w.counts_for = its.counts_for AND w.day = (e.at AT TIME ZONE c.time_zone)::date
        WHERE a.booked_at < w.ends
    )
GROUP BY a.client_id
"""


@dataclass(frozen=True)
class Results:
    """People and appointments of one month."""

    written: int = 0
    booked: int = 0  # people
    bookings: int = 0
    kept: int = 0
    cents: int = 0  # of what was kept
    opted_out: int = 0  # people

    def __add__(self, other: Self) -> Results:
        return Results(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Results)))

    @property
    def worth(self) -> Decimal:
        return Decimal(self.cents) / 100


def results(client_ids: Collection[int], month: Month) -> dict[int, Results]:
    """By client, those with anything to tell; inside their scope, in four queries however many clients there are."""
    entered = EntryTally.objects.filter(client__in=client_ids, campaign=0, month=month.number).order_by()
    counts = entered.values_list("client").annotate(people=Sum("number"))
    written: dict[int, int] = dict(counts.exclude(people=0))
    noes = [each for each in noes_to_any(client_ids, *bounds(month)) if Month.of(each.day) == month]
    opted_out = Counter(client for client, _ in {(each.client, each.contact) for each in noes})
    booked = _booked(client_ids, month)
    return {
        each: Results(written.get(each, 0), *booked.get(each, (0, 0, 0, 0)), opted_out.get(each, 0))
        for each in written.keys() | opted_out.keys() | booked.keys()
    }


def _booked(client_ids: Collection[int], month: Month) -> dict[int, tuple[int, int, int, int]]:
    windows = _windows(client_ids, month)
    begins, over = bounds(month)
    with connection.cursor() as cursor:
        cursor.execute(
            BOOKED,
            {
                "clients": list(client_ids), "longest": LONGEST.total_seconds(), "begins": begins, "over": over,
                "first": month.first, "after": month.after.first, "zones": [each[0] for each in windows],
                "lengths": [each[1] for each in windows], "days": [each[2] for each in windows],
                "ends": [each[3] for each in windows],
            },
        )  # fmt: skip
        return {
            client: (booked, made, kept, int(cents))
            for client, booked, made, kept, cents in cursor.fetchall()
        }


def _windows(client_ids: Collection[int], month: Month) -> list[tuple[Any, ...]]:
    """Every window in which an appointment of this month may lie: zone, length, first day, end."""
    kinds = Campaign.objects.filter(client__in=client_ids).order_by()
    days = range((month.after.first - month.first + LONGEST).days)
    return [
        (zone, length, day, window_ends(day, length, ZoneInfo(zone)))
        for zone, length in kinds.values_list("client__time_zone", "counts_for").distinct()
        for day in (month.first - LONGEST + timedelta(days=number) for number in days)
    ]
