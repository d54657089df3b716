"""A month's limit in dollars: what was handed over is counted while it goes out, and the check `spend_cap` reads the count.

Added up from the counters of messages, as the usage page does; every few seconds, so what is handed over between two
counts may go beyond the limit. A month not counted yet lets nothing out.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from compliance.models import Spent
from messaging.reports.usage import Month, Usage, usage
from tenants.agency_mail import addresses, letter, post
from tenants.clock import db_now
from tenants.mail_choices import willing
from tenants.models import Client, MailChoice
from tenants.scope import acting_for


def count(client_id: int) -> Spent | None:
    """What this month has cost until now; none where the client has no limit. Opens its own scope."""
    with acting_for(client_id):
        client = Client.objects.get(pk=client_id)
        if client.most_dollars is None:
            return None
        at, zone = db_now(), ZoneInfo(client.time_zone)
        month = Month.of(at.astimezone(zone).date())
        found = usage([client_id], month).get(client_id, Usage()).dollars
        fresh = {"until": _midnight(month.after.first, zone), "dollars": found, "counted_at": at}
        since = _midnight(month.first, zone)
        spent, made = Spent.objects.get_or_create(client=client, since=since, defaults=fresh)
        if not made:  # of two counts at once the later one stays
            Spent.objects.filter(pk=spent.pk, counted_at__lt=at).update(**fresh)
            spent.refresh_from_db()
        # Counted by another clock before the client's time zone was changed: nobody keeps that count up any more.
        Spent.objects.of_now(at).exclude(pk=spent.pk).update(until=at)
        return spent


def tell(client_id: int) -> int:
    """Mail the agency that a limit is reached: once for each limit of a month. Returns how many mails were taken."""
    with acting_for(client_id):
        client = Client.objects.get(pk=client_id)
        limit = client.most_dollars
        if limit is None:
            return 0
        reached = Spent.objects.of_now(db_now()).filter(dollars__gte=limit)
        if not reached.filter(Q(told_limit=None) | ~Q(told_limit=limit)).update(told_limit=limit):
            return 0
        to = willing(MailChoice.Kind.LIMIT, addresses(client))
    page = settings.PUBLIC_URL + reverse("settings", args=[client.slug])
    return post(
        letter("emails/limit-reached.txt", each, client=client, limit=limit, page=page) for each in to
    )


def share(limit: int | None, dollars: Decimal) -> int | None:
    """Percent of the limit, whole and rounded down: 100 only where it is reached."""
    if limit is None:
        return None
    return int(100 * dollars / limit) if limit else 100


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
