"""No page shows a person's number or address before somebody asked for it; one press shows it everywhere, for a while, on record."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from consent.models import Contact, ContactPoint
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import AuditEvent, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, handed, reply, unresolved
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.STAFF, Role.FRONT_DESK, Role.VIEWER])
def test_a_number_stands_on_no_page_until_one_press_shows_it(client: Browser, role: Role) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        message, jane = Message.objects.get(pk=ident), Contact.objects.get()
        phone = ContactPoint.objects.get(channel="sms").value
        written = reply(message, "in-1", value=phone, received_at=db_now())
        stranger = reply(message, "in-2", value=phone, contact_id=None, received_at=db_now())
        old = people.point(jane, "sms", "+15742310999")
        ContactPoint.objects.filter(pk=old.pk).update(ended_at=db_now(), end_reason="moved")
    who = people.alice() if role is Role.STAFF else people.member("Quentin", role, client=clinic)
    people.sign_in(client, who)
    person = {
        name: address(name, clinic, contact=jane.pk) for name in ("contact", "contact_life", "why_contact")
    }
    shown = [
        person["contact"], address("thread", clinic, reply=written.pk), address("thread", clinic, reply=stranger.pk),
        address("inbox", clinic) + "?show=all", address("why_message", clinic, message=ident), address("contacts", clinic),
    ]  # fmt: skip
    if role is not Role.VIEWER:
        shown += [address(name, clinic, contact=jane.pk) for name in ("consent_new", "contact_mark")]
    spelled = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    for page in (*shown, *person.values(), address("live_people", clinic, made)):
        said = client.get(page).content.decode()
        for secret in (phone, spelled, f"{phone[1:]}@example.org", "231-0999", "2310999"):
            assert secret not in said, page
    answer = client.post(
        address("clear_show", clinic),
        {"reason": "person_asks"},
        headers={"referer": f"http://testserver{shown[0]}"},
    )
    assert answer["Location"] == shown[0], "back to where it was pressed"
    for page in shown:
        assert spelled in client.get(page).content.decode(), page
    assert "(574) 231-0999 is no longer used" in client.get(person["contact_life"]).content.decode()
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="contact.lists_shown", actor=who).count() == 1


def test_no_press_takes_away_what_was_typed(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        message, jane = Message.objects.get(pk=ident), Contact.objects.get()
        written = reply(message, "in-1", received_at=db_now())
    forms = [address(name, clinic, contact=jane.pk) for name in ("consent_new", "contact_mark")]
    for who, pages in (
        (people.fred(clinic), forms[:1]),
        (people.alice(), [*forms, address("thread", clinic, reply=written.pk)]),
    ):
        browser = people.sign_in(client, who)
        for page in pages:
            said = browser.get(page).content.decode()
            (button,) = re.findall(rf'<form[^>]*action="{address("clear_show", clinic)}"[^>]*>', said)
            assert 'target="_blank"' in button, page
            assert "in a new tab: what you typed here stays" in said
    people.in_clear(client, clinic)
    said = client.get(forms[1]).content.decode()
    assert "what you typed here and did not save is lost" in said.partition("/clear/end/")[2]


def test_the_button_stands_by_unresolved_messages_too_and_says_what_it_opens(client: Browser) -> None:
    clinic = people.clinic()
    made = unresolved(clinic).campaign
    people.sign_in(client, people.alice())
    live = address("live", clinic, made)
    said = client.get(live).content.decode()
    assert "Jane0" not in said
    assert f"of everybody of {clinic.name}, and their names in lists, on every page, for 15 minutes" in said
    answer = client.post(
        address("clear_show", clinic),
        {"reason": "campaign_check"},
        headers={"referer": f"http://testserver{live}"},
    )
    assert answer["Location"] == live
    said = client.get(live).content.decode()
    assert "Jane0" in said
    assert f"of everybody of {clinic.name}. That is on record." in said
    bob = people.sign_in(Browser(), people.user("Bob"))
    assert "/clear/" not in bob.get(live).content.decode(), "names are all there is, and he reads them"


def test_each_part_of_a_persons_page_notes_the_look_when_it_is_asked_for_alone(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
    parts = [
        *((name, "contact.viewed", {"contact": jane.pk}) for name in ("contact_life", "contact_gate", "contact_mark", "erase")),
        ("why_now", "message.explained", {"message": ident}),
    ]  # fmt: skip
    for number, (name, verb, of) in enumerate(parts):
        who = people.member(f"Reader {number}", Role.APPROVER, client=clinic)
        people.sign_in(client, who)
        for _ in range(2):
            assert client.get(address(name, clinic, **of)).status_code == 200, name
        with acting_for(clinic.pk):
            found = AuditEvent.objects.filter(actor=who).values_list("verb", flat=True)
            assert list(found) == [verb], f"{name}: once, though it was looked at twice"
