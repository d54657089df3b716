"""Hand-over by the official SDKs over HTTP to the simulator: each once, and an honest record of what became of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connections

from consent.models import ContactPoint
from messaging import delivery, providers, reconciling
from messaging.claiming import Wave, claim
from messaging.locks import Locks
from messaging.models import Attempt, Message, Status
from messaging.preparing import Prepared, prepare
from messaging.providers.twilio.provider import Twilio
from tenants.clock import db_now
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched, statuses
from tests.simulators import Simulator, running_simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]
ACCOUNT = "AC" + "1" * 32
SERVICE = "MG" + "0" * 32


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        running.world(
            {
                "twilio": [
                    {
                        "account_sid": ACCOUNT, "auth_token": "secret",
                        "numbers": [{"phone_number": "+15742310600", "sid": "PN" + "0" * 32, "inbound_url": ""}],
                        "messaging_services": [{"sid": SERVICE, "numbers": ["+15742310600"], "inbound_url": ""}],
                    }
                ]
            }
        )  # fmt: skip
        yield running


@pytest.fixture
def clinic(simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    simulator.reset()
    monkeypatch.setattr(providers, "_kept", {})  # kept by account id, and each test begins with id 1
    settings.TWILIO_BASE_URL = simulator.base
    of = people.clinic()
    with acting_for(of.pk):
        ProviderAccount.objects.create(
            client=of,
            provider=Provider.TWILIO,
            account_id=ACCOUNT,
            settings=json.dumps({"auth_token": "secret"}),
        )
    return of


def late(of: Client, by: timedelta) -> None:
    """As if that much time had passed since the hand-off."""
    with acting_for(of.pk):
        Attempt.objects.update(claimed_at=db_now() - by, deadline=db_now() - by + timedelta(seconds=15))


def drain_all(of: Client) -> None:
    """Drain until nothing is queued: on a slow machine some begin too late, and wait their turn again."""
    for _ in range(10):
        delivery.drain(of.pk, 10)
        with acting_for(of.pk):
            if not Message.objects.filter(status=Status.QUEUED).update(due_at=db_now()):
                return


def test_a_turn_is_never_too_short_for_a_wave(clinic: Client, simulator: Simulator) -> None:
    """Connecting may take longer than the turn; then it would be the client's turn for ever, and nothing would leave."""
    launched(clinic, texts=3)
    assert delivery.drain(clinic.pk, 0) == 3
    assert len(simulator.accepted()) == 3


def test_everybody_clear_gets_exactly_one_text(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, texts=70)
    drain_all(clinic)
    assert delivery.drain(clinic.pk, 5) == 0
    sent = simulator.accepted()
    assert len({each["to"] for each in sent}) == len(sent) == 70
    with acting_for(clinic.pk):
        assert set(Message.objects.values_list("status", flat=True)) == {"accepted"}
        ids = {
            str(pk): sid
            for pk, sid in Attempt.objects.filter(outcome="accepted").values_list("pk", "provider_id")
        }
    assert {each["attempt"]: each["id"] for each in sent} == ids


