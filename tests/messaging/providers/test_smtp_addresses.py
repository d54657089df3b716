"""A mail server's name is looked at in the moment of connecting: it may have moved since it was entered."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from messaging.providers.base import NotConnected, Outcome
from messaging.providers.smtp.provider import Smtp
from tenants.providers import outside
from tests.messaging.providers.messages import account, mail
from tests.messaging.providers.test_smtp import Talk

PUBLIC, OTHER = "192.0.43.8", "2001:500:88:200::8"
Resolver = Callable[..., None]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Resolver:
    """Outside the demo; each look-up of a name gives the next of the answers it is called with."""
    settings.DEMO = False

    def answers(*turns: list[str]) -> None:
        turn = iter(turns)
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, port, *_, **__: [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in next(turn)
            ],
        )

    return answers


def relay(port: int, **values: Any) -> Smtp:
    given = {"host": "mail.clinic.example", "port": port, "password": "p", "security": "starttls"} | values
    return Smtp(account("smtp", "relay", **given))


@pytest.mark.parametrize(
    "moved",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "100.64.0.1",
        "192.168.1.1",
    ],
)
def test_a_name_that_moved_into_our_network_is_not_connected_to(moved: str, resolver: Resolver) -> None:
    talk = Talk({})
    resolver([PUBLIC], [moved], [PUBLIC, moved])
    assert outside.reaches_out("mail.clinic.example"), "as it was entered"
    for _ in range(2):
        with pytest.raises(NotConnected, match="inside"):
            relay(talk.port).connect()
    assert talk.connections == 0


def test_a_mail_to_a_server_that_moved_waits(resolver: Resolver) -> None:
    resolver(["127.0.0.1"])
    (receipt,) = relay(25).send([mail()])
    assert (receipt.outcome, receipt.code) == (Outcome.NOT_SENT, "inside")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_connects_to_the_address_it_looked_at_and_asks_for_the_certificate_by_name(
    security: str, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk({"EHLO": "250-hi\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "STARTTLS": "220 go\r\n"})
    opened: list[tuple[str, int]] = []
    names: list[str] = []

    def open_here(address: tuple[str, int], timeout: float) -> socket.socket:
        opened.append(address)
        if address[0] == OTHER:
            raise OSError("this address is silent")
        made = socket.socket()
        made.settimeout(timeout)
        made.connect(("127.0.0.1", talk.port))
        return made

    def wrapped(_: ssl.SSLContext, sock: socket.socket, *, server_hostname: str) -> socket.socket:
        names.append(server_hostname)
        return sock

    monkeypatch.setattr(outside, "_opened", open_here)
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrapped)
    resolver([OTHER, PUBLIC])  # asked once: a second question would find no answer
    relay(465, security=security).connect()
    assert opened == [(OTHER, 465), (PUBLIC, 465)]
    assert names == ["mail.clinic.example"]
    assert any(line.startswith("AUTH") for line in talk.lines)
