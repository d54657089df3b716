"""What the contact's page asks of this room besides its line of time: what may be sent to them now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from campaigns.audience import open_steps
from campaigns.state import State, states_of
from compliance.checks import BY_CODE
from compliance.compiled import BIGINT, DAY, INSTANT, TEXT, Written
from compliance.facts import Effect
from compliance.flight_words import title_of
from compliance.gate import judged, opens_at
from consent.models import Contact, ContactPoint
from messaging.models import Message, Status
from tenants import looks
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client

CAMPAIGNS = 10  # campaigns a person is judged for
MOST_ADDRESSES = 4  # of one channel


@client_page()
@require_GET
def contact_gate(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """What may be sent to this person now, for each campaign that runs or is being written, and why not."""
    found: Contact = get_object_or_404(Contact, pk=contact, client=client)
    looks.record_part("contact.viewed", found, client_id=client.pk, request=request)
    at = db_now()
    rows = _judged(found, at)
    states = states_of({row["campaign"] for row in rows})
    shown = [
        row | {"state": states[row["campaign"]]}
        for row in rows
        if states[row["campaign"]] not in (State.STOPPED, State.ARCHIVED)
    ]
    return render(request, "messaging/_contact_gate.html", {"contact": found, "rows": shown, "at": at})


def _judged(contact: Contact, at: datetime) -> list[dict[str, Any]]:
    """Every step that could still reach this person, judged as if it were due now: one query, for most people."""
    found: list[dict[str, Any]] = []
    for addresses in _by_turns(ContactPoint.objects.in_force(at).filter(contact=contact).order_by("pk")):
        rows = _open_to(tuple(sorted(addresses))).rows(
            client=contact.client_id, contact=contact.pk, location=contact.location_id, household=contact.household,
            window_key=contact.window_key, last_visit=contact.last_visit, segment=contact.segment, at=at, **addresses,
        )  # fmt: skip
        found += map(_shown, rows)
    return found


@cache
def _open_to(channels: tuple[str, ...]) -> Written:
    """The open steps of somebody who has an address on these channels."""

    def steps(at: datetime, **held: Any) -> QuerySet[Any]:
        contact = Contact(
            pk=held["contact"], client_id=held["client"], location_id=held["location"], household=held["household"],
            window_key=held["window_key"], last_visit=held["last_visit"], segment=held["segment"],
        )  # fmt: skip
        theirs = Message.objects.filter(contact=contact, step__isnull=False)
        queued = Q(pk__in=theirs.filter(status=Status.QUEUED).values("step"))
        rows = open_steps(contact, {channel: held[channel] for channel in channels}, at, queued).exclude(
            pk__in=theirs.exclude(status=Status.QUEUED).values("step")
        )
        asked: QuerySet[Any] = judged(rows.annotate(name=F("campaign__name")), at, few=True).annotate(
            until=opens_at(at)
        )
        shown = asked.order_by("-campaign", "position")[: CAMPAIGNS * 3]
        return shown.values("campaign", "name", "position", "channel", "failed_now", "until")

    return Written(
        steps, contact=BIGINT, location=BIGINT, household=BIGINT, window_key=TEXT, last_visit=DAY, segment=TEXT, at=INSTANT,
        **dict.fromkeys(channels, BIGINT),
    )  # fmt: skip


def _by_turns(points: Iterable[ContactPoint]) -> list[dict[str, int]]:
    """The first address of each channel, then the second of each: who has one of each is asked about once."""
    turns: list[dict[str, int]] = []
    for point in points:
        free = next((turn for turn in turns if point.channel not in turn), None)
        if free is None:
            turns.append(free := {})
        free[point.channel] = point.address_id
    return turns[:MOST_ADDRESSES]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    checks = [BY_CODE[code] for code in row["failed_now"]]
    held = any(check.effect is Effect.HOLD for check in checks)
    answer = "held" if held else "waiting" if checks else "clear"
    return row | {"answer": answer, "checks": [(title_of(each.code), each) for each in checks]}
