"""What was sent in a month, about what it cost and what it brought: an agency's clients side by side, and one client by days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging.reports.results import Results, results
from messaging.reports.usage import Month, Usage, by_day, usage
from messaging.spending import share
from tenants.access import MemberRequest, agency_page, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.models import Agency, Client
from tenants.scope import acting_clients

COLUMNS = [
    "client", "month", "texts", "segments", "mails", "about, in dollars", "people written to", "people who booked",
    "appointments", "kept", "worth, in dollars", "opted out",
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One client's month, beside the month before."""

    client: Client
    now: Usage
    before: Usage
    brought: Results
    brought_before: Results

    @property
    def of_limit(self) -> int | None:
        """Percent of what a month may cost; none without a limit."""
        return share(self.client.most_dollars, self.now.dollars)

    @property
    def more(self) -> Decimal:
        """How much dearer than the month before; less than nothing: cheaper."""
        return self.now.dollars - self.before.dollars


SORTS: dict[str, Callable[[Line], Any]] = {
    "texts": lambda line: line.now.texts,
    "mails": lambda line: line.now.mails,
    "about": lambda line: line.now.dollars,
    "written": lambda line: line.brought.written,
    "booked": lambda line: line.brought.booked,
    "kept": lambda line: line.brought.kept,
    "worth": lambda line: line.brought.cents,
    "opted_out": lambda line: line.brought.opted_out,
}


@agency_page()
@require_GET
def usage_of_month(request: MemberRequest, agency: Agency) -> HttpResponse:
    """The month asked for, else this one."""
    month, this = _months(request.GET)
    lines, sort = _lines(month), request.GET.get("sort", "")
    if sort:
        if sort not in SORTS:
            raise Http404
        lines.sort(key=SORTS[sort], reverse=True)
    return render(
        request, "messaging/usage.html",
        {
            "agency": agency, "month": month, "later": month.after if month.first < this.first else None, "lines": lines,
            "together": _together(lines), "sort": sort,
            "price": settings.TEXT_SEGMENT_DOLLARS, "running": month == this,
        },
    )  # fmt: skip


@agency_page()
@require_GET
def usage_file(request: MemberRequest, agency: Agency) -> StreamingHttpResponse:
    """The same as a file, for invoices and for the agency's own sheets."""
    month, _ = _months(request.GET)
    lines = _lines(month)
    rows = (
        [
            each.client.name, month.key, each.now.texts, each.now.segments, each.now.mails, f"{each.now.dollars:.2f}",
            each.brought.written, each.brought.booked, each.brought.bookings, each.brought.kept, f"{each.brought.worth:.2f}",
            each.brought.opted_out,
        ]
        for each in lines
    )  # fmt: skip
    return csv_response(f"usage-{agency.pk}-{month.key}.csv", COLUMNS, rows)


@client_page()
@require_GET
def month_strip(request: MemberRequest, client: Client) -> HttpResponse:
    """This month so far, for the overview: numbers, and a line a day."""
    zone = ZoneInfo(client.time_zone)
    today = db_now().astimezone(zone).date()
    month = Month.of(today)
    days = by_day(client.pk, month)
    values = {
        "month": month,
        "now": usage([client.pk], month).get(client.pk, Usage()),
        "data": _picture(days, month.first, today, zone) if days else None,
        "rows": sorted(days.items(), reverse=True),
    }
    return render(request, "messaging/_month_strip.html", values)


def _picture(days: dict[date, tuple[int, int]], first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    """Lines from the first day to the last."""
    shown = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    texts, mails = zip(*(days.get(day, (0, 0)) for day in shown), strict=True)
    return {
        "zone": str(zone),
        "times": [int(datetime.combine(day, time(), zone).timestamp()) for day in shown],
        "lines": [
            {"label": "Texts", "tone": "accent", "values": texts},
            {"label": "Mails", "tone": "clear", "values": mails},
        ],
    }


def _months(given: QueryDict) -> tuple[Month, Month]:
    """The month asked for, and the one in which we are."""
    this = Month.of(db_now().astimezone(UTC).date())
    wanted = given.get("month")
    if not wanted:
        return this, this
    try:
        month = Month.of(date.fromisoformat(f"{wanted}-01"))
    except ValueError:
        raise Http404 from None
    if not date(2000, 1, 1) <= month.first <= this.first:
        raise Http404
    return month, this


def _lines(month: Month) -> list[Line]:
    ids = acting_clients()
    now, before = usage(ids, month), usage(ids, month.before)
    brought, brought_before = results(ids, month), results(ids, month.before)
    return [
        Line(
            client, now.get(client.pk, Usage()), before.get(client.pk, Usage()),
            brought.get(client.pk, Results()), brought_before.get(client.pk, Results()),
        )
        for client in Client.objects.filter(pk__in=ids).order_by("name", "pk")
    ]  # fmt: skip


def _together(lines: list[Line]) -> Line:
    """All of them; no person is a client's and another's too."""
    return Line(
        Client(), sum((each.now for each in lines), Usage()), sum((each.before for each in lines), Usage()),
        sum((each.brought for each in lines), Results()), sum((each.brought_before for each in lines), Results()),
    )  # fmt: skip
