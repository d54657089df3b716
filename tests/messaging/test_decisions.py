"""A decision about replies: of what the page had shown, by whoever may decide, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from consent.models import Contact, Pause
from messaging.models import Inbound
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_inbox import clinic, decide, reply

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
