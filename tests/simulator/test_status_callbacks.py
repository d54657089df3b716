"""Status callbacks: signed as Twilio signs them, in order, and retried."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.conftest import Received, Receiver
from tests.simulator.world import ACCOUNT, ANNA, NUMBER, SERVICE, TOKEN, world
from tests.simulators import Simulator, eventually

AGAIN = "#rc=5&rp=all"


def send(twilio: Client, receiver: Receiver, to: str = ANNA, overrides: str = AGAIN, **given: Any) -> str:
    sent = twilio.messages.create(
        to=to,
        messaging_service_sid=SERVICE,
        body="x",
        status_callback=f"{receiver.base}/status?a=7f&b=%2B1{overrides}",
        **given,
    )
    return str(sent.sid)


def is_signed(receiver: Receiver, request: Received, token: str = TOKEN) -> bool:
    signature = request.headers["X-Twilio-Signature"]
    return bool(RequestValidator(token).validate(receiver.base + request.path, request.form, signature))


def test_each_step_is_told_in_order_and_signed(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    sid = send(twilio, receiver)
    requests = receiver.at("/status", 3)
    assert [r.form["MessageStatus"] for r in requests] == ["queued", "sent", "delivered"]
    for request in requests:
        assert request.path == "/status?a=7f&b=%2B1"
        assert is_signed(receiver, request)
        assert not is_signed(receiver, request, token="another")
        assert request.form["MessageSid"] == sid
        assert request.form["MessagingServiceSid"] == SERVICE
        assert (request.form["AccountSid"], request.form["From"], request.form["To"]) == (
            ACCOUNT,
            NUMBER,
            ANNA,
        )
        assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    logged = told(simulator, 3)
    assert len(logged) == 3
    assert logged[0]["signature"].startswith("X-Twilio-Signature: ")


def told(simulator: Simulator, count: int) -> list[dict[str, Any]]:
    """The callbacks on the log, once there are that many: the answer is logged a moment after it is given."""

    def enough() -> list[dict[str, Any]]:
        found = [call for call in simulator.log() if call["kind"] == "status"]
        return found if len(found) >= count else []

    return cast(list[dict[str, Any]], eventually(enough))


def test_what_is_on_its_way_at_a_reset_does_not_come_into_the_new_log(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answering.clear()
    send(twilio, receiver)
    receiver.at("/status")
    simulator.reset()
    receiver.answering.set()
    sid = send(twilio, receiver)
    receiver.at("/status", 4)
    assert [call["detail"] for call in told(simulator, 3)] == [
        f"{sid} delivered",
        f"{sid} sent",
        f"{sid} queued",
    ]


def test_an_unreachable_phone_ends_undelivered_with_the_code(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    sid = send(twilio, receiver, to="+12025550155")
    last = receiver.at("/status", 3)[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30005")
    assert twilio.messages(sid).fetch().error_code == 30005


def test_a_message_older_than_its_validity_fails(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    simulator.world(_slow(receiver))
    send(twilio, receiver, validity_period=1)
    last = receiver.at("/status", 2)[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("failed", "30036")


def _slow(receiver: Receiver) -> dict[str, Any]:
    slow = world(receiver.base)
    slow["timing"]["sent_ms"] = 1100
    return slow


def test_a_refused_callback_comes_again_with_the_same_token(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers["/status"] = [500, 503]
    send(twilio, receiver)
    requests = receiver.at("/status", 5)
    assert {r.form["MessageStatus"] for r in requests} == {"queued", "sent", "delivered"}
    token = {r.headers["I-Twilio-Idempotency-Token"]: r.form["MessageStatus"] for r in requests}
    assert len(token) == 3
    assert all(token[r.headers["I-Twilio-Idempotency-Token"]] == r.form["MessageStatus"] for r in requests)
    assert simulator.counts()["callbacks_retried"] == 2


def test_a_callback_nobody_takes_is_given_up(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers["/status"] = [500] * 9
    send(twilio, receiver)
    eventually(lambda: simulator.counts()["callbacks_failed"] == 3)
    assert simulator.counts()["callbacks_waiting"] == 0


def test_without_an_override_a_callback_that_was_refused_does_not_come_again(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers["/status"] = [503] * 3
    send(twilio, receiver, overrides="")
    eventually(lambda: simulator.counts()["callbacks_failed"] == 3)
    assert simulator.counts()["callbacks_retried"] == 0


def test_a_connection_override_is_not_signed(twilio: Client, receiver: Receiver) -> None:
    twilio.messages.create(
        to=ANNA,
        messaging_service_sid=SERVICE,
        body="x",
        status_callback=f"{receiver.base}/status?a=1#rc=5&rp=all",
    )
    [request, *_] = receiver.at("/status")
    assert request.path == "/status?a=1"
    assert is_signed(receiver, request)


@pytest.mark.parametrize("how", ["duplicate_callbacks", "out_of_order", "hold_callbacks"])
def test_callbacks_can_be_disturbed(
    twilio: Client, simulator: Simulator, receiver: Receiver, how: str
) -> None:
    simulator.faults(**{how: 1})
    started = time.time()
    send(twilio, receiver)
    if how == "duplicate_callbacks":
        statuses = [r.form["MessageStatus"] for r in receiver.at("/status", 6)]
        assert sorted(statuses) == ["delivered"] * 2 + ["queued"] * 2 + ["sent"] * 2
    elif how == "out_of_order":
        # Each is announced as if on time and comes a second late, so later ones overtake it.
        assert receiver.at("/status", 3)[0].at - started > 0.9
    else:
        eventually(lambda: simulator.counts()["callbacks_held"] == 3)
        assert receiver.requests == []
        simulator.faults()
        assert len(receiver.at("/status", 3)) == 3
