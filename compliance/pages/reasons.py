"""The people behind a reason: a page of them, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from campaigns.audience import people, subjects
from campaigns.models import Campaign, Step
from compliance.checks import BY_CODE, CHECKS
from compliance.facts import Check, Facts, pinned
from compliance.flight import HOUR_CODES, WHOLE_CODES
from compliance.flight_words import title_of
from compliance.gate import applies_to
from compliance.pages.flight_check import FIXES, campaign_of, page_of_fix
from compliance.preview import steps_of
from consent.models import Contact, ContactPoint
from tenants import audit, masking
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Client
from tenants.scope import acting_for
from tenants.step_up import lately_proven

BATCH = 2000
SPECIAL = {
    "without_address": (
        "No address on this channel",
        "These people have no working address on the channel of this message.",
    ),
    "clear": ("Clear", "These people are reached once the campaign may run, at their lawful hour."),
}


@client_page()
@require_GET
def reasons(request: MemberRequest, client: Client, campaign: int, code: str) -> HttpResponseBase:
    """Whom a reason keeps back (`?step=`); `?any=1` counts every reason of a person, not the first alone."""
    found = campaign_of(client, campaign)
    steps, step, first = _asked(request, found, code)
    rows = behind(found, step, code, db_now(), first=first)
    page = page_of(rows, request.GET.get("after", ""), by="id")
    masking.record_list(request, "reasons", len(page.rows), found)
    check = BY_CODE.get(code)
    title, says = SPECIAL.get(code) or (title_of(code), check.says if check else "")
    fix = check.fix if check else ""
    return render(request, "compliance/reasons.html", {
        "campaign": found, "step": step, "steps": steps, "code": code, "check": check, "title": title, "says": says,
        "page": page, "first": first, "may_export": request.member.role in STAFF,
        "fix": FIXES.get(fix, ""), "href": page_of_fix(fix, client, found) if fix else "",
    })  # fmt: skip


@client_page(roles=STAFF, says="Only the agency's staff take names out as a file.")
@require_POST
@lately_proven
def reasons_file(request: MemberRequest, client: Client, campaign: int, code: str) -> HttpResponseBase:
    """All of them as a file, by the same address."""
    found = campaign_of(client, campaign)
    _, step, first = _asked(request, found, code)
    audit.record(
        "reasons.exported", found, client_id=client.pk, request=request, code=code, step=step.position
    )
    header = ("Contact", "External id", "First name", "Last name", "Last visit", "Reason")
    lines = _lines(client.pk, found, step, code, db_now(), first)
    return csv_response(f"{client.slug}-{code}.csv", header, lines)


def _asked(request: MemberRequest, campaign: Campaign, code: str) -> tuple[list[Step], Step, bool]:
    """All messages, the one asked about, and whether only the first reason of a person counts; 404 where the reason is none of it."""
    steps = list(steps_of(campaign))
    step = next((each for each in steps if str(each.position) == request.GET.get("step", "1")), None)
    if step is None or (
        code not in SPECIAL and (code not in BY_CODE or not applies_to(BY_CODE[code], step.channel))
    ):
        raise Http404
    return steps, step, request.GET.get("any") != "1"


def behind(campaign: Campaign, step: Step, code: str, at: datetime, *, first: bool = True) -> QuerySet[Any]:
    """The contacts that a reason keeps back. `first`: only those whom nothing before it in the policy keeps back, as the funnel counts."""
    reached = subjects(step, at)
    named = people(campaign)
    if code == "without_address":
        return named.filter(
            ~Exists(
                ContactPoint.objects.filter(
                    client=OuterRef("client"), contact=OuterRef("pk"), channel=step.channel, ended_at=None
                )
            )
        )
    personal = [
        check
        for check in CHECKS
        if check.code not in WHOLE_CODES | HOUR_CODES and applies_to(check, step.channel)
    ]
    if code == "clear":
        reached = _none_of(reached, personal, at)
    else:
        check = BY_CODE[code]
        reached = reached.filter(check.fails(Facts.of_rows(at, pinned(reached))))
        if first and check in personal:
            reached = _none_of(reached, personal[: personal.index(check)], at)
    kept: QuerySet[Any] = Contact.objects.filter(
        client=campaign.client_id, pk__in=reached.order_by().values("contact")
    )
    return kept


def _none_of(rows: QuerySet[ContactPoint], checks: list[Check], at: datetime) -> QuerySet[ContactPoint]:
    for check in checks:
        rows = rows.exclude(check.fails(Facts.of_rows(at, pinned(rows))))
    return rows


def _lines(
    client_id: int, campaign: Campaign, step: Step, code: str, at: datetime, first: bool
) -> Iterator[tuple[Any, ...]]:
    """Batch by batch, each in its own scope: the view has returned when this is read."""
    last, title = 0, SPECIAL.get(code, (title_of(code), ""))[0]
    while True:
        with acting_for(client_id):
            rows = list(
                behind(campaign, step, code, at, first=first).filter(pk__gt=last).order_by("pk")[:BATCH]
            )
        for row in rows:
            yield row.pk, row.external_id, row.first_name, row.last_name, row.last_visit, title
        if len(rows) < BATCH:
            return
        last = rows[-1].pk
