"""Why was this person contacted on a day, and why not: what there was then, and the gate as it stood at the end of that day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from html import unescape
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from compliance.checks import BY_CODE
from consent.models import Contact, ContactPoint, Suppression
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, handed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """Jane was texted today."""
    of = people.clinic()
    launched(of, texts=1)
    handed(of)
    return of


def jane(of: Client) -> Contact:
    with acting_for(of.pk):
        found: Contact = Contact.objects.order_by("pk")[0]
        return found


def asked(browser: Browser, of: Client, who: Contact, **query: Any) -> str:
    answer = people.sign_in(browser, people.user("Alice")).get(
        address("why_contact", of, contact=who.pk), query
    )
    return " ".join(unescape(answer.content.decode()).split())


@pytest.fixture(autouse=True)
def alice() -> None:
    people.alice()


def test_a_day_on_which_somebody_was_contacted_says_so_and_shows_the_message(
    clinic: Client, client: Browser
) -> None:
    told = asked(client, clinic, jane(clinic), on=people.today(clinic))
    assert "was contacted on" in told
    assert "1 message left" in told
    assert "Every check was clear." in told


def test_a_day_before_the_message_existed_says_that_too(clinic: Client, client: Browser) -> None:
    told = asked(client, clinic, jane(clinic), on=people.today(clinic) - timedelta(days=2))
    assert "no message existed for them then" in told
    assert "Every check was clear." not in told
    assert "as they are today" in told, "what cannot be known is said"


def test_without_a_message_the_gate_answers_as_its_rows_stood_on_that_day(
    clinic: Client, client: Browser
) -> None:
    today = people.today(clinic)
    yesterday = datetime.combine(today - timedelta(days=1), time(12), ZoneInfo(clinic.time_zone))
    with acting_for(clinic.pk):
        other = people.campaign(clinic, name="Autumn recall")
        who = people.contact(clinic, first_name="Otto", phone=people.a_phone())
        spot = ContactPoint.objects.get(contact=who)
        Suppression.objects.create(
            client=clinic,
            address_id=spot.address_id,
            channel="sms",
            source="staff",
            since=yesterday - timedelta(days=3),
        )
    says = BY_CODE["opted_out"].says
    assert says in asked(client, clinic, who, campaign=other.pk, on=today - timedelta(days=1))
    assert says not in asked(client, clinic, who, campaign=other.pk, on=today - timedelta(days=9))


@pytest.mark.parametrize("typed", ["2999-01-01", "yesterday", "2026-02-31", "0001-01-01", "9999-12-31"])
def test_what_is_no_day_that_has_begun_is_said_so(clinic: Client, client: Browser, typed: str) -> None:
    assert "That is no day that has begun" in asked(client, clinic, jane(clinic), on=typed)


def test_the_terminal_answers_the_same(clinic: Client) -> None:
    def told(*words: str) -> str:
        out = StringIO()
        call_command("why", *words, stdout=out)
        return out.getvalue()

    who, today = f"contact:{jane(clinic).pk}", people.today(clinic)
    assert "1 left." in told(who, "--on", str(today))
    before = told(who, "--on", str(today - timedelta(days=3)))
    assert "0 left." in before
    assert "Message " not in before
    with pytest.raises(CommandError, match="a day that has begun"):
        told(who, "--on", "2999-01-01")
    with pytest.raises(CommandError, match="asks of a contact"):
        told("1", "--on", str(today))


def test_a_stranger_learns_of_no_day(clinic: Client) -> None:
    page = address("why_contact", clinic, contact=jane(clinic).pk)
    assert (
        people.sign_in(Browser(), people.charlie()).get(page, {"on": people.today(clinic)}).status_code == 404
    )
