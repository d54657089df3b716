"""The dry run as a file says of everybody, before anything is signed, what would become of them and why."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from compliance.models import OwnWindow
from consent.models import ContactPoint, Suppression, Touch
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    with acting_for(clinic.pk):
        made: Campaign = people.campaign(clinic, {"channel": "sms"}, {"channel": "email"}, by=people.alice())
        people.ready(clinic)
        for name in ("Clara", "=HYPERLINK(1)", "Otto", "Wanda"):
            people.consent(people.contact(clinic, first_name=name, phone=people.a_phone()))
        out, today = (
            ContactPoint.objects.select_related("contact").order_by("pk")[number] for number in (2, 3)
        )
        Suppression.objects.create(client=clinic, address_id=out.address_id, channel="sms", source="staff")
        Touch.objects.create(
            client=clinic, address_id=today.address_id, household=today.contact.household, channel="sms", purpose="marketing",
            at=db_now() - timedelta(hours=2), message_id=1,
        )  # fmt: skip
    return made


def lines(clinic: Client, campaign: Campaign) -> list[dict[str, str]]:
    alice = people.sign_in(Browser(), people.user("Alice"))
    answer: Any = alice.post(reverse("dry_run", args=[clinic.slug, campaign.pk]))
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_everybody_stands_in_it_once_a_message_with_the_answer_and_the_reason(
    clinic: Client, campaign: Campaign
) -> None:
    found = lines(clinic, campaign)
    texts = {row["First name"]: row for row in found if row["Message"] == "1"}
    assert {name: row["Answer"] for name, row in texts.items()} == {
        "Clara": "clear", "'=HYPERLINK(1)": "clear", "Otto": "held", "Wanda": "waiting",
    }  # fmt: skip
    assert texts["Otto"]["Reasons"] == "Opt-outs"
    assert "One a day" in texts["Wanda"]["Reasons"]
    assert {row["Reasons"] for row in found if row["Message"] == "2"} == {"No address on this channel"}
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="dry_run.exported").count() == 1


def test_somebody_who_waits_for_the_hour_is_clear_and_the_hour_is_named(
    clinic: Client, campaign: Campaign
) -> None:
    with acting_for(clinic.pk):
        opens = db_now() + timedelta(hours=5)
        OwnWindow.objects.update(opens_at=opens)
    clara = next(row for row in lines(clinic, campaign) if row["First name"] == "Clara")
    assert (clara["Answer"], clara["Reasons"]) == ("clear", "The client's own hours")
    assert clara["Not before"].endswith("America/New_York")


def test_neither_the_clients_people_nor_a_rival_take_names_out(clinic: Client, campaign: Campaign) -> None:
    address = reverse("dry_run", args=[clinic.slug, campaign.pk])
    assert people.sign_in(Browser(), people.bob(clinic)).post(address).status_code in (403, 404)
    assert people.sign_in(Browser(), people.charlie()).post(address).status_code == 404
