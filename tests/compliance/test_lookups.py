"""Numbers looked up at the carrier: priced first, asked once, dated, and kept to by the gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from requests import ConnectionError as NotReached

from campaigns.audience import subjects
from campaigns.models import Step
from compliance import gate, tasks
from compliance.lookups import running
from compliance.models import LookupRun, NumberLookup
from compliance.readiness import cards
from consent.models import ConsentRecord, Contact, ContactPoint
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_registration_checks import TOKEN, account, world
from tests.simulators import Simulator, running_simulator

pytestmark = pytest.mark.django_db
JANE, LANDLINE, GIVEN_ON = "+15742310611", "+15742310612", "+15742310613"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(world()) as running:
        yield running


@pytest.fixture
def clinic(db: None, simulator: Simulator, settings: Any) -> Client:
    settings.TWILIO_BASE_URL = simulator.base
    simulator.world(world())
    for number, code in ((LANDLINE, 30006), (GIVEN_ON, 30005)):
        simulator.call("POST", f"/_/phones/{number}/behaviour", {"undelivered": code})
    client = people.clinic()
    with acting_for(client.pk):
        account(client)
        people.sms_sender(client)
        for phone in (JANE, LANDLINE, GIVEN_ON):
            people.consent(people.contact(client, first_name=f"N{phone[-1]}", phone=phone))
    return client


@pytest.fixture
def alice(clinic: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def ask(clinic: Client, alice: Browser, what: str, numbers: int = 3) -> Any:
    answer = alice.post(reverse("look_up", args=[clinic.slug]), {"what": what, "numbers": numbers})
    with acting_for(clinic.pk):
        under_way = list(LookupRun.objects.filter(state="running").values_list("pk", flat=True))
    for run in under_way:
        while running.go_on(clinic.pk, run):
            pass
    return answer


def known(clinic: Client) -> dict[str, tuple[str, str]]:
    with acting_for(clinic.pk):
        numbers = {each.address_id: each.value for each in ContactPoint.objects.filter(channel="sms")}
        return {
            numbers[each.address_id]: (each.line_type, each.reassigned)
            for each in NumberLookup.objects.in_force(db_now())
        }


def codes(clinic: Client, phone: str) -> set[str]:
    with acting_for(clinic.pk):
        if not Step.objects.exists():
            people.campaign(clinic, {"channel": "sms"})
        step = Step.objects.get()
        numbers = {each.value: each.contact_id for each in ContactPoint.objects.filter(channel="sms")}
        rows = subjects(step, db_now()).filter(contact=numbers[phone])
        (failed,) = gate.judged(rows, db_now()).values_list("failed_now", flat=True)
        (few,) = gate.judged(rows, db_now(), few=True).values_list("failed_now", flat=True)
        assert failed == few
        return set(failed) & {"landline", "reassigned", "owner_unknown", "maine_looked_up"}


def test_the_cost_is_shown_before_and_asked_for_by_the_number(clinic: Client, alice: Browser) -> None:
    page = alice.get(reverse("look_up", args=[clinic.slug])).content.decode()
    assert "Look up 3 for $0.02" in page
    assert "Look up 3 for $0.08" in page
    assert running.price(1000, False) == Decimal("8.000")
    refused = ask(clinic, alice, "line", numbers=2)
    assert refused.status_code == 422
    assert "look at the price again" in refused.content.decode()
    assert known(clinic) == {}


def test_a_landline_is_known_and_never_texted_again(clinic: Client, alice: Browser) -> None:
    assert codes(clinic, LANDLINE) == set()
    assert ask(clinic, alice, "line").status_code == 302
    assert known(clinic) == {JANE: ("mobile", ""), LANDLINE: ("landline", ""), GIVEN_ON: ("mobile", "")}
    assert codes(clinic, LANDLINE) == {"landline"}
    assert codes(clinic, JANE) == set()
    with acting_for(clinic.pk):
        run = LookupRun.objects.get()
        assert (run.state, run.answered, run.failed, run.dollars) == ("done", 3, 0, Decimal("0.024"))


def test_whoever_was_not_heard_of_for_a_year_waits_for_a_look_that_counts_for_30_days(
    clinic: Client, alice: Browser
) -> None:
    with acting_for(clinic.pk):
        ConsentRecord.objects.update(since=db_now() - timedelta(days=400))
        Contact.objects.update(last_visit=date.today() - timedelta(days=600))
    assert codes(clinic, JANE) == {"owner_unknown"}
    ask(clinic, alice, "owner")
    assert known(clinic)[JANE] == ("mobile", "no")
    assert codes(clinic, JANE) == set()
    assert codes(clinic, GIVEN_ON) == {"reassigned", "owner_unknown"}
    with acting_for(clinic.pk):
        asked = NumberLookup.objects.filter(reassigned="no").first()
        assert asked is not None
        assert asked.asked_since == (db_now() - timedelta(days=400)).date()
        NumberLookup.objects.update(good_until=db_now())
    assert codes(clinic, JANE) == {"owner_unknown"}


def test_the_day_of_an_import_is_no_day_on_which_the_number_was_theirs(clinic: Client) -> None:
    with acting_for(clinic.pk):
        ann = people.contact(clinic, phone=people.a_phone())
        people.consent(ann, method=ConsentRecord.Method.IMPORTED)
        rows = running.to_ask(clinic.pk, True).annotate(known=running._last_known(clinic.pk))
        assert rows.filter(contact=ann).values_list("known", flat=True).get() == ann.last_visit


def test_no_data_about_the_owner_counts_as_unknown(clinic: Client, alice: Browser) -> None:
    with acting_for(clinic.pk):
        ConsentRecord.objects.update(since=db_now() - timedelta(days=3000))
        Contact.objects.update(last_visit=date(2019, 1, 5))
    ask(clinic, alice, "owner")
    assert known(clinic)[JANE] == ("mobile", "no_data_available")
    assert codes(clinic, JANE) == {"owner_unknown"}


def test_maine_is_content_with_a_look(clinic: Client, alice: Browser) -> None:
    with acting_for(clinic.pk):
        people.all_day(clinic, "ME/America/New_York")
        Contact.objects.update(
            window_key="ME/America/New_York", last_visit=date.today() - timedelta(days=600)
        )
    assert codes(clinic, JANE) == {"maine_looked_up"}
    ask(clinic, alice, "owner")
    assert codes(clinic, JANE) == set()


def test_nobody_is_asked_about_twice_while_the_answer_counts(
    clinic: Client, alice: Browser, simulator: Simulator
) -> None:
    def asked() -> int:
        return sum("/v2/PhoneNumbers/" in str(each) for each in simulator.log(1000))

    before = asked()
    ask(clinic, alice, "line")
    assert asked() == before + 3
    assert ask(clinic, alice, "line", numbers=0).status_code == 422
    with acting_for(clinic.pk):
        run = LookupRun.objects.create(client=clinic, reassigned=False, wanted=3, dollars=0)
    assert not running.go_on(clinic.pk, run.pk)
    assert asked() == before + 3
    with acting_for(clinic.pk):
        assert running.count(clinic.pk, True) == 3


@pytest.mark.parametrize("raised", [NotReached, ValueError])
def test_an_answer_that_cannot_be_read_says_nothing_of_the_number(
    clinic: Client, alice: Browser, monkeypatch: pytest.MonkeyPatch, raised: type[Exception]
) -> None:
    monkeypatch.setattr("compliance.lookups.running.twilio_client", lambda *_, **__: Raising(raised))
    ask(clinic, alice, "line")
    with acting_for(clinic.pk):
        run = LookupRun.objects.get()
    assert (run.state, run.answered, run.failed) == ("done", 0, 3)
    assert known(clinic) == {}


class Raising:
    """A client of Twilio's whose every look-up raises."""

    def __init__(self, raised: type[Exception]) -> None:
        self.lookups: Any = self
        self.v2: Any = self
        self.raised = raised

    def phone_numbers(self, number: str) -> Raising:
        assert number.startswith("+1")
        return self

    def fetch(self, **_: Any) -> Any:
        raise self.raised


