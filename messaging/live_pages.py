"""A launched campaign as it runs: numbers, people, unresolved, and the buttons that stop it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from campaigns.models import Approval, Campaign, Launch
from campaigns.state import state_of
from compliance.models import Stop
from compliance.pages.stops import StopRequest, as_read, says_when_it_stands
from messaging import live_counts
from messaging.launch_pages import campaign_of
from messaging.models import Attempt, Message, Status
from messaging.resolving import Outlook, WouldNotLeave, outlooks
from messaging.resolving import resolve as decide
from messaging.running import running
from messaging.stopping import stop_for_good as stop
from messaging.words import words_of
from tenants import masking
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client
from tenants.models.member import AGENCY_ROLES

ONLY_STAFF = "Only the agency's staff can decide this. Ask them."
ASKED_AT_ONCE = 50  # unresolved messages shown with their question


@client_page()
@require_GET
def live(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Where a launched campaign stands; one not launched leads to its launch."""
    found = campaign_of(client, campaign)
    launched = launch_of(found)
    context: dict[str, Any] = {"campaign": found, "launched": launched, "state": state_of(found)}
    if launched is not None:
        at, unresolved = db_now(), _unresolved(found)
        who = {each["message"].contact_id for each in unresolved}
        masking.record_list(request, "unresolved", len(who), found, always=True)
        context |= numbers(found, launched) | {
            "stop": Stop.objects.in_force(at).filter(campaign=found).select_related("by").first(),
            "client_stop": Stop.objects.in_force(at)
            .filter(client=client, campaign=None)
            .select_related("by")
            .first(),
            "approval": Approval.objects.filter(version=launched.version_id)
            .select_related("signed_by")
            .order_by("-since")
            .first(),
            "unresolved": unresolved,
            "may_decide": request.member.role in AGENCY_ROLES,
            "at": at,
        }
    return render(request, "messaging/live.html", context)


@client_page()
@require_GET
def live_numbers(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The numbers alone, polled; nothing when they are what the page shows already."""
    found = campaign_of(client, campaign)
    launched = launch_of(found)
    if launched is None:
        raise Http404
    context = numbers(found, launched)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(
        request, "messaging/_live_numbers.html", {"campaign": found, "launched": launched, **context}
    )


@client_page()
@require_GET
def live_chart(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Hand-overs by minute, as a line and as a table."""
    found = campaign_of(client, campaign)
    times, values = live_counts.per_minute(found)
    data = {
        "zone": client.time_zone, "times": [int(at.timestamp()) for at in times],
        "lines": [{"label": "Handed over", "tone": "accent", "values": values}],
    }  # fmt: skip
    rows = [row for row in zip(reversed(times), reversed(values), strict=True) if row[1]]
    context = {"data": data, "rows": rows}
    return render(request, "messaging/_live_chart.html", context)


@says_when_it_stands
@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def stop_for_good(request: StopRequest, client: Client, campaign: int) -> HttpResponse:
    """Stop the campaign for good and cancel what is queued."""
    found = campaign_of(client, campaign)
    reason = " ".join(request.POST.get("reason", "").split())[:300]
    if reason:
        made, cancelled = stop(found, request.user, reason, request)
        request.stopped = made, f"Stopped for good. {cancelled:,} queued messages were cancelled."
    else:
        messages.error(request, "Say in a few words why, so that the others know. Nothing was stopped.")
    return redirect("live", client=client.slug, campaign=found.pk)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def resolve(request: MemberRequest, client: Client, message: int) -> HttpResponse:
    """A person's answer where even the provider could not tell: send again, or close."""
    found: Message = get_object_or_404(Message, pk=message, client=client)
    answer = request.POST.get("answer", "")
    outlook = None
    try:
        if answer in {"again", "close"}:
            fence = as_read(request, "fence")
            outlook = decide(
                found, send_again=answer == "again", by=request.user, fence=fence, request=request
            )
    except WouldNotLeave as refused:
        says = " ".join(refused.outlook.why) or "The time for it has run out."
        messages.error(request, f"It was not queued, because it would end without leaving. {says} Close it.")
    else:
        _say(request, answer, outlook)
    if found.campaign_id is None:
        return redirect("why_message", client=client.slug, message=found.pk)
    return redirect("live", client=client.slug, campaign=found.campaign_id)


def _say(request: MemberRequest, answer: str, outlook: Outlook | None) -> None:
    if answer not in {"again", "close"}:
        messages.error(request, "Choose whether to send it again or to close it. Nothing was changed.")
    elif outlook is not None and answer == "close":
        messages.success(request, "Closed: it is not sent again.")
    elif outlook is not None and outlook.why:
        messages.success(request, f"It is queued again, and waits: {' '.join(outlook.why)}")
    elif outlook is not None:
        messages.success(request, "It is queued again and passes the gate once more.")
    else:
        messages.warning(
            request,
            "This was decided meanwhile: the provider told what became of it, or somebody else answered.",
        )


@client_page()
@require_GET
def running_strip(request: MemberRequest, client: Client) -> HttpResponse:
    """For the client's overview: what runs now, with its numbers."""
    return render(request, "messaging/_running_strip.html", {"running": running([client.pk])})


def numbers(campaign: Campaign, launched: Launch) -> dict[str, Any]:
    """The counts as the fragment shows them, and a mark that changes when they do."""
    counted = live_counts.live(campaign, launched)
    told = [launched.planned_at is not None, launched.progress, [vars(counts) for _, counts in counted.steps]]
    seen = hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:16]
    expected = 0 if launched.planned_at else _expected(launched)
    return {"live": counted, "seen": seen, "expected": expected, "lines": _lines(counted)}


