"""People texting back, and what the carrier does with their keywords."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.conftest import Receiver
from tests.simulator.world import ACCOUNT, ANNA, NUMBER, OTHER_NUMBER, SERVICE, TOKEN, TOLL_FREE
from tests.simulators import Simulator, eventually

STOP_WORDS = ["STOP", "stopall", "Unsubscribe", " cancel ", "END", "quit", "REVOKE", "optout"]


def send(twilio: Client, **sender: str) -> str:
    return str(twilio.messages.create(to=ANNA, body="Time for your check-up.", **sender).sid)


def test_a_reply_reaches_the_services_inbound_address_signed(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    sid = send(twilio, messaging_service_sid=SERVICE)
    eventually(lambda: twilio.messages(sid).fetch().status == "delivered")
    reply = simulator.reply(ANNA, "Can I come on Tuesday? é")
    [request] = receiver.at("/inbound")
    assert request.path == "/inbound/service?client=7"
    assert RequestValidator(TOKEN).validate(
        receiver.base + request.path, request.form, request.headers["X-Twilio-Signature"]
    )
    form = request.form
    assert (form["MessageSid"], form["From"], form["To"]) == (reply, ANNA, NUMBER)
    assert (form["Body"], form["NumMedia"], form["MessagingServiceSid"]) == (
        "Can I come on Tuesday? é",
        "0",
        SERVICE,
    )
    assert "OptOutType" not in form
    assert twilio.messages(reply).fetch().direction == "inbound"


@pytest.mark.parametrize("word", STOP_WORDS)
def test_a_stop_word_blocks_the_number_at_once(
    twilio: Client, simulator: Simulator, receiver: Receiver, word: str
) -> None:
    send(twilio, messaging_service_sid=SERVICE)
    simulator.reply(ANNA, word, to=NUMBER)
    with pytest.raises(TwilioRestException) as refused:
        send(twilio, messaging_service_sid=SERVICE)
    assert (refused.value.status, refused.value.code) == (400, 21610)
    assert receiver.at("/inbound")[0].form["OptOutType"] == "STOP"
    assert simulator.phone(ANNA)["opted_out"] == [NUMBER, "Bright Smile"]


@pytest.mark.parametrize("words", ["STOP PLEASE", "please stop texting me", "nonstop", ""])
def test_other_words_do_not(twilio: Client, simulator: Simulator, receiver: Receiver, words: str) -> None:
    simulator.reply(ANNA, words, to=NUMBER, media=0 if words else 1)
    assert send(twilio, messaging_service_sid=SERVICE)


def test_an_opt_out_holds_for_its_own_sender_only(twilio: Client, simulator: Simulator) -> None:
    simulator.reply(ANNA, "STOP", to=NUMBER)
    for blocked in ({"messaging_service_sid": SERVICE}, {"from_": NUMBER}):
        with pytest.raises(TwilioRestException, match="unsubscribed"):
            send(twilio, **blocked)
    assert send(twilio, from_=OTHER_NUMBER)


@pytest.mark.parametrize("word", ["START", "yes", "Unstop"])
def test_a_start_word_lifts_it(twilio: Client, simulator: Simulator, receiver: Receiver, word: str) -> None:
    simulator.reply(ANNA, "STOP", to=NUMBER)
    simulator.reply(ANNA, word, to=NUMBER)
    assert send(twilio, messaging_service_sid=SERVICE)
    assert {r.form["OptOutType"] for r in receiver.at("/inbound", 2)} == {"STOP", "START"}


def test_the_carrier_confirms_a_stop_once(twilio: Client, simulator: Simulator) -> None:
    simulator.reply(ANNA, "STOP", to=NUMBER)
    simulator.reply(ANNA, "STOP", to=NUMBER)
    own = [m for m in simulator.phone(ANNA)["messages"] if m["own"]]
    assert len(own) == 1
    assert own[0]["body"].startswith("You have successfully been unsubscribed.")
    assert len(twilio.messages.list(to=ANNA)) == 0
    assert simulator.accepted() == []


def test_a_toll_free_number_knows_stop_and_unstop_only(twilio: Client, simulator: Simulator) -> None:
    simulator.reply(ANNA, "QUIT", to=TOLL_FREE)
    assert send(twilio, from_=TOLL_FREE)
    simulator.reply(ANNA, "stop", to=TOLL_FREE)
    with pytest.raises(TwilioRestException, match="unsubscribed"):
        send(twilio, from_=TOLL_FREE)
    simulator.reply(ANNA, "YES", to=TOLL_FREE)
    with pytest.raises(TwilioRestException, match="unsubscribed"):
        send(twilio, from_=TOLL_FREE)
    simulator.reply(ANNA, "unstop", to=TOLL_FREE)
    assert send(twilio, from_=TOLL_FREE)


def test_a_picture_comes_as_media(simulator: Simulator, receiver: Receiver) -> None:
    sid = simulator.reply(ANNA, "", to=NUMBER, media=1)
    form = receiver.at("/inbound")[0].form
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["Body"], form["MediaContentType0"]) == ("1", "", "image/jpeg")
    assert f"/Accounts/{ACCOUNT}/Messages/{sid}/Media/ME" in form["MediaUrl0"]


def test_a_lost_reply_is_still_found_by_asking(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    simulator.faults(drop_inbound=1)
    sid = simulator.reply(ANNA, "STOP", to=NUMBER)
    simulator.settle()
    assert receiver.requests == []
    [found] = twilio.messages.list(to=NUMBER, from_=ANNA)
    assert (found.sid, found.direction, found.status, found.body) == (sid, "inbound", "received", "STOP")


def test_a_reply_to_nobody_says_so(simulator: Simulator) -> None:
    with pytest.raises(OSError, match="has got no text yet"):
        simulator.reply(ANNA, "hello")
    with pytest.raises(OSError, match="no number of this world"):
        simulator.reply(ANNA, "hello", to="+16175550999")
