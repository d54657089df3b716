"""Why was this person texted, and why not that one?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from campaigns.models import Campaign, Launch
from campaigns.state import State, states_of
from compliance import policy
from consent.models import Contact, ContactPoint
from messaging import explaining, why_answers, why_days
from messaging.models import Answer, Attempt, Message
from messaging.why_words import VERDICT_WORDS
from messaging.words import words_of
from tenants import audit, looks
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.keyset import page_of
from tenants.models import Client


@client_page()
@require_GET
def why_message(request: MemberRequest, client: Client, message: int) -> HttpResponse:
    """One message: the answer first, then everything it rests on. Looking is on record."""
    rows = Message.objects.select_related(
        "contact", "campaign", "campaign_version", "step", "sender", "confirms"
    )
    found: Message = get_object_or_404(rows, pk=message, client=client)
    audit.record("message.explained", found, client_id=client.pk, request=request)
    verdicts = explaining.stored(found)
    attempts = list(Attempt.objects.filter(message=found).order_by("fence"))
    last = attempts[-1] if attempts else None
    answers = why_answers.as_decided(verdicts, client.slug)
    point = ContactPoint.objects.filter(contact=found.contact_id, address=found.address_id).first()
    return render(request, "messaging/why_message.html", {
        "message": found, "answer": Answer.objects.select_related("written_by").filter(message=found).first() if found.by_hand else None,
        "name": _name(found.contact), "to": point.value if point else "",
        "sentence": why_answers.sentence(found, _name(found.contact), client.time_zone, verdicts, last),
        "groups": why_answers.grouped(answers), "words": words_of(last),
        "policy": policy.of(found.evidence),
        "moments": why_answers.moments(found, attempts),
        "approval": why_answers.approval_of(found, verdicts), "consents": why_answers.consents_of(verdicts),
    })  # fmt: skip


@client_page()
@require_GET
def why_now(request: MemberRequest, client: Client, message: int) -> HttpResponse:
    """The same question asked at this instant, where the answer differs; stands beside what was decided."""
    found: Message = get_object_or_404(Message, pk=message, client=client)
    looks.record_part("message.explained", found, client_id=client.pk, request=request)
    at, now = why_answers.refused_now(found, client.slug)
    differs = {each.check.code for each in now} != set(found.failed)
    context = {"message": found, "at": at, "groups": why_answers.grouped(now), "differs": differs}
    return render(request, "messaging/_why_now.html", context)


@client_page()
@require_GET
def why_contact(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """One person: every message planned for them, and the campaigns that planned none; `?campaign=` asks about one, `?on=` of a day."""
    found: Contact = get_object_or_404(
        Contact.objects.select_related("guardian", "location"), pk=contact, client=client
    )
    audit.record("contact.explained", found, client_id=client.pk, request=request)
    chosen = request.GET.get("campaign", "")
    campaign = None
    if chosen.isdecimal() and len(chosen) < 19:
        campaign = get_object_or_404(Campaign.objects.select_related("client"), pk=int(chosen), client=client)
    asked_on = request.GET.get("on", "")
    on = why_days.day_of(asked_on, client)
    day = {"on": on, "no_day": bool(asked_on) and on is None, "not_known": why_days.NOT_KNOWN}
    if campaign is not None and not Message.objects.filter(contact=found, campaign=campaign).exists():
        return render(
            request,
            "messaging/why_contact.html",
            {"contact": found, "name": _name(found), **day, **_without(client, found, campaign, on)},
        )
    of_day = why_days.messages_of(found, on) if on else Message.objects.filter(contact=found)
    rows = of_day.select_related("campaign", "step")
    page = page_of(rows.filter(campaign=campaign) if campaign else rows, request.GET.get("after", ""))
    for row in page.rows:
        row.answer, row.word = VERDICT_WORDS[row.status]
    return render(request, "messaging/why_contact.html", {
        "contact": found, "name": _name(found), "campaign": campaign, "page": page, "others": [] if campaign else _others(found, on),
        "of_day": why_days.sentence(found, on) if on else None, **day,
    })  # fmt: skip


def _without(client: Client, contact: Contact, campaign: Campaign, on: why_days.Day | None) -> dict[str, Any]:
    """A person with no message in a campaign: why not, and what the gate would say of each step now, or at the end of a day."""
    at = on.ends if on else db_now()
    launched = Launch.objects.filter(campaign=campaign, at__lte=at).order_by("-at").first()
    asked = [
        (
            step,
            why_answers.grouped(why_answers.as_asked(reasons, client.slug)),
            [reason.check for reason in reasons if reason.refuses],
        )
        for step, reasons in explaining.before_any_message(contact.pk, campaign, at)
    ]
    sentence = why_answers.no_message(contact, campaign, launched, client.time_zone)
    return {"campaign": campaign, "at": at, "asked": asked, "sentence": sentence}


def _others(contact: Contact, on: why_days.Day | None) -> list[Campaign]:
    """The newest campaigns that planned nothing for this person."""
    rows: list[Any] = why_days.without(contact, on)
    states = states_of(each.pk for each in rows)
    for row in rows:
        row.state = State(states[row.pk])
    return rows


def _name(contact: Contact) -> str:
    return contact.name or "This person"
