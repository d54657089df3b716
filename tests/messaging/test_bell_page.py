"""The bell at the top right: replies that wait for a person, counted over the clients one may see and no others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from messaging.models import Inbound
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def wrote(to: Client, number: int, text: str = "Who is this?") -> None:
    with acting_for(to.pk):
        take_reply(
            to.pk, Answered(f"SM{number}", "sms", f"+1574231000{number}", "+15742310600", text), db_now()
        )


def bell(who: Any) -> str:
    browser: Browser = people.sign_in(Browser(), who)
    answer = browser.get("/bell/")
    assert answer.status_code == 200
    return str(answer.content.decode()).strip()


def test_replies_that_wait_are_counted_and_lead_to_the_newest() -> None:
    clinic, alice = people.clinic(), people.alice()
    other = people.client_of(people.agency(), "Second Smiles")
    assert bell(alice) == ""
    wrote(clinic, 1)
    wrote(other, 2)
    wrote(clinic, 3)
    rung = bell(alice)
    assert "3 replies to read" in rung
    assert 'href="/c/bright-smiles/inbox/"' in rung
    assert "and 1 more client" in rung
    with acting_for(clinic.pk):
        Inbound.objects.update(handled_at=db_now())
    assert "1 reply to read" in bell(alice)
    assert "/c/second-smiles/inbox/" in bell(alice)


def test_a_stop_needs_nobody_and_rings_nothing() -> None:
    clinic, alice = people.clinic(), people.alice()
    wrote(clinic, 1, "STOP")
    assert bell(alice) == ""


def test_the_front_desk_hears_of_its_own_practice_only() -> None:
    clinic = people.clinic()
    other = people.client_of(people.agency(), "Second Smiles")
    fred = people.fred(clinic)
    wrote(other, 1)
    assert bell(fred) == ""
    wrote(clinic, 2)
    assert "1 reply to read" in bell(fred)


def test_a_stranger_hears_nothing_and_nobody_is_sent_to_sign_in() -> None:
    clinic = people.clinic()
    wrote(clinic, 1)
    assert bell(people.charlie()) == ""
    assert "/accounts/login/" in Browser().get("/bell/")["Location"]
