"""One conversation: what was said, what is decided about it, who looks after it, and writing back."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from campaigns.merge_fields import FIELDS, BadField
from consent.models import AddressPause, Contact, Pause, Suppression
from consent.reachability import opted_out_sentence, way_back
from consent.replies import BOOKED, says_died
from messaging import answering, conversation, ready_words
from messaging.hand_off import due
from messaging.inbox_pages import ANSWERS, RELEASERS, reply_of, said_of
from messaging.models import Assignment, Inbound
from messaging.replying import misreadable
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, Membership, Role, User
from tenants.models.member import AGENCY_ROLES

ANSWERERS = STAFF | APPROVER | {Role.FRONT_DESK}
ONLY = "Whoever only looks on cannot write to people. Ask the practice or the agency."


class AnswerForm(forms.Form):
    """The words, and the key by which the same form is known again."""

    words = forms.CharField(
        label="Your answer",
        max_length=answering.MOST_WORDS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write something first."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


@client_page()
@require_GET
def thread(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """One reply with the person it came from, all that was said, what can be decided, and a box to answer in."""
    found = reply_of(reply)
    audit.record("reply.viewed", found, client_id=client.pk, request=request)
    form = AnswerForm(initial={"key": uuid.uuid4(), "words": _put_in(request, client, found)})
    return _page(request, client, found, form)


@client_page(roles=ANSWERERS, says=ONLY)
@require_POST
def answer(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """Write back by text. The gate decides when it leaves; the same form sent twice is one text."""
    found = reply_of(reply)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        if form.has_error("key"):
            messages.error(request, "This form was not whole. Nothing was sent; write it again.")
            form = AnswerForm(
                initial={"key": uuid.uuid4(), "words": form.data.get("words", "")[: answering.MOST_WORDS]}
            )
        return _page(request, client, found, form, status=422)
    words, key = form.cleaned_data["words"], form.cleaned_data["key"]
    try:
        message = answering.write(found, words, key, request.user, client, request)
    except answering.NotPossible as refused:
        form.add_error("words", str(refused))
        return _page(request, client, found, form, refused.findings, status=422)
    messages.success(
        request,
        "Your answer is queued. It leaves as soon as the gate is clear, by "
        f"{_by_their_clock(message.expires_at, client)} at the latest.",
    )
    return redirect("thread", client=client.slug, reply=found.pk)


@client_page(roles=ANSWERERS, says=ONLY)
@require_POST
def assign(request: MemberRequest, client: Client, reply: int) -> HttpResponse:
    """Give the conversation to a member, or to nobody."""
    found = reply_of(reply)
    given = request.POST.get("to", "")
    who = None
    if given:
        who = next((each for each in _members(client) if str(each.pk) == given), None)
        if who is None:
            messages.error(request, "Choose a member of this client. Nothing was changed.")
            return redirect("thread", client=client.slug, reply=found.pk)
    rows = Assignment.objects.filter(address=found.address_id)
    held = rows.select_for_update().filter(ended_at=None).first()
    if (held.to_id if held else None) != (who.pk if who else None):
        rows.end(db_now())
        if who is not None:
            Assignment.objects.create(
                client=client, address_id=found.address_id, channel=found.channel, to=who, by=request.user
            )
        audit.record(
            "reply.assigned", found, client_id=client.pk, request=request, to=who.pk if who else None
        )
    messages.success(
        request, f"{who.name} looks after it now." if who else "Nobody in particular looks after it now."
    )
    return redirect("thread", client=client.slug, reply=found.pk)


def _by_their_clock(at: datetime, client: Client) -> str:
    local = at.astimezone(ZoneInfo(client.time_zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {local.tzname()}"


def _page(
    request: MemberRequest,
    client: Client,
    found: Inbound,
    form: AnswerForm,
    findings: Any = (),
    status: int = 200,
) -> HttpResponse:
    at = db_now()
    people = list(Contact.objects.filter(points__address=found.address_id).distinct().order_by("pk")[:10])
    suppressions = list(
        Suppression.objects.in_force(at).filter(address=found.address_id).select_related("made_by", "client")
    )
    values: dict[str, Any] = {
        "reply": found,
        "answer": ANSWERS.get(Inbound.Label(found.label), ""),
        "says": said_of(found),
        "says_booked": found.rule == BOOKED,
        "waits": (waits := _waits_since(found)),
        "overdue": due(client, waits) if waits else None,
        "now": at,
        "emergency": found.urgent,
        "people": people,
        "died": says_died(found.body) and [each for each in people if not each.deceased],
        "pauses": Pause.objects.in_force(at).filter(contact__in=people).exists()
        or AddressPause.objects.in_force(at).filter(address=found.address_id).exists(),
        "misreadable": misreadable(found.address_id),
        "there": f"{reverse('resolve_reply', args=[client.slug, found.pk])}?upto={_newest(found)}",
        "out": [(opted_out_sentence(each), way_back(each)) for each in suppressions],
        "may_release": request.member.role in RELEASERS,
        "may_answer": request.member.role in ANSWERERS,
        "may_decide": request.member.role in AGENCY_ROLES,
        "next": Inbound.objects.filter(handled_at=None).exclude(pk=found.pk).order_by("-pk").first(),
        "lines": conversation.lines(found.address_id),
        "standing": None if suppressions else answering.standing(found, at),
        "form": form,
        "findings": findings,
        "fields": FIELDS,
        "ready": ready_words.of(client, request.user),
        "assigned": Assignment.objects.filter(address=found.address_id, ended_at=None)
        .select_related("to")
        .first(),
        "members": _members(client),
    }
    return render(request, "messaging/inbox_thread.html", values, status=status)


def _newest(found: Inbound) -> int:
    """Up to where the page shows what they wrote: a decision settles no more than that."""
    newest: int = Inbound.objects.filter(address=found.address_id).latest("pk").pk
    return newest


def _waits_since(found: Inbound) -> datetime | None:
    rows = Inbound.objects.filter(address=found.address_id, handled_at=None)
    since: datetime | None = rows.aggregate(first=Min("received_at"))["first"]
    return since


def _put_in(request: MemberRequest, client: Client, found: Inbound) -> str:
    """The ready words that were chosen, with this person's values."""
    given = request.GET.get("ready", "")
    if not (given.isdecimal() and len(given) < 19):
        return ""
    chosen = ready_words.of(client, request.user).filter(pk=int(given)).first()
    if chosen is None:
        return ""
    contact = found.contact or Contact.objects.filter(points__address=found.address_id).order_by("pk").first()
    try:
        return answering.worded_for(chosen.words, client, contact) if contact else str(chosen.words)
    except BadField:
        return str(chosen.words)


def _members(client: Client) -> list[User]:
    rows = Membership.objects.of_client(client).exclude(role=Role.VIEWER).select_related("user")
    return sorted({each.user for each in rows}, key=lambda each: (each.name, each.pk))
