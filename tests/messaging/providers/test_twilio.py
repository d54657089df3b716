"""Texts: the SDK's own bytes, and only what is certain is said."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from messaging.providers.base import NOT_FOUND, SEVERAL, Asked, Found, NotConnected, Outcome, Receipt
from messaging.providers.twilio.provider import Twilio
from tests.messaging.providers.line import Act, answer, garbage, head_and_body, line, reset, truncated
from tests.messaging.providers.messages import ACCOUNT, SID, account, text

TAKEN = json.dumps({"sid": SID, "account_sid": ACCOUNT, "status": "queued"})
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture
def twilio(settings: Any) -> Iterator[Any]:
    """A Twilio whose server does the given acts; its `.server` has the requests."""
    opened = []

    def made(*acts: Act) -> Twilio:
        context = line(*acts)
        server = context.__enter__()
        opened.append(context)
        settings.TWILIO_BASE_URL = server.base
        provider = Twilio(account("twilio", ACCOUNT, auth_token="secret", hook="hook-token"))
        provider.server = server  # type: ignore[attr-defined]
        return provider

    yield made
    for context in opened:
        context.__exit__(None, None, None)


def sent(provider: Any, **values: Any) -> Receipt:
    receipt: Receipt
    (receipt,) = provider.send([text(**values)])
    return receipt


def refused(status: int, code: int | None = None) -> Act:
    return answer(status, json.dumps({"message": "No", "status": status} | ({"code": code} if code else {})))


def test_an_accepted_text_has_twilios_id(twilio: Any) -> None:
    provider = twilio(answer(201, TAKEN))
    message = text(valid_for=900, messaging_service="MG" + "3" * 32)
    assert provider.send([message]) == [Receipt(message.attempt_id, Outcome.ACCEPTED, SID)]
    first, headers, body = head_and_body(provider.server.requests[0])
    assert first == f"POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1"
    assert dict(parse_qsl(body.decode())) == {
        "To": message.to,
        "Body": message.text,
        "StatusCallback": f"http://testserver/hooks/twilio/hook-token/status?a={message.attempt_id}#rc=5&rp=all",
        "ValidityPeriod": "900",
        "MessagingServiceSid": "MG" + "3" * 32,
    }


def test_without_a_messaging_service_the_number_itself_sends(twilio: Any) -> None:
    provider = twilio(answer(201, TAKEN))
    sent(provider)
    form = parse_qs(provider.server.requests[0].partition(b"\r\n\r\n")[2].decode())
    assert form["From"] == ["+15742310600"]
    assert "MessagingServiceSid" not in form


def test_the_bytes_are_those_the_sdk_itself_would_send(twilio: Any) -> None:
    provider = twilio(answer(201, TAKEN))
    message = text()
    provider.send([message])

    class Plain(TwilioHttpClient):  # type: ignore[misc]
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, provider.server.base + "/" + url.split("/", 3)[3], *args, **kwargs)

    transport = Plain(timeout=5)
    transport.session.trust_env = False
    Client(ACCOUNT, "secret", http_client=transport).messages.create(
        to=message.to, body=message.text, from_=message.sender_address, validity_period=3600,
        status_callback=f"http://testserver/hooks/twilio/hook-token/status?a={message.attempt_id}#rc=5&rp=all",
    )  # fmt: skip
    ours, theirs = (head_and_body(each) for each in provider.server.requests)
    assert ours == theirs
    provider.send([message])  # its headers are kept from the first
    provider.send([replace(message, text="Grüße & more = 100 % ☎")])
    assert head_and_body(provider.server.requests[2]) == ours
    body = provider.server.requests[3].partition(b"\r\n\r\n")[2]
    assert dict(parse_qsl(body.decode()))["Body"] == "Grüße & more = 100 % ☎"


@pytest.mark.parametrize(
    "act, outcome, code",
    [
        (refused(400, 21211), Outcome.REFUSED, "21211"),
        (refused(400, 99999), Outcome.REFUSED, "99999"),
        (refused(401, 20003), Outcome.NOT_SENT, "20003"),
        (refused(400, 30034), Outcome.NOT_SENT, "30034"),
        (refused(400, 21611), Outcome.NOT_SENT, "21611"),
        (refused(401), Outcome.NOT_SENT, "http_401"),
        (refused(404), Outcome.UNKNOWN, "http_404"),
        (answer(400, "<html>a proxy"), Outcome.UNKNOWN, "http_400"),
        (refused(500, 20500), Outcome.UNKNOWN, "http_500"),
        (answer(502, "bad gateway"), Outcome.UNKNOWN, "http_502"),
        (answer(307, "", Location="/x"), Outcome.UNKNOWN, "http_307"),
        (answer(201, ""), Outcome.UNKNOWN, "not_an_answer"),
        (answer(201, '{"sid": "SM'), Outcome.UNKNOWN, "not_an_answer"),
        (answer(201, "{}"), Outcome.UNKNOWN, "not_an_answer"),
        (
            answer(200, json.dumps({"sid": SID, "account_sid": "AC" + "9" * 32})),
            Outcome.UNKNOWN,
            "not_an_answer",
        ),
        (truncated(201, TAKEN), Outcome.UNKNOWN, "broken"),
        (reset, Outcome.UNKNOWN, "broken"),
        (garbage, Outcome.UNKNOWN, "broken"),
    ],
)
def test_only_what_is_certain_is_said(twilio: Any, act: Act, outcome: Outcome, code: str) -> None:
    receipt = sent(twilio(act))
    assert (receipt.outcome, receipt.code, receipt.provider_id) == (outcome, code, "")


def test_an_opt_out_we_missed_is_told(twilio: Any) -> None:
    receipt = sent(twilio(refused(400, 21610)))
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.opted_out


@pytest.mark.parametrize("code", [20003, 21606, 30034, 30990])
def test_what_would_fail_every_further_message_pauses_the_sender(twilio: Any, code: int) -> None:
    assert sent(twilio(refused(400, code))).pause_sender


def test_too_many_requests_names_the_pause(twilio: Any) -> None:
    receipt = sent(twilio(answer(429, '{"code": 20429}', Retry_After="7")))
    assert (receipt.outcome, receipt.retry_after) == (Outcome.NOT_SENT, 7.0)


def test_nothing_leaves_after_its_moment(twilio: Any) -> None:
    provider = twilio(answer(201, TAKEN))
    (receipt,) = provider.send([text()], begin_by=time.monotonic() - 0.001)
    assert (receipt.outcome, receipt.code) == (Outcome.NOT_SENT, "late")
    assert provider.server.requests == []


def test_a_dead_provider_sent_nothing(settings: Any) -> None:
    settings.TWILIO_BASE_URL = "http://127.0.0.1:1"
    provider = Twilio(account("twilio", ACCOUNT, auth_token="secret", hook="h"))
    assert sent(provider).outcome is Outcome.NOT_SENT
    with pytest.raises(NotConnected):
        provider.connect()
    with pytest.raises(NotConnected):
        provider.find(asked())


def asked(**values: Any) -> Asked:
    message = text()
    given: dict[str, Any] = {
        "attempt_id": message.attempt_id, "to": message.to, "sender_address": message.sender_address, "text": message.text,
        "claimed_at": NOW, "deadline": NOW + timedelta(seconds=15),
    } | values  # fmt: skip
    return Asked(**given)


def listed(*rows: dict[str, Any]) -> Act:
    full = [
        {
            "sid": "SM" + f"{number:032d}", "to": "+15742310001", "from": "+15742310600", "body": text().text,
            "date_created": format_datetime(NOW + timedelta(seconds=3)), "status": "delivered", "messaging_service_sid": None,
        } | row
        for number, row in enumerate(rows)
    ]  # fmt: skip
    return answer(200, json.dumps({"messages": full, "next_page_uri": None, "page": 0}))


def test_an_unknown_is_found_by_number_sender_words_and_time(twilio: Any) -> None:
    provider = twilio(
        listed(
            {"body": "other words"},
            {"from": "+15550000000"},
            {"to": "+15742310009"},
            {"date_created": format_datetime(NOW - timedelta(seconds=61))},
            {"date_created": format_datetime(NOW + timedelta(seconds=136))},
            {},
        )
    )
    assert provider.find(asked()) == Found("SM" + f"{5:032d}", "delivered")
    first, _, _ = head_and_body(provider.server.requests[0])
    assert "To=%2B15742310001" in first
    assert "PageSize=1000" in first


def test_one_that_belongs_to_another_attempt_is_not_found_again(twilio: Any) -> None:
    assert twilio(listed({})).find(asked(bound=frozenset({"SM" + "0" * 32}))) is NOT_FOUND


def test_two_that_fit_are_for_a_person(twilio: Any) -> None:
    assert twilio(listed({}, {})).find(asked()) is SEVERAL


def test_a_text_through_a_messaging_service_is_found_by_it(twilio: Any) -> None:
    service = "MG" + "3" * 32
    provider = twilio(listed({"from": "+19990000000", "messaging_service_sid": service}))
    assert isinstance(provider.find(asked(messaging_service=service)), Found)


@pytest.mark.parametrize(
    "act",
    [answer(500, ""), answer(429, ""), answer(200, "[]"), reset],
    ids=["500", "429", "no list", "reset"],
)
def test_a_question_that_failed_is_asked_again_later(twilio: Any, act: Act) -> None:
    with pytest.raises(NotConnected):
        twilio(act).find(asked())
