"""Faults of calls: what was accepted, and what the caller learns of it."""

from __future__ import annotations

import http.client
import time
import urllib.error
from typing import Any

import pytest
import requests
from sendgrid import SendGridAPIClient
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.test_sending_mails import letter
from tests.simulator.world import ACCOUNT, ANNA, NUMBER, TOKEN
from tests.simulators import Simulator


def send(twilio: Client) -> Any:
    return twilio.messages.create(to=ANNA, from_=NUMBER, body="x")


@pytest.mark.parametrize("fault, accepted", [("lost_reply", 1), ("dropped", 0), ("truncated_201", 1)])
def test_a_broken_connection_leaves_the_caller_in_doubt(
    twilio: Client, simulator: Simulator, fault: str, accepted: int
) -> None:
    simulator.faults(**{fault: 1})
    with pytest.raises(requests.RequestException):
        send(twilio)
    assert len(simulator.accepted()) == accepted
    assert f"fault {fault}" in simulator.log(1)[0]["detail"]


@pytest.mark.parametrize(
    "fault, status, accepted", [("status_500", 500, 0), ("rate_429", 429, 0), ("accepted_500", 500, 1)]
)
def test_an_error_status(
    twilio: Client, simulator: Simulator, fault: str, status: int, accepted: int
) -> None:
    simulator.faults(**{fault: 1})
    with pytest.raises(TwilioRestException) as failed:
        send(twilio)
    assert failed.value.status == status
    assert failed.value.code == {500: 20500, 429: 20429}[status]
    assert len(simulator.accepted()) == accepted


def test_too_many_requests_says_when_to_come_back(simulator: Simulator) -> None:
    simulator.faults(rate_429=1)
    answer = requests.post(
        f"{simulator.base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": ANNA, "From": NUMBER, "Body": "x"},
        auth=(ACCOUNT, TOKEN),
        timeout=20,
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_faults_can_be_kept_to_one_provider(
    twilio: Client, sendgrid: SendGridAPIClient, simulator: Simulator
) -> None:
    simulator.faults(lost_reply=1, provider="sendgrid")
    assert send(twilio).sid
    with pytest.raises((http.client.HTTPException, urllib.error.URLError)):
        sendgrid.send(letter("anna@example.com"))
    assert len(simulator.accepted()) == 2


def test_reading_is_disturbed_only_when_asked(twilio: Client, simulator: Simulator) -> None:
    simulator.faults(dropped=1)
    assert twilio.messages.list() == []
    simulator.faults(dropped=1, scope="all")
    with pytest.raises(requests.RequestException):
        twilio.messages.list()


def test_latency_is_added(twilio: Client, simulator: Simulator) -> None:
    simulator.faults(latency_ms=300)
    started = time.monotonic()
    send(twilio)
    assert time.monotonic() - started > 0.3


def test_the_same_seed_gives_the_same_faults(twilio: Client, simulator: Simulator) -> None:
    def outcomes() -> list[bool]:
        simulator.faults(status_500=0.5, seed=7)
        made = []
        for _ in range(12):
            try:
                send(twilio)
                made.append(True)
            except TwilioRestException:
                made.append(False)
        return made

    first = outcomes()
    assert outcomes() == first
    assert len(set(first)) == 2


@pytest.mark.parametrize(
    "given, words",
    [
        ({"lost_replies": 1}, "no fault called"),
        ({"lost_reply": 2}, "from 0 to 1"),
        ({"lost_reply": "yes"}, "use a number"),
        ({"provider": "mailgun"}, "use one of"),
    ],
)
def test_a_wrong_setting_changes_nothing_and_says_why(
    simulator: Simulator, given: dict[str, Any], words: str
) -> None:
    simulator.faults(dropped=0.5)
    with pytest.raises(OSError, match=words):
        simulator.faults(**given)
    assert simulator.call("GET", "/_/faults")["dropped"] == 0.5
