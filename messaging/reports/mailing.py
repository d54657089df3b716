"""Reports by mail, on the days that the client chose: which campaigns sent or still counted bookings, and where their reports are.

Nobody's name leaves by mail: the report itself is behind the sign-in, with the newest numbers. A row for each person and
period is written before the mail leaves. What the mail server refuses is tried again; what nobody can tell is not.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse

from campaigns.models import Campaign
from messaging.models import Message, ReportMail, ReportSchedule
from messaging.reports.business_days import window_ends
from messaging.reports.outcomes import LONGEST, WRITTEN
from messaging.reports.report_days import due_day, latest
from tenants.agency_mail import letter
from tenants.clock import db_now
from tenants.models import Client, Membership, User
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
AGAIN, MOST_TRIES = timedelta(hours=1), 5

CLAIM = """
INSERT INTO messaging_reportmail (client_id, schedule_id, user_id, due_on, campaigns, tries)
SELECT %(client)s, %(schedule)s, reader, %(day)s, %(campaigns)s, 1 FROM unnest(%(readers)s::bigint[]) AS reader
ON CONFLICT (client_id, due_on, user_id) DO UPDATE
    SET refused_at = NULL, tries = messaging_reportmail.tries + 1, campaigns = excluded.campaigns
    WHERE messaging_reportmail.refused_at <= %(before)s AND messaging_reportmail.tries < %(most)s
RETURNING id, user_id
"""


@dataclass(frozen=True)
class Line:
    """One campaign in the mail."""

    name: str
    people: int  # written to in the period
    page: str


@shared_task
def mail_reports() -> int:
    """Send what is due now; returns how many mails were taken."""
    at = db_now()
    with acting_for_every_client():
        rows = ReportSchedule.objects.in_force(at).filter(client__closed_at=None).select_related("client")
        schedules = list(rows.order_by("client"))
    return sum(_guarded(each, at) for each in schedules)


def _guarded(schedule: ReportSchedule, at: datetime) -> int:
    """What goes wrong with one client keeps no other's from going out; the next round tries it again."""
    try:
        return send(schedule, at)
    except Exception:
        log.exception("the reports of a client were not mailed", extra={"client": schedule.client_id})
        return 0


def send(schedule: ReportSchedule, at: datetime) -> int:
    """One client's mails of the newest period; returns how many were taken."""
    client = schedule.client
    day = due_day(schedule, at, ZoneInfo(client.time_zone))
    if day is None:
        return 0
    with acting_for(client.pk):
        people = {each.pk: each for each in own_people(client).filter(pk__in=schedule.readers)}
        told = ReportMail.objects.filter(due_on=day).exclude(refused_at__lte=at - AGAIN, tries__lt=MOST_TRIES)
        if not people.keys() - set(told.values_list("user", flat=True)):
            return 0
        first = begins(schedule, day)
        lines = lines_of(client, first, day)
        claimed = _claimed(schedule, day, list(people), len(lines), at)
    if not lines:
        return 0
    context = {
        "client": client,
        "first": first,
        "last": day - timedelta(days=1),
        "lines": lines,
        "page": _url("reports", client),
    }
    return sum(_sent(client, row, people[reader].email, context) for row, reader in claimed)


def own_people(client: Client) -> QuerySet[User]:
    """The client's own people, to whom a report may go, by name."""
    members = Membership.objects.in_force().filter(client=client, agency=None)
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk")


def begins(schedule: ReportSchedule, day: date) -> date:
    """The first day that the report due on `day` tells of: when the one before was due."""
    return latest(schedule.every, schedule.weekday, day - timedelta(days=1))


def lines_of(client: Client, first: date, until: date) -> list[Line]:
    """The campaigns that sent from `first` until the day before `until`, or whose bookings still counted then."""
    zone = ZoneInfo(client.time_zone)
    begin, end = (datetime.combine(each, time(), zone) for each in (first, until))
    rows = (
        Message.objects.filter(
            client=client, status__in=WRITTEN, claimed_at__gte=begin - LONGEST, claimed_at__lt=end
        )
        .order_by()
        .values_list("campaign")
        .annotate(
            last=Max("claimed_at"), people=Count("contact", distinct=True, filter=Q(claimed_at__gte=begin))
        )
    )
    found = {campaign: (last, people) for campaign, last, people in rows}
    return [
        Line(each.name, found[each.pk][1], _url("campaign_report", client, each.pk))
        for each in Campaign.objects.filter(pk__in=found).order_by("name", "pk")
        if window_ends(found[each.pk][0].astimezone(zone).date(), each.counts_for, zone) > begin
    ]


def _claimed(
    schedule: ReportSchedule, day: date, people: list[int], campaigns: int, at: datetime
) -> list[tuple[int, int]]:
    """The rows that are this run's to send, with their readers: new ones, and refused ones whose time has come."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "client": schedule.client_id, "schedule": schedule.pk, "day": day, "campaigns": campaigns, "readers": people,
                "before": at - AGAIN, "most": MOST_TRIES,
            },
        )  # fmt: skip
        return [(row, reader) for row, reader in cursor.fetchall()]


def _sent(client: Client, row: int, to: str, context: dict[str, object]) -> bool:
    try:
        taken = bool(letter("emails/report.txt", to, **context).send())
    except Exception:
        log.warning("a report was not taken by the mail server", exc_info=True)
        taken = False
    with acting_for(client.pk):
        what = "taken_at" if taken else "refused_at"
        ReportMail.objects.filter(pk=row).update(**{what: db_now()})
    return taken


def _url(name: str, client: Client, *rest: int) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[client.slug, *rest])
