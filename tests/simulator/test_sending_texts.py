"""Twilio's Messages resource, driven by the official SDK."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.conftest import Receiver, ToSimulator
from tests.simulator.world import ACCOUNT, ANNA, NUMBER, SERVICE, TOKEN
from tests.simulators import Simulator, eventually


def test_it_works(twilio: Client, simulator: Simulator) -> None:
    sent = twilio.messages.create(to=ANNA, messaging_service_sid=SERVICE, body="Time for your check-up.")
    assert (sent.status, sent.num_segments, sent.from_) == ("accepted", "0", None)
    assert sent.date_created is not None
    assert sent.date_created.tzinfo is not None
    assert sent.sid is not None
    found = eventually(lambda: (m := twilio.messages(str(sent.sid)).fetch()).status == "delivered" and m)
    assert (found.from_, found.num_segments, found.direction) == (NUMBER, "1", "outbound-api")
    [shown] = simulator.phone(ANNA)["messages"]
    assert (shown["body"], shown["with"]) == ("Time for your check-up.", NUMBER)


def test_a_text_from_a_number_starts_as_queued(twilio: Client) -> None:
    sent = twilio.messages.create(to=ANNA, from_=NUMBER, body="Hello")
    assert (sent.status, sent.num_segments, sent.messaging_service_sid) == ("queued", "1", None)


@pytest.mark.parametrize(
    "given, code",
    [
        ({"to": "+1202555", "from_": NUMBER, "body": "x"}, 21211),
        ({"to": "+12021550111", "from_": NUMBER, "body": "x"}, 21211),
        ({"to": "+447700900123", "from_": NUMBER, "body": "x"}, 21408),
        ({"to": ANNA, "from_": "+16175550199", "body": "x"}, 21606),
        ({"to": ANNA, "body": "x"}, 21603),
        ({"to": ANNA, "from_": NUMBER, "body": ""}, 21602),
        ({"to": ANNA, "from_": NUMBER, "body": "x" * 1601}, 21617),
        ({"to": NUMBER, "from_": NUMBER, "body": "x"}, 21266),
        ({"to": ANNA, "messaging_service_sid": "MG" + "9" * 32, "body": "x"}, 21701),
        ({"to": ANNA, "from_": NUMBER, "body": "x", "status_callback": "nowhere"}, 21609),
        ({"to": ANNA, "from_": NUMBER, "body": "x", "validity_period": 36001}, 90007),
    ],
)
def test_a_wrong_message_gets_twilios_code(
    twilio: Client, simulator: Simulator, given: dict[str, object], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(**given)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert simulator.accepted() == []


def test_wrong_credentials_are_refused_with_20003(simulator: Simulator) -> None:
    stranger = Client(ACCOUNT, "wrong", http_client=ToSimulator(simulator.base))
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=ANNA, from_=NUMBER, body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert "refused" in simulator.log(1)[0]["signature"]
    assert TOKEN not in str(simulator.log())


def test_the_list_filters_and_pages_without_gaps_or_doubles(twilio: Client) -> None:
    sids = [twilio.messages.create(to=ANNA, from_=NUMBER, body=f"{n}").sid for n in range(5)]
    twilio.messages.create(to="+12025550122", from_=NUMBER, body="somebody else")
    pages = list(twilio.messages.stream(to=ANNA, page_size=2))
    assert [m.sid for m in pages] == list(reversed(sids))
    first = twilio.messages.page(to=ANNA, page_size=2)
    assert [m.sid for m in first] == [sids[4], sids[3]]
    twilio.messages.create(to=ANNA, from_=NUMBER, body="came in between")
    after = first.next_page()
    assert after is not None
    assert [m.sid for m in after] == [sids[2], sids[1]]
    assert len(twilio.messages.list(from_=NUMBER)) == 7
    assert twilio.messages.list(from_="+16175550101") == []


def test_the_list_filters_by_date(twilio: Client) -> None:
    twilio.messages.create(to=ANNA, from_=NUMBER, body="now")
    now = datetime.now(UTC)
    assert len(twilio.messages.list(date_sent=now.date())) == 1
    assert len(twilio.messages.list(date_sent_after=now - timedelta(minutes=1))) == 1
    assert twilio.messages.list(date_sent_after=now + timedelta(minutes=1)) == []
    assert twilio.messages.list(date_sent_before=now - timedelta(minutes=1)) == []


def test_redaction_blanks_the_text_at_the_provider_only(twilio: Client, simulator: Simulator) -> None:
    sid = str(twilio.messages.create(to=ANNA, from_=NUMBER, body="private").sid)
    assert twilio.messages(sid).update(body="").body == ""
    assert twilio.messages(sid).fetch().body == ""
    assert simulator.phone(ANNA)["messages"][0]["body"] == "private"


def test_an_unknown_message_is_404(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_accepted_tells_the_attempt_of_the_callback(
    twilio: Client, simulator: Simulator, receiver: Receiver
) -> None:
    before = datetime.now(UTC).timestamp()
    sid = twilio.messages.create(
        to=ANNA, messaging_service_sid=SERVICE, body="x", status_callback=f"{receiver.base}/status?a=7f3c"
    ).sid
    [row] = simulator.accepted()
    assert (row["provider"], row["id"], row["to"], row["attempt"]) == ("twilio", sid, ANNA, "7f3c")
    assert before <= row["received"] <= row["at"]
    assert simulator.accepted(since=1) == []


def test_every_field_of_a_message_is_there(twilio: Client, simulator: Simulator) -> None:
    sid = twilio.messages.create(to=ANNA, from_=NUMBER, body="x").sid
    shown = requests.get(
        f"{simulator.base}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
        auth=(ACCOUNT, TOKEN),
        timeout=20,
    ).json()
    assert set(shown) == {
        "body", "num_segments", "direction", "from", "to", "date_updated", "price", "error_message", "uri",
        "account_sid", "num_media", "status", "messaging_service_sid", "sid", "date_sent", "date_created",
        "error_code", "price_unit", "api_version", "subresource_uris",
    }  # fmt: skip
