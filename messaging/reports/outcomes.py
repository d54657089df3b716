"""Who was written to and who was held out, by the counters of people (`messaging.models.Entry`), and who of them booked in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, DateTimeField, F, Func, Sum, Value

from campaigns.models import Campaign
from messaging.models import EntryTally, Status
from messaging.reports.business_days import window_ends
from messaging.reports.lift import Lift, Share

# Handed to a provider, whatever became of it: a number that takes no texts stands among those held out too.
WRITTEN = (Status.HANDING, Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.UNRESOLVED)
Side = tuple[int, str, bool]  # step and wording, nothing of the whole campaign; whether held out
LONGEST = timedelta(days=100)  # no campaign counts bookings for longer after a message

# No other campaign in whose own time the appointment `b` lies wrote to the person after this one's last message before it.
WHOSE = """coalesce((
        SELECT NOT EXISTS (
            SELECT 1 FROM messaging_message AS other
            JOIN campaigns_campaign AS its ON its.client_id = other.client_id AND its.id = other.campaign_id
            WHERE other.client_id = %(client)s AND other.contact_id = b.contact_id AND other.campaign_id <> %(campaign)s
                AND other.status = ANY(%(written)s) AND other.claimed_at <= b.booked_at
                AND (other.claimed_at, other.id) > (own.claimed_at, own.id)
                AND b.booked_at < (
                    SELECT spans.ends FROM spans
                    WHERE spans.counts_for = its.counts_for AND spans.day = (
                        SELECT (min(first.claimed_at) AT TIME ZONE %(zone)s)::date FROM messaging_message AS first
                        WHERE first.client_id = %(client)s AND first.contact_id = b.contact_id AND first.campaign_id = its.id
                            AND first.status = ANY(%(written)s)
                    )
                )
        )
        FROM messaging_message AS own
        WHERE own.client_id = %(client)s AND own.contact_id = b.contact_id AND own.campaign_id = %(campaign)s
            AND own.status = ANY(%(written)s) AND own.claimed_at <= b.booked_at
        ORDER BY own.claimed_at DESC, own.id DESC LIMIT 1
    ), false)"""

# Appointments in the time of those who entered (`messaging.models.Entry`), found from the appointments, because they are few.
# Asked of messages is only whose an appointment is that lies in another campaign's time too.
IN_TIME = f"""
WITH windows AS (
    SELECT * FROM unnest(%(days)s::date[], %(ends)s::timestamptz[]) AS w(day, ends)
), spans AS (
    SELECT * FROM unnest(%(span_lengths)s::int[], %(span_days)s::date[], %(span_ends)s::timestamptz[]) AS s(counts_for, day, ends)
), counted AS MATERIALIZED (
    SELECT e.step, e.wording, e.held, a.contact_id, a.booked_at, a.status, a.cents
    FROM campaigns_booking AS a
    CROSS JOIN LATERAL (
        SELECT step, wording, held, at FROM messaging_entry
        WHERE client_id = %(client)s AND contact = a.contact_id AND campaign = %(campaign)s
        OFFSET 0  -- of each person by the index, however many entries there are
    ) AS e
    JOIN windows AS w ON w.day = (e.at AT TIME ZONE %(zone)s)::date
    WHERE a.client_id = %(client)s AND a.ended_at IS NULL AND a.status <> 'cancelled' AND NOT a.by_word
        AND a.booked_at >= %(begins)s AND a.booked_at < %(over)s AND a.booked_at >= e.at AND a.booked_at < w.ends
), owned AS MATERIALIZED (
    SELECT b.*, CASE WHEN b.held OR b.step <> 0 THEN false WHEN NOT EXISTS (
            SELECT 1 FROM (
                SELECT campaign, at FROM messaging_entry
                WHERE client_id = %(client)s AND contact = b.contact_id AND campaign NOT IN (0, %(campaign)s) AND step = 0 AND NOT held
                    AND at <= b.booked_at AND at > b.booked_at - make_interval(secs => %(longest)s)
                OFFSET 0  -- the person's few entries first, not every window of every campaign
            ) AS o
            JOIN campaigns_campaign AS its ON its.client_id = %(client)s AND its.id = o.campaign
            JOIN spans ON spans.counts_for = its.counts_for AND spans.day = (o.at AT TIME ZONE %(zone)s)::date
            WHERE b.booked_at < spans.ends
        ) THEN true ELSE {WHOSE} END AS is_ours
    FROM counted AS b
)
SELECT step, wording, held, count(DISTINCT contact_id), count(*), count(*) FILTER (WHERE status = 'kept'),
    count(*) FILTER (WHERE status = 'no_show'), coalesce(sum(cents) FILTER (WHERE status = 'kept'), 0),
    count(*) FILTER (WHERE status = 'kept' AND cents IS NULL),
    count(*) FILTER (WHERE is_ours), count(*) FILTER (WHERE is_ours AND status = 'kept'),
    coalesce(sum(cents) FILTER (WHERE is_ours AND status = 'kept'), 0)
