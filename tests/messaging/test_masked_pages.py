"""No page shows a person's number or address before somebody asked for it; one press shows it everywhere, for a while, on record."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from consent.models import Contact, ContactPoint
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import AuditEvent, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, handed, reply
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