def _expected(launched: Launch) -> int:
    """How many messages planning will write, by the count the client signed; 0 when nobody counted."""
    signed = (
        Approval.objects.filter(version=launched.version_id)
        .select_related("count")
        .order_by("-since")
        .first()
    )
    return sum(int(step.get("total", 0)) for step in signed.count.steps.values()) if signed else 0


def _lines(counted: live_counts.Live) -> list[dict[str, Any]]:
    """The rows of the table: a label, the number of each step and of all, and the filter that shows the people."""
    made = []
    for name, label, query, tone in LINES:
        made.append({
            "name": name, "label": label, "query": query, "tone": tone, "total": getattr(counted.total, name),
            "numbers": [(step, getattr(counts, name)) for step, counts in counted.steps],
            "codes": {"waiting": counted.waits, "held": counted.holds}.get(name, []),
            "part": name in PARTS,
        })  # fmt: skip
    return made


LINES = (
    ("planned", "Planned", "", ""),
    ("queued", "Queued", "queued", ""),
    ("waiting", "Told to wait", "waiting", "waiting"),
    ("handing", "Being handed over", "handing", ""),
    ("accepted", "Handed over", "accepted", "clear"),
    ("delivered", "Delivered", "delivered", "clear"),
    ("failed", "Not delivered", "failed", "held"),
    ("bounced", "Bounced", "bounced", "held"),
    ("complained", "Reported as spam", "complained", "held"),
    ("opted_out", "Opted out afterwards", "opted_out", "held"),
    ("replied", "Replied", "replied", ""),
    ("held", "Held", "held", "held"),
    ("refused", "Refused by the provider", "refused", "held"),
    ("expired", "Expired", "expired", ""),
    ("cancelled", "Cancelled", "cancelled", ""),
    ("unknown", "Outcome unknown, being asked", "unknown", "waiting"),
    ("unresolved", "Unresolved: a person decides", "unresolved", "waiting"),
)
PARTS = frozenset({"waiting", "delivered", "failed", "bounced", "complained", "opted_out", "replied"})


def launch_of(campaign: Campaign) -> Launch | None:
    """The campaign's newest launch."""
    found: Launch | None = (
        Launch.objects.filter(campaign=campaign).select_related("by", "version").order_by("-at").first()
    )
    return found


def _unresolved(campaign: Campaign) -> list[dict[str, Any]]:
    """Messages of which even the provider could not tell what became, oldest first, with the words as handed over."""
    asked = Message.objects.filter(campaign=campaign, status=Status.UNRESOLVED).select_related(
        "contact", "step"
    )
    rows = list(asked.order_by("claimed_at", "pk")[:ASKED_AT_ONCE])
    last = {each.message_id: each for each in Attempt.objects.filter(message__in=rows).order_by("fence")}
    would = outlooks(campaign.client_id, [row.pk for row in rows], db_now())
    return [
        {
            "message": row,
            "attempt": last.get(row.pk),
            "words": words_of(last.get(row.pk)),
            "outlook": would[row.pk],
        }
        for row in rows
    ]