def test_an_account_that_is_refused_stops_the_run_with_the_reason(
    clinic: Client, alice: Browser, simulator: Simulator
) -> None:
    refused = world()
    refused["twilio"][0]["auth_token"] = TOKEN + "-changed"
    simulator.world(refused)
    ask(clinic, alice, "line")
    with acting_for(clinic.pk):
        run = LookupRun.objects.get()
        (card,) = [each for each in cards(clinic, db_now()) if each.key == "lookup"]
    assert (run.state, "credentials" in run.problem) == ("stopped", True)
    assert (card.answer, "It stopped" in card.says) == ("waiting", True)


def test_a_covered_clients_numbers_are_shown_to_twilio_only_under_an_agreement(
    clinic: Client, alice: Browser
) -> None:
    Client.objects.filter(pk=clinic.pk).update(covered="covered")
    refused = ask(clinic, alice, "line")
    assert refused.status_code == 422
    assert "no agreement with Twilio" in refused.content.decode()
    with acting_for(clinic.pk):
        people.agreement(clinic, kind="provider", provider="twilio")
    assert ask(clinic, alice, "line").status_code == 302


def test_a_lost_bell_is_rung_again_and_a_second_run_waits_for_the_first(
    clinic: Client, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(tasks.look_up_numbers, "apply_async", lambda ids, **_: rung.append(ids))
    with acting_for(clinic.pk):
        run = LookupRun.objects.create(client=clinic, reassigned=False, wanted=3, dollars=0)
    answer = alice.post(
        reverse("look_up", args=[clinic.slug]), {"what": "line", "numbers": 3}, follow=True
    ).content.decode()
    assert "under way already" in answer
    assert tasks.resume_lookups() == 1
    assert rung == [(clinic.pk, run.pk)]
    assert not tasks.look_up_numbers(*rung[0])
    assert len(known(clinic)) == 3
    assert tasks.resume_lookups() == 0


def test_a_rival_finds_neither_the_page_nor_an_answer(clinic: Client, alice: Browser) -> None:
    ask(clinic, alice, "line")
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("look_up", args=[clinic.slug])).status_code == 404
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert not NumberLookup.objects.exists()
