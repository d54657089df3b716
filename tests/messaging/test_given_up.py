"""Numbers that carriers took back, by Twilio's list of each day: nobody's text goes to whoever has them next (reliability F34)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from compliance.models import GivenUpList, GivenUpNumber
from consent.models import ConsentRecord, Contact, ContactPoint
from messaging import given_up, providers
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import launched, statuses
from tests.simulators import Simulator, running_simulator

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = "AC" + "1" * 32
NUMBERS = {
    "account_sid": ACCOUNT, "auth_token": "secret", "numbers": [{"phone_number": "+15742310600", "inbound_url": ""}],
    "messaging_services": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture
def clinic(simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Two texts, planned and due."""
    simulator.reset()
    simulator.faults()
    settings.TWILIO_BASE_URL = simulator.base
    monkeypatch.setattr(providers, "_kept", {})
    of = people.clinic()
    launched(of, texts=2)
    with acting_for(of.pk):
        given = json.dumps({"auth_token": "secret"})
        ProviderAccount.objects.create(client=of, provider="twilio", account_id=ACCOUNT, settings=given)
    return of


def yesterday() -> date:
    return db_now().date() - timedelta(days=1)


def listed(simulator: Simulator, of: Client, day: date) -> ContactPoint:
    """The first person's number is on that day's list, between numbers of nobody here."""
    with acting_for(of.pk):
        ConsentRecord.objects.update(since=db_now() - timedelta(days=30))
        spot: ContactPoint = ContactPoint.objects.filter(channel="sms").order_by("pk")[0]
    lines = ["+12025550100", spot.value, "12025550101", "", "not a number"]
    simulator.world({"twilio": [NUMBERS], "given_up": {str(day): lines}})
    return spot


def test_the_text_to_a_number_that_was_taken_back_is_held_and_no_other(
    clinic: Client, simulator: Simulator
) -> None:
    spot = listed(simulator, clinic, yesterday())
    assert given_up.read_if_due(clinic.pk) == 1
    assert given_up.read_if_due(clinic.pk) == 0  # each day's list is read once
    with acting_for(clinic.pk):
        assert GivenUpNumber.objects.get().address_id == spot.address_id
        assert GivenUpList.objects.count() == given_up.BACK
        assert GivenUpList.objects.get(day=yesterday()).numbers == 3
        assert AuditEvent.objects.get(verb="numbers.given_up").detail["count"] == 1
    assert len(claimed(clinic)) == 1
    assert statuses(clinic) == ["held", "handing"]
    with acting_for(clinic.pk):
        assert Message.objects.order_by("pk")[0].failed == ["given_up"]


@pytest.mark.parametrize(
    "met, sent", [("visit", 2), ("consent", 2), ("an import", 1), ("nothing", 1)], ids=lambda each: str(each)
)
def test_it_is_texted_again_once_the_person_was_met_anew(
    clinic: Client, simulator: Simulator, met: str, sent: int
) -> None:
    spot = listed(simulator, clinic, yesterday())
    given_up.read_if_due(clinic.pk)
    with acting_for(clinic.pk):
        if met == "visit":
            Contact.objects.filter(pk=spot.contact_id).update(last_visit=db_now().date())
        elif met != "nothing":
            how = ConsentRecord.Method.IMPORTED if met == "an import" else ConsentRecord.Method.PAPER
            ConsentRecord.objects.filter(contact=spot.contact_id).update(ended_at=db_now())
            people.consent(spot.contact, method=how)
    assert len(claimed(clinic)) == sent


def test_a_list_that_cannot_be_had_is_asked_for_again(clinic: Client, simulator: Simulator) -> None:
    listed(simulator, clinic, yesterday())
    simulator.faults(status_500=1.0, scope="all")
    assert given_up.read_if_due(clinic.pk) == 0
    with acting_for(clinic.pk):
        assert not GivenUpList.objects.exists()
    simulator.faults()
    assert given_up.read_if_due(clinic.pk) == 1


def test_a_rivals_list_names_nobody_of_ours(clinic: Client, simulator: Simulator) -> None:
    listed(simulator, clinic, yesterday())
    assert given_up.read_if_due(people.rival_clinic().pk) == 0
    with acting_for(clinic.pk):
        assert not GivenUpNumber.objects.exists()
