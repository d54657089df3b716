"""Who was written to and who was held out, and who of them booked in time: one statement over one campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Min, Q

from campaigns.models import Campaign
from compliance.checks.outcome import HELD_OUT
from messaging.models import Message, Status
from messaging.reports.business_days import window_ends
from messaging.reports.lift import Lift, Share

# Handed to a provider, whatever became of it: a number that takes no texts stands among those held out too.
WRITTEN = (Status.HANDING, Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.UNRESOLVED)
LONGEST = timedelta(days=100)  # no campaign counts bookings for longer after a message
HELD = Q(status=Status.HELD, failed=[HELD_OUT])  # judged clear, but for the draw

GROUPS = """
WITH moments AS (
    SELECT contact_id, false AS held, claimed_at AS at FROM messaging_message
    WHERE client_id = %(client)s AND campaign_id = %(campaign)s AND status = ANY(%(written)s) AND claimed_at IS NOT NULL
    UNION ALL
    SELECT contact_id, true, settled_at FROM messaging_message
    WHERE client_id = %(client)s AND campaign_id = %(campaign)s AND status = 'held' AND failed = %(held)s::varchar[]
), entries AS (
    SELECT contact_id, bool_and(held) AS side, coalesce(min(at) FILTER (WHERE NOT held), min(at)) AS at
    FROM moments GROUP BY contact_id
)"""

# A household draws once a step, so a person reads one wording of it.
WORDINGS = """
WITH entries AS (
    SELECT contact_id, step_id || min(wording) AS side, min(claimed_at) AS at FROM messaging_message
    WHERE client_id = %(client)s AND campaign_id = %(campaign)s AND status = ANY(%(written)s) AND claimed_at IS NOT NULL AND wording <> ''
    GROUP BY contact_id, step_id
)"""

# Credited: no other campaign in whose own window the appointment lies wrote to the person after this one's last message before it.
BOOKED = """, spans AS (
    SELECT * FROM unnest(%(span_lengths)s::int[], %(span_days)s::date[], %(span_ends)s::timestamptz[]) AS s(counts_for, day, ends)
), windows AS (
    SELECT e.contact_id, e.side, e.at, w.ends
    FROM entries AS e
    JOIN unnest(%(days)s::date[], %(ends)s::timestamptz[]) AS w(day, ends) ON w.day = (e.at AT TIME ZONE %(zone)s)::date
)
SELECT w.side, count(*), count(*) FILTER (WHERE w.ends > %(now)s), count(*) FILTER (WHERE b.bookings > 0),
    coalesce(sum(b.bookings), 0), coalesce(sum(b.kept), 0), coalesce(sum(b.missed), 0), coalesce(sum(b.cents), 0),
    coalesce(sum(b.unpriced), 0), coalesce(sum(b.credited), 0), coalesce(sum(b.credited_kept), 0), coalesce(sum(b.credited_cents), 0)
