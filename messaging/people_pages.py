"""The people of a launched campaign by what became of their message: a list, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from campaigns.models import Campaign, Step
from compliance.checks import BY_CODE
from compliance.flight_words import title_of
from consent.models import ContactPoint, Suppression
from consent.reachability import opted_out_sentence
from messaging.afterwards import opted_out_messages, replied_messages
from messaging.launch_pages import campaign_of
from messaging.live_pages import LINES, launch_of
from messaging.models import Message, Status
from messaging.models.message import Delivery
from messaging.own_codes import is_told, says_of
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Client
from tenants.scope import acting_for
from tenants.step_up import lately_proven

CHUNK = 1000
HEADER = ("Id in the practice's system", "First name", "Last name", "Step", "Channel", "What became of it", "Delivery", "Provider's code",
          "Reasons", "Due (UTC)", "Handed over (UTC)", "Settled (UTC)", "Message")  # fmt: skip


@client_page()
@require_GET
def live_people(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """One page of people, fifty at a time, by step, state and reason."""
    found = campaign_of(client, campaign)
    _launched(found)
    steps = list(Step.objects.filter(campaign=found).order_by("position"))
    page = page_of(_chosen(request, found).select_related("contact", "step"), request.GET.get("after", ""))
    masking.record_list(request, "live_people", len({row.contact_id for row in page.rows}), found)
    out = _opted_out(page.rows)
    for row in page.rows:
        row.out = out.get(row.contact_id, "")
        row.because = [(code, says_of(code)) for code in row.failed if is_told(code)]
    states = [(query, label) for _, label, query, _ in LINES if query]
    codes = [(code, title_of(code)) for code in BY_CODE]
    return render(request, "messaging/live_people.html", {
        "campaign": found, "steps": steps, "page": page, "states": states, "codes": codes, "chips": _chips(request, steps, dict(states)),
        "step": request.GET.get("step", ""), "state": request.GET.get("state", ""), "code": request.GET.get("code", ""),
        "may_export": request.member.role in STAFF | APPROVER,
    })  # fmt: skip


@client_page(
    roles=STAFF | APPROVER, says="A file of people is given to the agency's staff and the compliance contact."
)
@require_POST
@lately_proven
def live_people_file(request: MemberRequest, client: Client, campaign: int) -> HttpResponseBase:
    """The whole list as CSV. That it was taken is on record."""
    found = campaign_of(client, campaign)
    _launched(found)
    rows = _chosen(request, found)
    asked: dict[str, Any] = {name: request.GET.get(name, "")[:40] for name in ("step", "state", "code")}
    audit.record(
        "campaign.people_exported", found, client_id=client.pk, request=request, rows=rows.count(), **asked
    )
    return csv_response(f"campaign-{found.pk}-people.csv", HEADER, _lines(client.pk, rows))


def _lines(client_id: int, rows: Any) -> Iterator[tuple[Any, ...]]:
    """A thousand at a time, each in a scope of its own: the view has returned by the time this is read."""
    after = 0
    while True:
        with acting_for(client_id):
            chunk = list(rows.filter(pk__gt=after).select_related("contact", "step").order_by("pk")[:CHUNK])
        if not chunk:
            return
        after = chunk[-1].pk
        for row in chunk:
            yield (
                row.contact.external_id, row.contact.first_name, row.contact.last_name, row.step.position, row.get_channel_display(),
                row.get_status_display(), row.get_delivery_display() if row.delivery else "", row.delivery_code, " ".join(row.failed),
                _at(row.due_at), _at(row.claimed_at), _at(row.settled_at), row.pk,
            )  # fmt: skip


def _at(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def _launched(campaign: Campaign) -> None:
    if launch_of(campaign) is None:
        raise Http404


def _chosen(request: MemberRequest, campaign: Campaign) -> Any:
    """The campaign's messages that the address asks for; a filter that does not exist shows nothing."""
    rows = Message.objects.filter(campaign=campaign)
    step, state, code = (request.GET.get(name, "") for name in ("step", "state", "code"))
    if step:
        rows = rows.filter(step__position=int(step)) if step.isdecimal() and len(step) < 5 else rows.none()
    if code:
        rows = rows.filter(failed__contains=[code]) if code in BY_CODE else rows.none()
    return _in_state(rows, state, campaign)


def _in_state(rows: Any, state: str, campaign: Campaign) -> Any:
    if not state:
        return rows
    if state == "waiting":
        return rows.filter(status=Status.QUEUED).exclude(failed=[])
    if state in _AFTERWARDS:
        return rows.filter(pk__in=_AFTERWARDS[state](campaign).values("pk"))
    if state == "delivered":
        return rows.filter(delivery__in=[Delivery.DELIVERED, Delivery.COMPLAINED])
    if state in (Delivery.FAILED, Delivery.BOUNCED, Delivery.COMPLAINED):
        return rows.filter(delivery=state)
    return rows.filter(status=state) if state in Status.values else rows.none()


_AFTERWARDS = {"opted_out": opted_out_messages, "replied": replied_messages}


def _opted_out(rows: list[Message]) -> dict[int, str]:
    """For the people of one page who opted out anywhere: the dated sentence, of this page's address if it is that one."""
    people = {row.contact_id for row in rows}
    ways = [(row.contact_id, row.address_id) for row in rows]
    others = ContactPoint.objects.filter(contact__in=people, ended_at=None).values_list(
        "contact_id", "address_id"
    )
    suppressed = Suppression.objects.in_force(db_now()).filter(
        Q(address__in=others.values("address_id")) | Q(address__in={address for _, address in ways})
    )
    says = {
        each.address_id: opted_out_sentence(each)
        for each in suppressed.select_related("client").order_by("-since")
    }
    return {person: says[address] for person, address in [*others, *ways] if address in says}


def _chips(request: MemberRequest, steps: list[Step], states: dict[str, str]) -> list[dict[str, str]]:
    chips = []
    for name, words in (
        ("step", {str(step.position): f"Step {step.position}" for step in steps}),
        ("state", states),
        ("code", {code: title_of(code) for code in BY_CODE}),
    ):
        value = request.GET.get(name, "")
        if value:
            query = request.GET.copy()
            query.pop(name, None)
            query.pop("after", None)
            chips.append({"label": words.get(value, value), "href": "?" + query.urlencode()})
    return chips
