"""A decision about replies: of what the page had shown, by whoever may decide, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from consent.models import Contact, Pause
from consent.replies import UPSET
from messaging.models import Inbound
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_inbox import JANE, clinic, decide, reply

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db


def test_a_reply_that_came_after_the_page_was_shown_is_settled_by_nobody(client: Any, clinic: Client) -> None:
    one = reply(clinic, "See you Tuesday", 1)
    people.sign_in(client, people.bob(clinic))
    assert f"?upto={one.pk}" in client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode()
    two = reply(clinic, "no, not any more", 2)
    answer = client.post(f"/c/{clinic.slug}/inbox/{one.pk}/resolve/?upto={one.pk}", {"decision": "release"})
    assert answer["Location"] == f"/c/{clinic.slug}/inbox/{two.pk}/"
    with acting_for(clinic.pk):
        assert Pause.objects.in_force(db_now()).count() == 2
        assert not Inbound.objects.exclude(handled_at=None).exists()


def test_releasing_leaves_the_pauses_that_members_made(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        Pause.objects.create(client=clinic, contact=Contact.objects.get(), reason="front desk clarifies")
    one = reply(clinic, "See you Tuesday")
    people.sign_in(client, people.bob(clinic))
    decide(client, clinic, one, "release")
    with acting_for(clinic.pk):
        assert [each.reason for each in Pause.objects.in_force(db_now())] == ["front desk clarifies"]


def test_who_only_looks_on_decides_nothing(client: Any, clinic: Client) -> None:
    one = reply(clinic, "See you Tuesday")
    people.sign_in(client, people.member("Val", Role.VIEWER, client=clinic))
    assert (
        "data-opens"
        not in client.get(f"/c/{clinic.slug}/inbox/{one.pk}/").content.decode().split("<section")[1]
    )
    for decision in ("seen", "booked", "opt_out"):
        assert decide(client, clinic, one, decision).status_code == 403


def test_who_is_said_to_have_died_is_marked_in_the_conversation_and_the_pause_stays(
    client: Any, clinic: Client
) -> None:
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
        john = people.contact(clinic, first_name="John", phone=JANE)
        stranger = people.contact(clinic, first_name="Sue", phone="+15742310008")
    one = reply(clinic, "My husband passed away")
    people.sign_in(client, people.fred(clinic))
    there = f"/c/{clinic.slug}/inbox/{one.pk}/"
    shown = client.get(there).content.decode()
    assert 'data-opens="died"' in shown
    assert [f'value="{each.pk}"' in shown.split('name="person"')[1] for each in (jane, john, stranger)] == [
        True,
        True,
        False,
    ]
    for wrong in ("", "x", str(stranger.pk)):
        client.post(f"{there}resolve/", {"decision": "died", "person": wrong})
    with acting_for(clinic.pk):
        assert not Contact.objects.filter(deceased=True).exists()
        assert Inbound.objects.get(handled_at=None) == one
    client.post(f"{there}resolve/", {"decision": "died", "person": str(john.pk)})
    with acting_for(clinic.pk):
        assert Contact.objects.get(deceased=True) == john
        assert AuditEvent.objects.get(verb="contact.marked").what == f"consent.Contact:{john.pk}"
        assert Pause.objects.in_force(db_now()).count() == 2
        assert not Inbound.objects.filter(handled_at=None).exists()


def test_an_upset_reply_pauses_and_is_marked(client: Any, clinic: Client) -> None:
    reply(clinic, "You are unprofessional, I am furious")
    people.sign_in(client, people.alice())
    assert "Sounds upset" in client.get(f"/c/{clinic.slug}/inbox/", {"show": "decide"}).content.decode()
    with acting_for(clinic.pk):
        assert [each.reason for each in Pause.objects.in_force(db_now())] == [UPSET]
