"""A contact's one line of time: everything on it, in its order, kind by kind, page by page, and nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils.html import strip_tags

from campaigns.models import Booking
from consent.models import ConsentRecord, Contact, Pause, Suppression
from consent.suppressing import suppress
from messaging.models import Event, Inbound, Message
from tenants.clock import db_now
from tenants.merged import line_of
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, handed, reply
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def message(clinic: Client) -> Message:
    launched(clinic, texts=1)
    handed(clinic)
    with acting_for(clinic.pk):
        found: Message = Message.objects.get()
        return found


def life(browser: Browser, of: Client, ident: int, **asked: str) -> str:
    return browser.get(address("contact_life", of, contact=ident), asked).content.decode()


def said(page: str) -> list[str]:
    """Each entry's words, from the top."""
    return [" ".join(unescape(strip_tags(each)).split()) for each in re.findall(r"<li.*?</li>", page, re.S)]


def lived(of: Client, message: Message) -> Contact:
    """One of every kind, a day apart, the oldest first."""
    now = db_now()
    with acting_for(of.pk):
        who: Contact = message.contact
        Contact.objects.filter(pk=who.pk).update(created_at=now - timedelta(days=9))
        ConsentRecord.objects.filter(contact=who).update(since=now - timedelta(days=8))
        Message.objects.update(claimed_at=now - timedelta(days=7), judged_at=now - timedelta(days=7))
        Event.objects.create(
            client=of, provider="twilio", event_id="e1", kind="delivered", message=message, at=now - timedelta(days=6)
        )  # fmt: skip
        reply(message, "in1", contact_id=None, body="Can I come <b>Tuesday</b>?")
        Inbound.objects.update(received_at=now - timedelta(days=5))
        Pause.objects.create(
            client=of, contact=who, reason="unclear reply", since=now - timedelta(days=4), ended_at=now - timedelta(days=3)
        )  # fmt: skip
        Booking.objects.create(
            client=of,
            contact=who,
            booked_at=now - timedelta(days=2),
            status=Booking.Status.BOOKED,
            for_at=now,
        )
        suppress(of.pk, message.address_id, "sms", Suppression.Source.KEYWORD)
    return who


ORDER = (
    "Opted out of texts", "Booked", "Pause released", "Paused: unclear reply", "Can I come <b>Tuesday</b>?", "Delivered",
    "Reply STOP to opt out", "Consent: ", "Added",
)  # fmt: skip


def test_everything_between_them_and_the_practice_stands_on_one_line(
    client: Browser, clinic: Client, message: Message
) -> None:
    who = lived(clinic, message)
    people.sign_in(client, people.fred(clinic))
    page = life(client, clinic, who.pk)
    entries = said(page)
    assert len(entries) == len(ORDER)
    for words, entry in zip(ORDER, entries, strict=True):
        assert words in entry
    assert "<b>Tuesday" not in page, "what people write is shown, never obeyed"
    assert address("why_message", clinic, message=message.pk) in page
    whole = client.get(address("contact", clinic, contact=who.pk)).content.decode()
    assert address("contact_life", clinic, contact=who.pk) in whole


@pytest.mark.parametrize(
    "kind, which", [("said", [4, 5, 6]), ("consents", [7]), ("out", [0, 2, 3]), ("booked", [1])]
)
def test_one_kind_can_be_asked_for(
    client: Browser, clinic: Client, message: Message, kind: str, which: list[int]
) -> None:
    who = lived(clinic, message)
    people.sign_in(client, people.fred(clinic))
    entries = said(life(client, clinic, who.pk, kind=kind))
    assert len(entries) == len(which)
    for number, entry in zip(which, entries, strict=True):
        assert ORDER[number] in entry


def test_page_by_page_nothing_is_lost_and_nothing_comes_twice(
    client: Browser, clinic: Client, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = lived(clinic, message)
    with acting_for(clinic.pk):  # four things at one instant, of two kinds
        at = Event.objects.get().at
        Inbound.objects.update(received_at=at)
        reply(message, "in2", received_at=at)
        Event.objects.create(
            client=clinic, provider="twilio", event_id="e2", kind="failed", message=message, at=at
        )
    people.sign_in(client, people.fred(clinic))
    whole = said(life(client, clinic, who.pk))
    monkeypatch.setattr("messaging.life_pages.line_of", lambda parts, after: line_of(parts, after, size=2))
    found: list[str] = []
    after = ""
    for _ in range(len(whole)):
        answer: Any = client.get(address("contact_life", clinic, contact=who.pk), {"after": after})
        found += said(answer.content.decode())
        if not (after := answer.context["line"].next):
            break
    assert found == whole
    assert len(whole) == len(ORDER) + 2


@pytest.mark.parametrize("after", ["x", "~~", "2026-01-01T00:00:00~0~1", "2026-01-01T00:00:00Z~0~-1"])
def test_an_after_that_nobody_gave_begins_anew(client: Browser, clinic: Client, after: str) -> None:
    with acting_for(clinic.pk):
        who = people.contact(clinic, phone=people.a_phone())
    people.sign_in(client, people.fred(clinic))
    assert said(life(client, clinic, who.pk, after=after)) == said(life(client, clinic, who.pk))
    assert "Nothing was sent to them" in life(client, clinic, who.pk, kind="said")


def test_a_stranger_sees_nobodys_life(client: Browser, clinic: Client, message: Message) -> None:
    rival = people.rival_clinic()
    people.sign_in(client, people.charlie())
    for of in (clinic, rival):
        assert client.get(address("contact_life", of, contact=message.contact_id)).status_code == 404
