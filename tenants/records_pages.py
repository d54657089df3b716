"""The client's records: who did what, when; filtered, in pages, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from tenants import audit, audit_areas
from tenants.access import EVERYONE, MemberRequest, client_page
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import AuditEvent, Client, Membership, Role
from tenants.record_filter import RecordFilter
from tenants.scope import acting_for
from tenants.step_up import lately_proven

READERS = EVERYONE - {Role.FRONT_DESK}


@require_GET
@client_page(roles=READERS)
def records(request: MemberRequest, client: Client) -> HttpResponse:
    """Every deed on this client's data, newest first."""
    form = _filter(request.GET, client)
    rows = _chosen(form, client).select_related("actor")
    values = {"form": form, "page": page_of(rows, request.GET.get("after", ""))}
    return render(request, "tenants/records.html", values)


@require_POST
@client_page(roles=READERS, after_the_end=True)
@lately_proven
def records_file(request: MemberRequest, client: Client) -> HttpResponseBase:
    """The chosen records as a file. Taking it is a record itself. Of filters that cannot be read there is the page that says so."""
    form = _filter(request.POST, client)
    if not form.is_valid():
        return render(request, "tenants/records.html", {"form": form}, status=422)
    chosen = _chosen(form, client)
    newest = chosen.order_by("-id").values_list("pk", flat=True).first() or 0
    audit.record("records.exported", client_id=client.pk, request=request, up_to=newest)

    def lines() -> Iterator[list[Any]]:
        with acting_for(client.pk):
            rows = (
                chosen.filter(pk__lte=newest)
                .order_by("id")
                .values_list("id", "at", "actor__name", "verb", "what", "detail", "ip")
            )
            for ident, at, actor, verb, what, detail, ip in rows.iterator(chunk_size=2000):
                yield [ident, at.isoformat(), actor or "the system", verb, what, detail or "", ip or ""]

    return csv_response(
        f"records-{client.slug}.csv",
        ["id", "at (UTC)", "who", "what", "on", "detail", "network address"],
        lines(),
    )


def _filter(given: Any, client: Client) -> RecordFilter:
    people = Membership.objects.filter(agency=client.agency_id) | Membership.objects.filter(client=client)
    names = people.order_by("user__name").values_list("user_id", "user__name").distinct()
    return RecordFilter(given, people=[(str(pk), name) for pk, name in names])


def _chosen(form: RecordFilter, client: Client) -> QuerySet[AuditEvent]:
    """What the filters let through; of filters that cannot be read nothing, never everything."""
    rows: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if not form.is_valid():
        return rows.none()
    given = form.cleaned_data
    zone = ZoneInfo(client.time_zone)
    if area := given.get("area"):
        rows = rows.filter(audit_areas.within(area))
    if who := given.get("who"):
        rows = rows.filter(actor_id=who)
    if what := given.get("what"):
        rows = rows.filter(what__in=what)
    if since := given.get("since"):
        rows = rows.filter(at__gte=datetime(since.year, since.month, since.day, tzinfo=zone))
    if until := given.get("until"):
        rows = rows.filter(at__lte=datetime.combine(until, time.max, zone))
    return rows