FROM owned GROUP BY step, wording, held
"""  # noqa: S608 (our own words)


@dataclass(frozen=True)
class Group:
    """Those written to, those held out, or those who read one of two wordings."""

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
    by_wording: Mapping[tuple[int, str], Group] = field(default_factory=dict)  # by step and letter

    @property
    def lift(self) -> Lift:
        return Lift(self.written.share, self.held_out.share)


def outcomes(campaign: Campaign, at: datetime) -> Outcomes:
    """Of those written to, held out, and who read which wording, inside the client's scope: three queries, none of which reads
    every message or person."""
    zone = ZoneInfo(campaign.client.time_zone)
    entered = _entered(campaign)
    if not entered:
        return Outcomes(Group(), Group())
    ends = {
        day: window_ends(day, campaign.counts_for, zone) for day in sorted({day for _, day, _ in entered})
    }
    booked = _booked(campaign, ends, zone)
    groups: dict[Side, Group] = {}
    for side in {each for each, _, _ in entered}:
        people = [(number, ends[day] > at) for of, day, number in entered if of == side]
        still_open = sum(number for number, is_open in people if is_open)
        groups[side] = Group(sum(number for number, _ in people), still_open, *booked.get(side, ()))
    wordings = {(step, letter): group for (step, letter, _), group in groups.items() if step}
    written, held_out = (groups.get((0, "", held), Group()) for held in (False, True))
    return Outcomes(written, held_out, wordings)


def _entered(campaign: Campaign) -> list[tuple[Side, date, int]]:
    """How many people entered on each day of the practice's calendar: to which side, the day, the number."""
    here = Func(
        Value(campaign.client.time_zone), F("quarter"), function="timezone", output_field=DateTimeField()
    )
    rows = EntryTally.objects.filter(campaign=campaign.pk).order_by()
    days = rows.annotate(day=Func(here, function="DATE", output_field=DateField()))
    found = days.values_list("step", "wording", "held", "day").annotate(people=Sum("number"))
    return [
        ((step, letter, held), day, number) for step, letter, held, day, number in found.exclude(people=0)
    ]


def _booked(campaign: Campaign, ends: dict[date, datetime], zone: ZoneInfo) -> dict[Side, list[int]]:
    spans = [(*each, window_ends(each[1], each[0], zone)) for each in _spans(campaign, sorted(ends), zone)]
    begins = datetime.combine(min(ends), time(), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            IN_TIME,
            {
                "client": campaign.client_id, "campaign": campaign.pk, "written": [each.value for each in WRITTEN],
                "zone": campaign.client.time_zone, "days": list(ends), "ends": list(ends.values()),
                "begins": begins, "over": max(ends.values()),
                "span_lengths": [length for length, _, _ in spans], "span_days": [day for _, day, _ in spans],
                "span_ends": [over for _, _, over in spans],
                "longest": max((over - datetime.combine(day, time(), zone) for _, day, over in spans), default=LONGEST).total_seconds(),
            },
        )  # fmt: skip
        return {
            (step, letter, held): [int(each) for each in rest]
            for step, letter, held, *rest in cursor.fetchall()
        }


def _spans(campaign: Campaign, days: list[date], zone: ZoneInfo) -> list[tuple[int, date]]:
    """Every window, by its length and first day, of the client's other campaigns that may lie over one of these days' windows."""
    others = Campaign.objects.filter(client=campaign.client_id).exclude(pk=campaign.pk).order_by()
    lengths = list(others.values_list("counts_for", flat=True).distinct())
    ends = window_ends(days[-1], campaign.counts_for, zone).date()
    return [
        (length, days[0] - LONGEST + timedelta(days=number))
        for length in lengths
        for number in range((ends - days[0] + LONGEST).days + 1)
    ]