FROM windows AS w
CROSS JOIN LATERAL (
    SELECT count(*) AS bookings, count(*) FILTER (WHERE status = 'kept') AS kept,
        count(*) FILTER (WHERE status = 'no_show') AS missed, sum(cents) FILTER (WHERE status = 'kept') AS cents,
        count(*) FILTER (WHERE status = 'kept' AND cents IS NULL) AS unpriced,
        count(*) FILTER (WHERE is_ours) AS credited,
        count(*) FILTER (WHERE is_ours AND status = 'kept') AS credited_kept,
        sum(cents) FILTER (WHERE is_ours AND status = 'kept') AS credited_cents
    FROM (
        SELECT status, cents, coalesce((
                SELECT NOT EXISTS (
                    SELECT 1 FROM messaging_message AS other
                    JOIN campaigns_campaign AS its ON its.client_id = other.client_id AND its.id = other.campaign_id
                    WHERE other.client_id = %(client)s AND other.contact_id = w.contact_id AND other.campaign_id <> %(campaign)s
                        AND other.status = ANY(%(written)s) AND other.claimed_at <= a.booked_at
                        AND (other.claimed_at, other.id) > (own.claimed_at, own.id)
                        AND a.booked_at < (
                            SELECT spans.ends FROM spans
                            WHERE spans.counts_for = its.counts_for AND spans.day = (
                                SELECT (min(first.claimed_at) AT TIME ZONE %(zone)s)::date FROM messaging_message AS first
                                WHERE first.client_id = %(client)s AND first.contact_id = w.contact_id AND first.campaign_id = its.id
                                    AND first.status = ANY(%(written)s)
                            )
                        )
                )
                FROM messaging_message AS own
                WHERE own.client_id = %(client)s AND own.contact_id = w.contact_id AND own.campaign_id = %(campaign)s
                    AND own.status = ANY(%(written)s) AND own.claimed_at <= a.booked_at
                ORDER BY own.claimed_at DESC, own.id DESC LIMIT 1
            ), false) AS is_ours
        FROM campaigns_booking AS a
        WHERE client_id = %(client)s AND contact_id = w.contact_id AND ended_at IS NULL AND status <> 'cancelled' AND NOT by_word
            AND booked_at >= w.at AND booked_at < w.ends
    ) AS counted
) AS b
GROUP BY w.side
"""


@dataclass(frozen=True)
class Group:
    """Those written to, or those held out."""

    people: int = 0
    open: int = 0  # whose window has not ended
    booked: int = 0  # people
    bookings: int = 0
    kept: int = 0
    missed: int = 0
    cents: int = 0  # of what was kept
    unpriced: int = 0  # kept, and nobody said what it was worth
    credited: int = 0  # of the bookings, by last touch; none of those held out, to whom nothing was written
    credited_kept: int = 0
    credited_cents: int = 0

    @property
    def share(self) -> Share:
        return Share(self.booked, self.people)


@dataclass(frozen=True)
class Outcomes:
    """What became of everybody the campaign was clear for."""

    written: Group
    held_out: Group

    @property
    def lift(self) -> Lift:
        return Lift(self.written.share, self.held_out.share)


def outcomes(campaign: Campaign, at: datetime) -> Outcomes:
    """Count, inside the client's scope: three queries."""
    groups = _counted(GROUPS, campaign, at)
    return Outcomes(groups.get(False, Group()), groups.get(True, Group()))


def by_wording(campaign: Campaign, at: datetime) -> dict[tuple[int, str], Group]:
    """The same of those who read each wording, by step and letter, from that message on."""
    return {(int(side[:-1]), side[-1]): group for side, group in _counted(WORDINGS, campaign, at).items()}


def _counted(entries: str, campaign: Campaign, at: datetime) -> dict[Any, Group]:
    zone = ZoneInfo(campaign.client.time_zone)
    days = _days(campaign, zone)
    spans = _spans(campaign, days, zone)
    with connection.cursor() as cursor:
        cursor.execute(
            entries + BOOKED,
            {
                "client": campaign.client_id, "campaign": campaign.pk, "written": [each.value for each in WRITTEN],
                "held": [HELD_OUT], "zone": campaign.client.time_zone, "now": at,
                "days": days, "ends": [window_ends(day, campaign.counts_for, zone) for day in days],
                "span_lengths": [each for each, _ in spans], "span_days": [day for _, day in spans],
                "span_ends": [window_ends(day, each, zone) for each, day in spans],
            },
        )  # fmt: skip
        return {side: Group(*map(int, rest)) for side, *rest in cursor.fetchall()}


def _days(campaign: Campaign, zone: ZoneInfo) -> list[date]:
    """Every day of the practice's calendar on which somebody was written to, or would have been, may have been."""
    rows = Message.objects.filter(Q(claimed_at__isnull=False) | HELD, campaign=campaign)
    span: dict[str, Any] = rows.aggregate(
        first=Min("claimed_at"), last=Max("claimed_at"), begun=Min("settled_at"), ended=Max("settled_at")
    )
    instants = [each for each in span.values() if each is not None]
    if not instants:
        return []
    first, last = (each.astimezone(zone).date() for each in (min(instants), max(instants)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _spans(campaign: Campaign, days: list[date], zone: ZoneInfo) -> list[tuple[int, date]]:
    """Every window, by its length and first day, of the client's other campaigns that may lie over one of these days' windows."""
    if not days:
        return []
    others = Campaign.objects.filter(client=campaign.client_id).exclude(pk=campaign.pk).order_by()
    lengths = list(others.values_list("counts_for", flat=True).distinct())
    ends = window_ends(days[-1], campaign.counts_for, zone).date()
    return [
        (length, days[0] - LONGEST + timedelta(days=number))
        for length in lengths
        for number in range((ends - days[0] + LONGEST).days + 1)
    ]
