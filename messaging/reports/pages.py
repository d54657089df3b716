"""The report of a campaign, for everybody of the client: on one page, and as a PDF."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from campaigns.models import Campaign
from campaigns.state import state_of
from messaging.reports import comparing, telling
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


@client_page()
@require_GET
def campaign_compare(request: MemberRequest, client: Client) -> HttpResponse:
    """Two launched campaigns of the client side by side; which ones stands in the address."""
    choices = list(comparing.launched_campaigns(client.pk)[: comparing.MOST])
    chosen = [_chosen(client, request.GET.get(name, "")) for name in ("one", "other")]
    one, other = chosen
    twice = one is not None and one == other
    values: dict[str, object] = {"choices": choices, "chosen": chosen, "twice": twice}
    if one and other and not twice and (found := comparing.compare(one, other, db_now())):
        values |= {
            "found": found, "rows": comparing.rows(found), "bars": comparing.bars(found), "warning": comparing.warning(found),
            "verdict": comparing.verdict(one.name, other.name, found.booked),
        }  # fmt: skip
    return render(request, "messaging/compare.html", values)


def _chosen(client: Client, given: str) -> Campaign | None:
    """The launched campaign with this id, none where none was chosen, else 404."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Http404
    return get_object_or_404(comparing.launched_campaigns(client.pk), pk=int(given))


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
