"""The calendar: what is planned for a month, for one client or for all that a member of the agency can see."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging.planned import month_of
from messaging.reports.usage import Month
from tenants.access import STAFF, MemberRequest, agency_page, client_page
from tenants.clock import db_now
from tenants.models import Agency, Client
from tenants.scope import acting_clients

AGENCYS_DAY = "America/New_York"  # where an agency's "today" is, which has no zone of its own
LAST = 24  # months ahead


@require_GET
@agency_page()
def calendar(request: MemberRequest, agency: Agency) -> HttpResponse:  # noqa: ARG001
    """Every client this member may see."""
    return _page(request, list(acting_clients()), AGENCYS_DAY, {"many": True, "may_launch": True})


@client_page()
@require_GET
def client_calendar(request: MemberRequest, client: Client) -> HttpResponse:
    """One client."""
    return _page(request, [client.pk], client.time_zone, {"may_launch": request.member.role in STAFF})


def _page(request: MemberRequest, ids: list[int], zone: str, more: dict[str, Any]) -> HttpResponse:
    today = db_now().astimezone(ZoneInfo(zone)).date()
    month = _month(request.GET, today)
    days = month_of(ids, month)
    entries = [entry for day in days for entry in day.entries]
    context = more | {
        "month": month, "days": days, "today": today, "blanks": range(month.first.weekday()),
        "messages_planned": sum(each.people or 0 for each in entries if each.kind == "running"), "entries": len(entries),
        "earlier": month.first > today.replace(day=1),
    }  # fmt: skip
    return render(request, "messaging/calendar.html", context)


def _month(given: QueryDict, today: date) -> Month:
    wanted = given.get("month")
    this = Month.of(today)
    if not wanted:
        return this
    try:
        month = Month.of(date.fromisoformat(f"{wanted}-01"))
    except ValueError:
        raise Http404 from None
    ahead = (month.first.year - this.first.year) * 12 + month.first.month - this.first.month
    if not 0 <= ahead <= LAST:
        raise Http404
    return month
