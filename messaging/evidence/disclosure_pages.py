"""The accounting of disclosures of one person: a page to read and print, and a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from consent.models import Contact
from messaging.evidence import disclosures
from messaging.evidence.disclosures import Disclosure
from messaging.evidence.subject import Subject
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.models import Client
from tenants.step_up import lately_proven

YEARS = 6  # 45 CFR 164.528(a)(1)
READERS = STAFF | APPROVER
SAYS = "The accounting of disclosures is read by the agency's staff and the practice's compliance contact."
HEADER = ["at (UTC)", "given to", "what", "why", "outcome", "kind", "reference"]


@client_page(roles=READERS, says=SAYS)
@require_GET
def disclosures_of_contact(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """What was given to whom about this person in six years, newest first. Looking is on record."""
    found: Contact = get_object_or_404(Contact, pk=contact, client=client)
    since = _since()
    page = disclosures.page_of(Subject(client, contact=found), since, request.GET.get("after", ""))
    audit.record("contact.disclosures_viewed", found, client_id=client.pk, request=request)
    values = {"contact": found, "page": page, "since": since, "years": YEARS}
    return render(request, "messaging/disclosures.html", values)


@client_page(roles=READERS, says=SAYS, after_the_end=True)
@require_POST
@lately_proven
def disclosures_file(request: MemberRequest, client: Client, contact: int) -> StreamingHttpResponse:
    """All of them as a file. Taking it is on record."""
    found: Contact = get_object_or_404(Contact, pk=contact, client=client)
    rows = sorted(disclosures.all_of(Subject(client, contact=found), _since()), key=lambda each: each.at)
    audit.record("contact.disclosures_exported", found, client_id=client.pk, request=request, rows=len(rows))
    return csv_response(f"disclosures-{found.pk}.csv", HEADER, _cells(rows))


def _cells(rows: Iterable[Disclosure]) -> Iterable[list[Any]]:
    for each in rows:
        at = f"{each.at:%Y-%m-%d %H:%M:%S}"
        yield [at, each.given_to, each.what, each.why, each.outcome, each.kind, each.ref]


def _since() -> datetime:
    at = db_now()
    # The 29th of February has no fellow in most years.
    return at.replace(year=at.year - YEARS, day=min(at.day, 28))
