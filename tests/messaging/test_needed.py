"""What waits for a person stands first: on the first page over one's clients, on the overview for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from campaigns import comments
from compliance.models import Stop
from consent.models import ConsentRecord, Tier
from messaging.models import Inbound, Message
from tenants.clock import db_now
from tenants.models import AuditHead, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns import review
from tests.hostile.desk import SETTINGS
from tests.messaging.flight import address, handed, queries_of, reply, unresolved
from tests.messaging.world import TEXT, launched

pytestmark = pytest.mark.django_db


def needed(who: Any, path: str = "/needed/") -> str:
    answer = people.sign_in(Browser(), who).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def wrote(message: Message, ident: str = "SM1") -> Inbound:
    with acting_for(message.client_id):
        return reply(message, ident)


def test_each_thing_that_waits_is_a_sentence_with_its_page() -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    made: Any = message.campaign
    wrote(message)
    with acting_for(clinic.pk):
        Stop.objects.create(client=clinic, campaign=made, reason="Too many complaints")
        people.agreement(clinic, expires_at=db_now() + timedelta(days=20))
    shown = needed(people.alice())
    live = address("live", clinic, made)
    assert f'<a href="{live}">{made.name} is paused.</a>' in shown
    assert f'<a href="{live}">1 message of {made.name}: nobody knows whether it went out.</a>' in shown
    assert f'<a href="{address("inbox", clinic)}">1 reply to read.</a>' in shown
    assert f'<a href="{address("readiness", clinic)}">The agreement: Client and agency (BAA).</a>' in shown
    assert clinic.name in shown
    assert clinic.name not in needed(people.user("Alice"), address("needed_here", clinic))


def test_a_record_that_was_tampered_with_stands_there_for_whoever_runs_the_system() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        AuditHead.objects.create(
            client=clinic, number=7, hash=b"h" * 32, events=1, at=db_now(), key=b"k" * 32, signature=b"s" * 64
        )
    assert "The record was tampered with and is not sealed any more." in needed(people.alice())


def test_a_request_and_the_comments_on_it_lead_to_the_approval() -> None:
    at = review.asked()
    with acting_for(at.client.pk):
        comments.add(at.request, at.bob, "Too long.")
    shown = needed(at.alice)
    there = address("approval_status", at.client, at.campaign)
    assert f'<a href="{there}">{at.campaign.name} waits for a signature.</a>' in shown
    assert f'<a href="{there}">1 open comment on {at.campaign.name}.</a>' in shown


def test_what_was_done_waits_no_more() -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, texts=1)
    (ident,) = handed(clinic)
    with acting_for(clinic.pk):
        reply(Message.objects.get(pk=ident), "SM1")
        Inbound.objects.update(handled_at=db_now())
        Stop.objects.create(client=clinic, reason="Asked to", ended_at=db_now() - timedelta(minutes=1))
        people.agreement(clinic, expires_at=db_now() + timedelta(days=20))
        people.agreement(clinic, expires_at=db_now() + timedelta(days=300))
    assert "no reply is unread" in needed(people.alice())


def test_whoever_agreed_to_a_former_name_of_the_practice_is_counted(client: Any) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        for wording in ("Yes,  Bright\nSmiles may text me.", "Glow Spa may text me."):
            spot = people.contact(clinic, phone=people.a_phone()).points.get()
            ConsentRecord.objects.create(
                client=clinic, contact_id=spot.contact_id, address_id=spot.address_id, channel="sms", purpose="care",
                tier=Tier.VERBAL, method="phone", wording=wording,
            )  # fmt: skip
    assert "another name" not in needed(alice), "nobody was renamed"
    browser = people.sign_in(client, alice)
    given = SETTINGS | {"hours_until": "17"}
    for name, number in (("Glow Spa", 1), ("Bright Smiles & Co", 2), ("Bright Smiles", 1)):
        assert browser.post(address("settings", clinic), given | {"name": name}).status_code == 302
        who = "1 person" if number == 1 else "2 people"
        assert f"{who} said yes to another name than" in needed(alice)


def test_it_takes_as_many_queries_for_many_clients_as_for_one() -> None:
    clinic = people.clinic()
    wrote(unresolved(clinic))
    browser: Browser = people.sign_in(Browser(), people.alice())
    few = queries_of(browser, "/needed/")
    for name in ("Second Smiles", "Third Smiles"):
        other = people.client_of(people.agency(), name)
        with acting_for(other.pk):
            Stop.objects.create(client=other, reason="Asked to")
            people.agreement(other, expires_at=db_now() + timedelta(days=5))
    assert queries_of(browser, "/needed/") == few


def test_the_list_of_clients_shows_the_rates_against_their_limits() -> None:
    clinic: Client = people.clinic()
    launched(clinic, TEXT, texts=1)
    people_of = people.sign_in(Browser(), people.alice())
    assert "Against the limits" not in people_of.get(address("client_row", clinic)).content.decode()
    handed(clinic)
    assert "opted out 0 % of 3 %" in people_of.get(address("client_row", clinic)).content.decode()


def test_a_stranger_and_a_rival_read_of_none_of_it() -> None:
    clinic = people.clinic()
    wrote(unresolved(clinic))
    for who in (people.charlie(), people.member("Rita", Role.OWNER, of=people.rival_clinic().agency)):
        assert "to read" not in needed(who)
        assert people.sign_in(Browser(), who).get(address("needed_here", clinic)).status_code == 404
    assert "/accounts/login/" in Browser().get("/needed/")["Location"]


def test_while_a_request_lies_before_the_client_the_flight_check_leads_to_it() -> None:
    at = review.asked()
    shown = people.sign_in(Browser(), at.alice).get(address("flight_check", at.client, at.campaign))
    page = shown.content.decode()
    there = address("approval_status", at.client, at.campaign)
    assert f'<a class="btn btn-primary" href="{there}">' in page
    assert "Ask again</button>" in page
    assert '<button class="btn btn-primary" type="button" data-opens="ask">' not in page
