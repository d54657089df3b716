"""The inbox: what people wrote back, what it was taken for, and the decisions left to a person."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from consent.finding import CannotSearch
from consent.models import Contact, ContactPoint, Suppression
from consent.reachability import opted_out_sentence
from consent.replies import BOOKED, UPSET
from messaging.hand_off import due, overdue_before
from messaging.models import Assignment, Inbound
from messaging.threads import (
    DIED,
    EMERGENCY,
    MINE,
    NEEDS_A_PERSON,
    OUT,
    SAY_BOOKED,
    UNREAD,
    Asked,
    page_of_threads,
    places,
    search,
)
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page, signed_in, visible_clients
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for

RELEASERS = STAFF | APPROVER
ANSWERS = {Inbound.Label.OPT_OUT: "held", Inbound.Label.UNSURE: "waiting", Inbound.Label.OPT_IN: "clear"}
SAYS = {"opt_out": "Opted out", "opt_in": "Opted in", "help": "Help", "unsure": "Unclear", "other": "Reply"}
RULES_SAY = {
    BOOKED: "Says booked",
    EMERGENCY: "May be an emergency",
    DIED: "Says that they died",
    UPSET: "Sounds upset",
}
TABS = [
    (UNREAD, "Unread"),
    (NEEDS_A_PERSON, "Needs a person"),
    (SAY_BOOKED, "Say they have booked"),
    (OUT, "Opted out"),
    (MINE, "Mine"),
    ("all", "All"),
]
WAITING_LONGEST = "longest"


@dataclass(frozen=True)
class Row:
    """One conversation of the list, by the reply that is shown of it.

    `person`: whom they wrote as, or who was brought with that address since;
    `out`: the dated sentence of an opt-out in force; `waits`: since when it waits; `unread`: of how many replies;
    `overdue`: since when it has waited too long."""

    reply: Inbound
    person: Contact | None
    out: str
    whose: str
    waits: datetime | None
    unread: int
    overdue: datetime | None = None

    @property
    def answer(self) -> str:
        if self.reply.urgent:
            return "held"
        return ANSWERS.get(Inbound.Label(self.reply.label), "")

    @property
    def says(self) -> str:
        return said_of(self.reply)


def said_of(reply: Inbound) -> str:
    """What a reply was taken for, in a word or two."""
    return RULES_SAY.get(EMERGENCY if reply.urgent else reply.rule) or SAYS[reply.label]


@client_page()
@require_GET
def inbox(request: MemberRequest, client: Client) -> HttpResponse:
    """Conversations, a row each: unread ones, those a person has to decide, from who opted out, one's own."""
    asked = Asked(
        **{each.name: request.GET.get(each.name, "") for each in fields(Asked)} | {"which": _tab(request)}
    )
    first = request.GET.get("first", "")
    at = db_now()
    late, longest_first = overdue_before(client, at), first == WAITING_LONGEST
    page = page_of_threads(
        asked, request.user, request.GET.get("after", ""), overdue=late, oldest=longest_first
    )
    audit.record("inbox.viewed", client_id=client.pk, request=request, count=len(page.rows))
    values: dict[str, Any] = {
        "page": page,
        "rows": _rows(page.rows, client, late),
        "first": first,
        "now": at,
        "which": asked.which,
        "tabs": TABS,
        "labels": SAYS.items(),
        "asked": asked,
        "places": places(),
        **Inbound.objects.filter(handled_at=None).aggregate(to_decide=Count("*"), longest=Min("received_at")),
    }
    return render(request, "messaging/inbox.html", values)


@client_page()
@require_POST
def inbox_search(request: MemberRequest, client: Client) -> HttpResponse:
    """Turn what was typed into an address that holds no personal data, and go there."""
    try:
        query = search(client.pk, request.POST.get("q", ""))
    except CannotSearch as refused:
        messages.error(request, str(refused))
        return redirect("inbox", client=client.slug)
    return redirect(f"{reverse('inbox', args=[client.slug])}?{urlencode({'show': 'all'} | query)}")


@signed_in
@require_GET
def bell(request: MemberRequest) -> HttpResponse:
    """For the top right of every page: how many replies wait for a person, and whose inbox has the newest."""
    clients = {client.pk: client for client in visible_clients(request.user)}
    with acting_for(clients):
        waiting = list(
            Inbound.objects.filter(handled_at=None)
            .values("client")
            .annotate(replies=Count("*"), newest=Max("pk"))
            .order_by("-newest")
        )
    values = {
        "replies": sum(each["replies"] for each in waiting),
        "whose": clients[waiting[0]["client"]] if waiting else None,
        "others": len(waiting) - 1,
    }
    return render(request, "messaging/_bell.html", values)


def reply_of(ident: int) -> Inbound:
    """One reply of the client whose scope is open, with what its page shows; 404 without."""
    found: Inbound = get_object_or_404(
        Inbound.objects.select_related("contact", "sender", "message__campaign", "handled_by"), pk=ident
    )
    return found


def _tab(request: MemberRequest) -> str:
    return request.GET.get("show", UNREAD)


def _rows(replies: list[Inbound], client: Client, late: datetime) -> list[Row]:
    addresses = {reply.address_id for reply in replies}
    people = _brought_since({reply.address_id for reply in replies if reply.contact is None})
    out, whose, waiting = _opted_out(addresses), _assigned(addresses), _waiting(addresses)
    rows = []
    for reply in replies:
        address = reply.address_id
        waits, unread = waiting.get(address, (None, 0)) if reply.handled_at is None else (None, 0)
        overdue = due(client, waits) if waits and waits <= late else None
        person = reply.contact or people.get(address)
        rows.append(Row(reply, person, out.get(address, ""), whose.get(address, ""), waits, unread, overdue))
    return rows


def _brought_since(addresses: set[int]) -> dict[int, Contact]:
    """Who has an address now that was nobody's when it wrote."""
    if not addresses:
        return {}
    points = ContactPoint.objects.filter(address__in=addresses, ended_at=None).select_related("contact")
    return {each.address_id: each.contact for each in points.defer("value").order_by("-contact_id")}


def _opted_out(addresses: set[int]) -> dict[int, str]:
    rows = (
        Suppression.objects.in_force(db_now())
        .filter(address__in=addresses)
        .select_related("client")
        .defer("note")
        .order_by("-since")
    )
    return {row.address_id: opted_out_sentence(row) for row in rows}


def _assigned(addresses: set[int]) -> dict[int, str]:
    rows = Assignment.objects.filter(address__in=addresses, ended_at=None)
    return dict(rows.values_list("address", "to__name"))


def _waiting(addresses: set[int]) -> dict[int, tuple[datetime, int]]:
    """Since when somebody there waits for the practice's people (their oldest unread reply), and how many are unread."""
    rows = Inbound.objects.filter(address__in=addresses, handled_at=None).order_by().values("address")
    counted = rows.annotate(first=Min("received_at"), number=Count("*"))
    return {row["address"]: (row["first"], row["number"]) for row in counted}
