"""The cleaning report: what the client's own people read before they certify the list."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.cleaning import report
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client


@client_page()
@require_GET
def cleaning(request: MemberRequest, client: Client) -> HttpResponse:
    """How clean the list is, counted now; prints on one sheet."""
    made = report(client, db_now())
    sections = (
        ("What came in", made.lists),
        ("What is kept back", made.taken_out),
        ("When people were last seen", made.seen),
        ("When they agreed to texts, by number", made.consents),
    )
    values = {"report": made, "sections": sections, "may_change": request.member.role in STAFF}
    return render(request, "compliance/cleaning.html", values)