def test_the_next_words_are_written_while_the_calls_are_on_their_way(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IN_FLIGHT", 2)
    monkeypatch.setattr(delivery, "FRESH", 60.0)
    launched(clinic, texts=4)
    written, begun = threading.Event(), list[bool]()
    made = list[int]()

    def writing(*given: Any, **named: Any) -> list[Prepared]:
        prepared = prepare(*given, **named)
        made.extend(each.id for each in prepared)
        if len(made) > 2:
            written.set()
        return prepared

    send = Twilio.send

    def sending(provider: Twilio, *given: Any, **named: Any) -> Any:
        begun.append(written.wait(30))
        return send(provider, *given, **named)

    monkeypatch.setattr(delivery, "prepare", writing)
    monkeypatch.setattr(Twilio, "send", sending)
    assert delivery.drain(clinic.pk, 5) == 4
    assert begun == [True] * 4
    assert len(made) == len(set(made)) == 4


def test_what_the_calls_told_is_recorded_when_the_next_words_cannot_be_written(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IN_FLIGHT", 2)
    launched(clinic, texts=4)
    first = iter([prepare])

    def writing(*given: Any, **named: Any) -> list[Prepared]:
        for each in first:
            return each(*given, **named)
        raise ValueError("a name that no key opens")

    monkeypatch.setattr(delivery, "prepare", writing)
    with pytest.raises(ValueError, match="no key opens"):
        delivery.drain(clinic.pk, 5)
    with acting_for(clinic.pk):
        assert Attempt.objects.filter(outcome="accepted").count() == 2
        assert not Attempt.objects.exclude(outcome="accepted").exists()


def test_words_written_ahead_are_not_used_when_the_calls_took_long(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead, one = delivery._Ahead(), cast(Prepared, object())
    ahead.write(lambda: [one], time.monotonic() + 5)
    assert ahead.taken() == [one]
    assert ahead.taken() == []
    ahead.write(lambda: [one], time.monotonic() + 5)
    monkeypatch.setattr(delivery, "FRESH", 0.0)
    assert ahead.taken() == []


@pytest.mark.parametrize("late, judged_in, size", [(0, 0.1, 500), (0, 0.7, 250), (0, 1.2, 125), (3, 0.1, 62)])
def test_a_machine_that_judges_slowly_takes_smaller_waves(late: int, judged_in: float, size: int) -> None:
    assert delivery._next_size(250, 1000, late, judged_in) == size


def test_a_refusal_is_recorded_with_its_code_and_not_tried_again(
    clinic: Client, simulator: Simulator
) -> None:
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        number = ContactPoint.objects.get(channel="sms").value
    simulator.reply(number, "STOP", to="+15742310600")
    delivery.drain(clinic.pk, 5)
    with acting_for(clinic.pk):
        message = Message.objects.get()
        assert (message.status, message.delivery_code) == (Status.REFUSED, "21610")
    assert simulator.accepted() == []


@pytest.mark.parametrize(
    "fault, becomes, accepted",
    [
        ({"lost_reply": 1.0}, "unknown", 1),
        ({"dropped": 1.0}, "unknown", 0),
        ({"status_500": 1.0}, "unknown", 0),
        ({"truncated_201": 1.0}, "unknown", 1),
        ({"rate_429": 1.0}, "queued", 0),
    ],
)
def test_what_is_unclear_is_unknown_and_never_sent_again(
    clinic: Client, simulator: Simulator, fault: dict[str, float], becomes: str, accepted: int
) -> None:
    launched(clinic, texts=1)
    simulator.faults(**fault)
    delivery.drain(clinic.pk, 2)
    assert statuses(clinic) == [becomes]
    simulator.faults()
    if becomes == "unknown":
        delivery.drain(clinic.pk, 2)
        assert len(simulator.accepted()) == accepted


def test_a_lost_reply_is_found_at_the_provider(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, texts=1)
    simulator.faults(lost_reply=1.0)
    delivery.drain(clinic.pk, 2)
    simulator.faults()
    assert reconciling.find_out(clinic.pk) == 1
    assert statuses(clinic) == ["accepted"]
    with acting_for(clinic.pk):
        assert Attempt.objects.get().provider_id == simulator.accepted()[0]["id"]


def test_what_the_provider_never_got_goes_to_a_person_not_to_the_queue(
    clinic: Client, simulator: Simulator
) -> None:
    launched(clinic, texts=1)
    simulator.faults(dropped=1.0)
    delivery.drain(clinic.pk, 2)
    simulator.faults()
    for _ in range(reconciling.ASKS):
        assert reconciling.find_out(clinic.pk) == 0
    assert statuses(clinic) == ["unknown"]
    late(clinic, timedelta(minutes=16))
    assert reconciling.find_out(clinic.pk) == 1
    assert statuses(clinic) == ["unresolved"]


def test_a_provider_that_cannot_be_reached_leaves_everything_queued(clinic: Client, settings: Any) -> None:
    settings.TWILIO_BASE_URL = "http://127.0.0.1:1"
    launched(clinic, texts=2)
    assert delivery.drain(clinic.pk, 2) == 0
    assert statuses(clinic) == ["queued", "queued"]


def test_five_drains_at_once_send_nothing_twice(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, texts=100)

    def run(_: int) -> None:
        try:
            delivery.drain(clinic.pk, 10)
        finally:
            connections.close_all()

    for _ in range(10):  # on a slow machine some begin too late, and wait their turn again
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(run, range(5)))
        with acting_for(clinic.pk):
            if not Message.objects.filter(status=Status.QUEUED).update(due_at=db_now()):
                break
    sent = [each["to"] for each in simulator.accepted()]
    assert len(set(sent)) == len(sent) == 100
    assert set(statuses(clinic)) == {"accepted"}


def test_a_machine_too_slow_for_a_whole_wave_takes_smaller_ones(
    clinic: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise every call of every wave would begin too late, and nothing would ever be sent."""
    judge = claim

    def slowly(client_id: int, prepared: list[Prepared], locks: Locks, worker: str) -> Wave:
        wave = judge(client_id, prepared, locks, worker)
        return replace(wave, begin_by=time.monotonic() - 1) if len(prepared) > 10 else wave

    monkeypatch.setattr(delivery, "claim", slowly)
    monkeypatch.setattr(delivery, "_sizes", {})
    launched(clinic, texts=30)
    drain_all(clinic)
    assert statuses(clinic) == ["accepted"] * 30
    assert len(simulator.accepted()) == 30
