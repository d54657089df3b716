"""The report of a campaign, for everybody of the client: on one page, and as a PDF."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from campaigns.models import Campaign
from campaigns.state import state_of
from messaging.reports import telling
from messaging.reports.campaign_report import Report, report_of
from messaging.reports.paper import pdf
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client


@client_page()
@require_GET
def campaign_report(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """What a campaign brought: three numbers and a picture first, then how it was done."""
    found = _campaign(client, campaign)
    report = report_of(found, db_now())
    values = {"campaign": found, "report": report, "state": state_of(found)}
    return render(request, "messaging/report.html", values | (_told(report) if report else {}))


@client_page()
@require_GET
def campaign_report_pdf(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:  # noqa: ARG001
    """The same as a file."""
    report = report_of(_campaign(client, campaign), db_now())
    if report is None:
        raise Http404
    answer = HttpResponse(pdf(report), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="report-{campaign}.pdf"'
    return answer


def _told(report: Report) -> dict[str, object]:
    return {
        "numbers": telling.numbers(report), "bars": telling.bars(report), "still": telling.open_windows(report),
        "counted": telling.counted(report), "held": telling.held(report), "compliance": telling.compliance(report),
        "notes": list(telling.paragraphs(report)),
    }  # fmt: skip


def _campaign(client: Client, campaign: int) -> Campaign:
    rows = Campaign.objects.select_related("client__agency")
    found: Campaign = get_object_or_404(rows, pk=campaign, client=client)
    return found
