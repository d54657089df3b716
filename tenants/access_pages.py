"""Who may see this client's data, and who did: a page and a file for the client and its agency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from tenants import access_report as reports
from tenants import audit
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.models import Client, EmergencyAccess
from tenants.step_up import lately_proven

SAYS = "Who has access is for the agency and the compliance contact to read."
PERIODS = (("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("2200", "six years"))


@client_page(roles=STAFF | APPROVER, says=SAYS)
@require_GET
def access_report(request: MemberRequest, client: Client) -> HttpResponse:
    """Everybody who may come in, everybody who did, and how often."""
    days, since = _period(request.GET.get("days", ""))
    lines = reports.report(client, since)
    context = {
        "lines": lines,
        "emergencies": EmergencyAccess.objects.filter(client=client)
        .select_related("user", "granted_by")
        .order_by("-pk")[:20],
        "may_grant": request.member.role in OWNER | APPROVER,
        "at": db_now(),
        "inside": sum(line.has_access for line in lines),
        "since": since,
        "days": days,
        "periods": PERIODS,
    }
    return render(request, "tenants/access_report.html", context)


@client_page(roles=STAFF | APPROVER, says=SAYS, after_the_end=True)
@require_POST
@lately_proven
def access_report_file(request: MemberRequest, client: Client) -> StreamingHttpResponse:
    """The same as a file. Taking it is on record."""
    days, since = _period(request.POST.get("days", ""))
    rows: Iterable[list[str | int]] = list(reports.cells(reports.report(client, since)))
    audit.record("records.access_exported", client_id=client.pk, request=request, days=int(days))
    return csv_response(f"access-{client.slug}.csv", reports.HEADER, rows)


def _period(asked: str) -> tuple[str, datetime]:
    """Ninety days unless one of the others is asked for."""
    days = asked if asked in dict(PERIODS) else "90"
    return days, db_now() - timedelta(days=int(days))
