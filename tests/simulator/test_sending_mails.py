"""SendGrid's mail/send, events and suppressions, driven by the official SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from python_http_client.exceptions import BadRequestsError, ForbiddenError, HTTPError, UnauthorizedError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import (
    CustomArg,
    Header,
    Mail,
    MailSettings,
    Personalization,
    SandBoxMode,
    Substitution,
    To,
)

from tests.simulator.conftest import Received, Receiver
from tests.simulator.world import API_KEY, DOMAIN, world
from tests.simulators import Simulator, eventually


def letter(*addresses: str, unsubscribe: str = "") -> Mail:
    mail = Mail(
        from_email=(f"hello@{DOMAIN}", "Bright Smile"),
        subject="Hello -name-",
        plain_text_content="Dear -name-, see https://go.example.org/book.",
        html_content="<p>Dear -name-, <a href='https://go.example.org/book?a=1&amp;b=2'>book</a></p>",
    )
    for address in addresses:
        person = Personalization()
        person.add_to(To(address))
        person.add_substitution(Substitution("-name-", address.partition("@")[0]))
        person.add_custom_arg(CustomArg("attempt", f"attempt-of-{address}"))
        if unsubscribe:
            person.add_header(Header("List-Unsubscribe", f"<{unsubscribe}{address}>, <mailto:u@{DOMAIN}>"))
            person.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        mail.add_personalization(person)
    return mail


def events(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    def all_of_them() -> list[dict[str, Any]]:
        found = [event for r in receiver.requests if r.path == "/events" for event in json.loads(r.body)]
        return found if len(found) >= count else []

    return eventually(all_of_them)  # type: ignore[no-any-return]


def test_it_works(sendgrid: SendGridAPIClient, simulator: Simulator) -> None:
    answer = sendgrid.send(letter("anna@example.com", "Ben@Example.com"))
    assert answer.status_code == 202
    message_id = answer.headers["X-Message-Id"]
    rows = simulator.accepted()
    assert {r["to"]: r["attempt"] for r in rows} == {
        "anna@example.com": "attempt-of-anna@example.com",
        "ben@example.com": "attempt-of-Ben@Example.com",
    }
    assert all(row["id"].startswith(message_id) for row in rows)
    mail = simulator.mail("anna@example.com")
    assert mail["subject"] == "Hello anna"
    assert mail["text"] == "Dear anna, see https://go.example.org/book."
    assert mail["links"] == ["https://go.example.org/book?a=1&b=2", "https://go.example.org/book"]
    assert mail["headers"]["From"] == f"Bright Smile <hello@{DOMAIN}>"


def test_events_are_signed_and_carry_the_custom_arguments(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    message_id = sendgrid.send(letter("anna@example.com")).headers["X-Message-Id"]
    # Each goes by a request of its own, so either may come first.
    delivered, processed = sorted(events(receiver, 2), key=lambda event: str(event["event"]))
    assert (processed["event"], delivered["event"]) == ("processed", "delivered")
    for event in (processed, delivered):
        assert event["sg_message_id"].startswith(message_id)
        assert event["attempt"] == "attempt-of-anna@example.com"
        assert event["email"] == "anna@example.com"
        assert {"timestamp", "smtp-id", "sg_event_id"} <= set(event)
    assert processed["sg_event_id"] != delivered["sg_event_id"]
    key = sendgrid.client.user.webhooks.event.settings.signed.get()
    for request in receiver.at("/events"):
        assert request.body.endswith(b"]\r\n")
        assert is_signed(request, json.loads(key.body)["public_key"])
        assert not is_signed(request._replace(body=request.body.rstrip()), json.loads(key.body)["public_key"])


def is_signed(request: Received, public_key: str) -> bool:
    signature = request.headers["X-Twilio-Email-Event-Webhook-Signature"]
    timestamp = request.headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    return bool(EventWebhook(public_key).verify_signature(request.body.decode(), signature, timestamp))


def test_a_thousand_people_in_one_request(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    people = [f"person{n}@example.com" for n in range(1000)]
    assert sendgrid.send(letter(*people)).status_code == 202
    assert len(simulator.accepted()) == 1000
    told = events(receiver, 2000)
    assert len({event["sg_event_id"] for event in told}) == 2000
    assert max(len(json.loads(r.body)) for r in receiver.requests) > 100
    assert simulator.mail("person999@example.com")["subject"] == "Hello person999"


def _broken(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = letter("anna@example.com").get()
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "body, field",
    [
        (_broken(personalizations=None), "personalizations"),
        (_broken(personalizations=[]), "personalizations"),
        (_broken(personalizations=[{"to": [{"email": "a@b.co"}]}] * 1001), "personalizations"),
        (_broken(personalizations=[{}]), "personalizations.0.to"),
        (_broken(personalizations=[{"to": [{"email": "nobody"}]}]), "personalizations.0.to.0.email"),
        (_broken(**{"from": None}), "from.email"),
        (_broken(subject=None), "subject"),
        (_broken(content=None), "content"),
        (_broken(content=[{"type": "text/plain", "value": ""}]), "content.0.value"),
        (_broken(headers={"Subject": "no"}), "headers"),
        (
            _broken(personalizations=[{"to": [{"email": "a@b.co"}], "custom_args": {"x": "y" * 10_000}}]),
            "personalizations.0.custom_args",
        ),
    ],
)
def test_a_wrong_mail_is_refused_with_the_field(
    sendgrid: SendGridAPIClient, simulator: Simulator, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequestsError) as refused:
        sendgrid.client.mail.send.post(request_body=body)
    [error] = refused.value.to_dict["errors"]
    assert error["field"] == field
    assert error["message"]
    assert simulator.accepted() == []


def test_a_wrong_key_and_a_foreign_sender_are_refused(
    sendgrid: SendGridAPIClient, simulator: Simulator
) -> None:
    with pytest.raises(UnauthorizedError):
        SendGridAPIClient("SG.wrong", host=simulator.base).send(letter("anna@example.com"))
    with pytest.raises(ForbiddenError):
        sendgrid.client.mail.send.post(request_body=_broken(**{"from": {"email": "x@elsewhere.org"}}))


def test_the_sandbox_checks_and_sends_nothing(sendgrid: SendGridAPIClient, simulator: Simulator) -> None:
    mail = letter("anna@example.com")
    mail.mail_settings = MailSettings(sandbox_mode=SandBoxMode(True))
    assert sendgrid.send(mail).status_code == 200
    assert simulator.accepted() == []


def test_a_bounce_suppresses_and_the_next_mail_is_dropped(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    sendgrid.send(letter("gone@example.com", "strict@example.com"))
    told = {(e["email"], e["event"]): e for e in events(receiver, 4)}
    hard = told[("gone@example.com", "bounce")]
    assert (hard["type"], hard["status"], hard["bounce_classification"]) == (
        "bounce",
        "5.1.1",
        "Invalid Address",
    )
    assert told[("strict@example.com", "bounce")]["type"] == "blocked"
    [row] = json.loads(sendgrid.client.suppression.bounces.get().body)
    assert row["email"] == "gone@example.com"
    receiver.requests.clear()
    sendgrid.send(letter("gone@example.com"))
    [dropped] = events(receiver, 1)
    assert (dropped["event"], dropped["reason"]) == ("dropped", "Bounced Address")


def test_what_people_do_is_told(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    sendgrid.send(letter("anna@example.com"))
    events(receiver, 2)
    for number, act in enumerate(("spam", "provider-unsubscribe", "block", "bounce"), start=3):
        simulator.act("anna@example.com", act)
        events(receiver, number)
    assert [e["event"] for e in events(receiver, 6)[2:]] == ["spamreport", "unsubscribe", "bounce", "bounce"]
    assert simulator.mailbox("anna@example.com")[0]["status"] == "bounced"


def test_one_click_posts_what_a_mail_client_posts(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    sendgrid.send(letter("anna@example.com", unsubscribe=f"{receiver.base}/u/"))
    assert simulator.act("anna@example.com", "unsubscribe") == {"status": 200}
    [request] = receiver.at("/u/")
    assert (request.path, request.body) == ("/u/anna@example.com", b"List-Unsubscribe=One-Click")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Cookie" not in request.headers
    receiver.answers["/u/"] = [302]
    assert simulator.act("anna@example.com", "unsubscribe") == {"status": 302}


def test_without_the_header_there_is_no_one_click(sendgrid: SendGridAPIClient, simulator: Simulator) -> None:
    sendgrid.send(letter("anna@example.com"))
    with pytest.raises(OSError, match="no web address in a List-Unsubscribe"):
        simulator.act("anna@example.com", "unsubscribe")


def test_the_account_shows_its_webhook_domains_and_suppressions(
    sendgrid: SendGridAPIClient, simulator: Simulator, receiver: Receiver
) -> None:
    client = sendgrid.client
    [webhook] = json.loads(client.user.webhooks.event.settings.all.get().body)["webhooks"]
    assert (webhook["url"], webhook["bounce"]) == (f"{receiver.base}/events", True)
    signed = client.user.webhooks.event.settings.signed._(webhook["id"])
    assert json.loads(signed.patch(request_body={"enabled": False}).body)["public_key"] == ""
    assert (
        json.loads(signed.patch(request_body={"enabled": True}).body)["public_key"] == webhook["public_key"]
    )
    [domain] = json.loads(client.whitelabel.domains.get().body)
    assert (domain["domain"], domain["valid"], domain["dns"]["dkim1"]["valid"]) == (DOMAIN, True, True)
    checked = json.loads(client.whitelabel.domains._("45").validate.post().body)
    assert checked["valid"]
    assert checked["validation_results"]["dkim1"] == {"valid": True, "reason": None}
    added = client.asm.suppressions._("global").post(request_body={"recipient_emails": ["Anna@example.com"]})
    assert added.status_code == 201
    found = client.asm.suppressions._("global")._("anna@example.com").get()
    assert json.loads(found.body) == {"recipient_email": "anna@example.com"}
    with pytest.raises(HTTPError) as missing:
        client.whitelabel.domains._("46").get()
    assert missing.value.status_code == 404


def test_a_generated_key_stays_when_the_world_is_put_again(simulator: Simulator, receiver: Receiver) -> None:
    first = simulator.world(world(receiver.base))
    assert simulator.world(world(receiver.base)) == first
    assert set(first) == {API_KEY}
