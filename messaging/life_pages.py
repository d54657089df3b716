"""A contact's one line of time: messages and what became of them, replies, consents, opt-outs, pauses, appointments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from campaigns.bookings.pages import TONES
from campaigns.models import Booking
from compliance.flight_words import title_of
from consent.consent_page import RECORDERS
from consent.models import Contact, ContactPoint
from consent.moments import moments_of, parts_of
from messaging.models import Attempt, Event, Inbound, Message
from messaging.why_words import VERDICT_WORDS
from messaging.words import Words, words_of
from tenants import looks, masking
from tenants.access import MemberRequest, client_page
from tenants.merged import Part, line_of
from tenants.models import Client

KINDS = [
    ("", "Everything"),
    ("said", "Messages and replies"),
    ("consents", "Consents"),
    ("out", "Opt-outs and pauses"),
    ("booked", "Appointments"),
]
ANSWERS = {Inbound.Label.OPT_OUT: "held", Inbound.Label.UNSURE: "waiting", Inbound.Label.OPT_IN: "clear"}
EVENTS = {
    "delivered": "clear",
    **dict.fromkeys(("failed", "bounced", "blocked", "dropped", "complained", "unsubscribed"), "held"),
}
Key = tuple[str, int]


@dataclass(frozen=True)
class Said:
    """A message to the person, what became of it, or a reply."""

    answer: str
    says: str
    message: Message | None = None
    words: Words | None = None
    text: str = ""


@client_page()
@require_GET
def contact_life(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Everything that happened between the practice and this person, newest first; all of it, or one kind."""
    found: Contact = get_object_or_404(Contact, pk=contact, client=client)
    looks.record_part("contact.viewed", found, client_id=client.pk, request=request)
    points = list(ContactPoint.objects.filter(contact=found))
    parts = _parts(found, points)
    kind = request.GET.get("kind", "")
    if kind not in dict(KINDS):
        kind = ""
    chosen = parts[kind] if kind else [part for each in parts.values() for part in each]
    line = line_of(chosen, request.GET.get("after", ""))
    ids = line.ids()
    shown: dict[Key, Any] = {
        **moments_of(found, points, ids, clear=masking.sees_clear(request)),
        **_messages(ids), **_events(ids), **_replies(ids), **_bookings(ids),
    }  # fmt: skip
    values = {
        "contact": found,
        "line": line,
        "entries": _entries(line.entries, shown),
        "kind": kind,
        "kinds": KINDS,
        "may_record": request.member.role in RECORDERS,
    }
    return render(request, "messaging/_contact_life.html", values)


def _parts(contact: Contact, points: list[ContactPoint]) -> dict[str, list[Part]]:
    messages = Message.objects.filter(contact=contact)
    addresses = [point.address_id for point in points]
    return {
        "said": [
            Part("message", messages, Coalesce("claimed_at", "settled_at", "judged_at", "planned_at")),
            Part("event", Event.objects.filter(message__in=messages).exclude(kind="sent"), "at"),
            Part(
                "reply",
                Inbound.objects.filter(Q(contact=contact) | Q(contact=None, address__in=addresses)),
                "received_at",
            ),
        ],
        "booked": [Part("booking", Booking.objects.filter(contact=contact, ended_at=None), "booked_at")],
        **parts_of(contact, points),
    }


def _entries(
    entries: list[tuple[datetime, str, int]], shown: Mapping[Key, Any]
) -> list[tuple[datetime, str, str, Any]]:
    """When, how it is shown, the colour, and what: the kinds of another room all look alike."""
    own = {"message", "event", "reply", "booking"}
    made = []
    for at, kind, ident in entries:
        what = shown[kind, ident]
        tone = TONES.get(Booking.Status(what.status), "") if kind == "booking" else what.answer
        made.append((at, kind if kind in own else "moment", tone, what))
    return made


def _messages(ids: Mapping[str, list[int]]) -> dict[Key, Said]:
    wanted = ids.get("message", [])
    last = {each.message_id: each for each in Attempt.objects.filter(message__in=wanted).order_by("fence")}
    found: dict[Key, Said] = {}
    for message in Message.objects.filter(pk__in=wanted).select_related("campaign", "step"):
        answer, word = VERDICT_WORDS[message.status]
        because = "; ".join(title_of(code) for code in message.failed)
        says = f"{word}: {because}" if because else word
        found["message", message.pk] = Said(answer, says, message, words_of(last.get(message.pk)))
    return found


def _events(ids: Mapping[str, list[int]]) -> dict[Key, Said]:
    rows = Event.objects.filter(pk__in=ids.get("event", []))
    return {
        ("event", row.pk): Said(EVENTS.get(row.kind, ""), row.kind.capitalize(), row.message)
        for row in rows.select_related("message__campaign", "message__step")
    }


def _replies(ids: Mapping[str, list[int]]) -> dict[Key, Said]:
    rows = Inbound.objects.filter(pk__in=ids.get("reply", []))
    return {
        ("reply", row.pk): Said(
            ANSWERS.get(Inbound.Label(row.label), ""), row.get_label_display(), text=row.body
        )
        for row in rows
    }


def _bookings(ids: Mapping[str, list[int]]) -> dict[Key, Booking]:
    rows = Booking.objects.filter(pk__in=ids.get("booking", [])).select_related("location")
    return {("booking", row.pk): row for row in rows}
