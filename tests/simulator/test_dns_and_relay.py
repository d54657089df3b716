"""DNS by dnspython, mail by smtplib, bounces as delivery status notifications."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import cast

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest

from tests.simulator.conftest import Receiver
from tests.simulator.world import DOMAIN, SMTP_PASSWORD, SMTP_SECRET, SMTP_USER
from tests.simulators import Simulator


@pytest.fixture
def resolver(simulator: Simulator) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = ["127.0.0.1"]
    made.port = simulator.dns_port
    made.lifetime = 20
    return made


def test_records_of_the_world_are_answered(resolver: dns.resolver.Resolver) -> None:
    [spf] = resolver.resolve(DOMAIN, "TXT")
    assert b"".join(spf.strings) == b"v=spf1 include:sendgrid.net -all"
    [mx] = resolver.resolve(DOMAIN.upper(), "MX")
    assert (mx.preference, str(mx.exchange)) == (10, "mx.example.org.")
    [address] = resolver.resolve("mx.example.org", "A")
    assert str(address) == "192.0.2.10"


def test_a_long_key_behind_an_alias_comes_in_strings_of_255(resolver: dns.resolver.Resolver) -> None:
    [key] = resolver.resolve(f"s1._domainkey.{DOMAIN}", "TXT")
    assert [len(part) for part in key.strings] == [255, 255, 99]
    assert b"".join(key.strings) == b"k=rsa; p=" + b"A" * 600


@pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp])
def test_both_transports_answer(simulator: Simulator, ask: object) -> None:
    query = dns.message.make_query(f"s1._domainkey.{DOMAIN}", "TXT", use_edns=False)
    answer = ask(query, "127.0.0.1", port=simulator.dns_port, timeout=20)  # type: ignore[operator]
    truncated = bool(answer.flags & dns.flags.TC)
    assert truncated == (ask is dns.query.udp)


def test_missing_names_missing_types_and_failures_differ(resolver: dns.resolver.Resolver) -> None:
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("nowhere.example.net", "TXT")
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve("mx.example.org", "TXT")
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve(f"_domainkey.{DOMAIN}", "TXT")
    with pytest.raises(dns.resolver.NoNameservers):
        resolver.resolve("broken.example.org", "TXT")


def letter(to: str = "anna@example.com") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Bright Smile <hello@bright.example>"
    mail["To"] = to
    mail["Subject"] = "Grüße, time for your visit"
    mail["Message-ID"] = "<attempt-77@bright.example>"
    mail.set_content("Please sign: http://127.0.0.1:8000/approve/abc")
    return mail


def relay(simulator: Simulator, mail: EmailMessage, signed_in: bool = True) -> None:
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=20) as server:
        if signed_in:
            server.login(SMTP_USER, SMTP_PASSWORD)
        server.send_message(mail, from_addr="bounce+77@bright.example")


def test_a_mail_shows_in_the_mailbox(simulator: Simulator) -> None:
    relay(simulator, letter())
    mail = simulator.mail("anna@example.com")
    assert (mail["provider"], mail["subject"]) == ("smtp", "Grüße, time for your visit")
    assert mail["links"] == ["http://127.0.0.1:8000/approve/abc"]
    assert mail["return_path"] == "bounce+77@bright.example"
    [row] = simulator.accepted()
    assert (row["provider"], row["attempt"], row["account"]) == ("smtp", "attempt-77", SMTP_USER)


def test_the_products_own_mails_need_no_account(simulator: Simulator) -> None:
    relay(simulator, letter(), signed_in=False)
    assert simulator.mail("anna@example.com")["provider"] == "product"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_wrong_password_is_refused(simulator: Simulator, mechanism: str) -> None:
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=20) as server:
        server.ehlo()
        assert mechanism in server.esmtp_features["auth"]
        server.user, server.password = SMTP_USER, "wrong"
        with pytest.raises(smtplib.SMTPAuthenticationError):
            server.auth(mechanism, getattr(server, f"auth_{mechanism.lower()}"))
        server.password = SMTP_PASSWORD
        code, _ = server.auth(mechanism, getattr(server, f"auth_{mechanism.lower()}"))
        assert code == 235


@pytest.mark.parametrize("act, status", [("bounce", "5.1.1"), ("block", "5.7.1")])
def test_a_bounce_comes_as_a_signed_delivery_status_notification(
    simulator: Simulator, receiver: Receiver, act: str, status: str
) -> None:
    relay(simulator, letter())
    simulator.act("anna@example.com", act)
    [request] = receiver.at("/bounces")
    expected = hmac.new(SMTP_SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Signature"] == f"sha256={expected}"
    assert request.headers["Content-Type"] == "message/rfc822"
    report = message_from_bytes(request.body, policy=policy.default)
    assert report.get_content_type() == "multipart/report"
    assert report["To"] == "bounce+77@bright.example"
    _, delivery, original = report.iter_parts()
    whole, recipient = cast(list[Message], delivery.get_payload())
    assert recipient["Final-Recipient"] == "rfc822; anna@example.com"
    assert (recipient["Action"], recipient["Status"]) == ("failed", status)
    assert whole["Reporting-MTA"].startswith("dns;")
    assert "Message-ID: <attempt-77@bright.example>" in original.get_content()


def test_a_complaint_comes_as_a_feedback_report(simulator: Simulator, receiver: Receiver) -> None:
    relay(simulator, letter())
    simulator.act("anna@example.com", "spam")
    report = message_from_bytes(receiver.at("/bounces")[0].body, policy=policy.default)
    assert report["To"] == "bounce+77@bright.example"
    parts = {part.get_content_type(): part for part in report.walk()}
    assert "Feedback-Type: abuse" in parts["message/feedback-report"].as_string()
    assert "<attempt-77@bright.example>" in parts["text/rfc822-headers"].as_string()


def test_a_person_can_answer_a_mail(simulator: Simulator, receiver: Receiver) -> None:
    relay(simulator, letter())
    simulator.answer("anna@example.com", "Please take me off the list, señora")
    answer = message_from_bytes(receiver.at("/bounces")[0].body, policy=policy.default)
    assert (answer["From"], answer["To"]) == ("anna@example.com", "hello@bright.example")
    assert answer["Subject"] == "Re: Grüße, time for your visit"
    assert answer["In-Reply-To"] == "<attempt-77@bright.example>"
    assert answer.get_content().strip() == "Please take me off the list, señora"


def test_nobody_is_told_of_a_mail_of_the_products_own(simulator: Simulator, receiver: Receiver) -> None:
    relay(simulator, letter(), signed_in=False)
    for act in ("spam", "bounce", "block"):
        with pytest.raises(OSError, match="sent without an account"):
            simulator.act("anna@example.com", act)
    assert receiver.requests == []


def test_a_mailbox_can_bounce_by_itself(simulator: Simulator, receiver: Receiver) -> None:
    relay(simulator, letter("gone@example.com"))
    assert receiver.at("/bounces")
    assert simulator.mailbox("gone@example.com")[0]["status"] == "bounced"


@pytest.mark.parametrize(
    "fault, error, accepted",
    [
        ("dropped", smtplib.SMTPServerDisconnected, 0),
        ("lost_reply", smtplib.SMTPServerDisconnected, 1),
        ("status_500", smtplib.SMTPDataError, 0),
    ],
)
def test_the_relay_fails_on_request(
    simulator: Simulator, fault: str, error: type[Exception], accepted: int
) -> None:
    simulator.faults(provider="smtp", **{fault: 1})
    with pytest.raises(error):
        relay(simulator, letter())
    assert len(simulator.accepted()) == accepted
