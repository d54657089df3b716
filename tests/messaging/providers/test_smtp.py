"""Mails through the client's own server: refused, not sent, accepted, or honestly unknown."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest

from messaging.providers.base import NotConnected, Outcome
from messaging.providers.smtp import provider as smtp_module
from messaging.providers.smtp.provider import Smtp
from messaging.providers.smtp.verp import attempt_of, return_path
from tests.messaging.providers.messages import account, mail
from tests.simulators import Simulator, running_simulator

WORLD = {
    "smtp": [{"username": "relay", "password": "secret"}],
    "mailboxes": {"gone@example.org": "reject"},
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(WORLD) as running:
        yield running


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    settings.DEMO = True  # the servers of these tests are on this machine


@pytest.fixture
def smtp(simulator: Simulator) -> Smtp:
    simulator.reset()
    simulator.faults()
    return server_at(simulator.smtp_port)


def server_at(port: int, **values: Any) -> Smtp:
    given = {"host": "127.0.0.1", "port": port, "password": "secret", "security": "none"} | values
    return Smtp(account("smtp", "relay", **given))


class Talk:
    """A mail server that says its lines in turn: (what must have come, what is answered, or None to hang up)."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        usual: dict[str, str | None] = {"": "220 hi\r\n", "EHLO": "250-hi\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH": "235 ok\r\n",
                 "MAIL": "250 ok\r\n",
                        "RCPT": "250 ok\r\n", "DATA": "354 go\r\n", ".": "250 taken\r\n", "RSET": "250 ok\r\n", "NOOP": "250 ok\r\n",
                        "QUIT": "221 bye\r\n"}  # fmt: skip
        self.answers = usual | answers
        self.lines: list[str] = []
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as lines:
            peer.sendall((self.answers[""] or "").encode())
            in_data = False
            for raw in lines:
                said = raw.decode().rstrip("\r\n")
                verb = "." if in_data and said == "." else "" if in_data else said.split(" ")[0].upper()
                if in_data and verb != ".":
                    continue
                self.lines.append(said)
                in_data = verb == "DATA" and str(self.answers["DATA"]).startswith("354")
                answered = self.answers[verb]
                if answered is None:
                    return
                peer.sendall(answered.encode())


def test_an_accepted_mail_carries_its_attempt_and_a_way_out(smtp: Smtp, simulator: Simulator) -> None:
    message = mail(subject="Café, María?", text="Hola María\n.dot\n", sender_name="Bright, Smiles")
    (receipt,) = smtp.send([message])
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.provider_id == f"<{message.attempt_id}@bright.example>"
    seen = simulator.mail("jane@example.org")
    assert seen["subject"] == "Café, María?"
    assert "Hola María" in seen["text"]
    assert ".dot" in seen["text"]
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert headers["list-unsubscribe"] == f"<{message.unsubscribe_url}>"
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert headers["message-id"] == receipt.provider_id
    assert headers["from"] == '"Bright, Smiles" <hello@bright.example>'


def test_the_return_path_names_the_attempt_and_cannot_be_forged() -> None:
    message = mail()
    path = return_path(message.attempt_id, "bounce.bright.example")
    assert attempt_of(path) == message.attempt_id
    assert len(path.partition("@")[0]) <= 64
    assert attempt_of(f"b-{message.attempt_id.hex}-{'0' * 20}@bounce.bright.example") is None
    assert attempt_of("jane@example.org") is None


def test_the_envelope_returns_to_the_return_domain() -> None:
    talk = Talk({})
    message = mail()
    server_at(talk.port, return_domain="bounce.bright.example").send([message])
    assert any(
        line.startswith(f"mail FROM:<{return_path(message.attempt_id, 'bounce.bright.example')}>")
        for line in talk.lines
    )


@pytest.mark.parametrize(
    "answers, outcome, code",
    [
        ({"RCPT": "550 no such user\r\n"}, Outcome.REFUSED, "rcpt_550"),
        ({"RCPT": "450 busy\r\n"}, Outcome.NOT_SENT, "rcpt_450"),
        ({"MAIL": "421 later\r\n"}, Outcome.NOT_SENT, "mail_421"),
        ({"DATA": "451 no\r\n"}, Outcome.NOT_SENT, "data_451"),
        ({"DATA": "554 no\r\n"}, Outcome.REFUSED, "data_554"),
        ({"MAIL": None}, Outcome.NOT_SENT, "broken_before_data"),
        ({"DATA": None}, Outcome.NOT_SENT, "broken_before_data"),
        ({".": "554 spam\r\n"}, Outcome.REFUSED, "end_554"),
        ({".": "451 maybe\r\n"}, Outcome.UNKNOWN, "end_451"),
        ({".": None}, Outcome.UNKNOWN, "broken"),
        ({".": "hello?\r\n"}, Outcome.UNKNOWN, "end_-1"),
    ],
)
def test_only_what_is_certain_is_said(answers: dict[str, str | None], outcome: Outcome, code: str) -> None:
    (receipt,) = server_at(Talk(answers).port).send([mail()])
    assert (receipt.outcome, receipt.code) == (outcome, code)


def test_a_server_that_falls_silent_after_the_words_leaves_us_not_knowing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_module, "ANSWER", 0.3)
    (receipt,) = server_at(Talk({".": ""}).port).send([mail()])
    assert receipt.outcome is Outcome.UNKNOWN


def test_a_sender_the_server_does_not_take_pauses() -> None:
    (receipt,) = server_at(Talk({"MAIL": "550 not yours\r\n"}).port).send([mail()])
    assert (receipt.outcome, receipt.pause_sender) == (Outcome.NOT_SENT, True)


def test_wrong_credentials_are_told_before_anything_is_claimed(simulator: Simulator) -> None:
    wrong = server_at(simulator.smtp_port, password="wrong")
    with pytest.raises(NotConnected, match="auth_535"):
        wrong.connect()
    (receipt,) = wrong.send([mail()])
    assert (receipt.outcome, receipt.pause_sender) == (Outcome.NOT_SENT, True)


def test_a_mailbox_that_is_gone_is_refused(smtp: Smtp) -> None:
    (receipt,) = smtp.send([mail(to="gone@example.org")])
    assert receipt.outcome is Outcome.REFUSED


def test_the_connection_is_kept(simulator: Simulator) -> None:
    talk = Talk({})
    provider = server_at(talk.port)
    provider.connect()
    assert [provider.send([mail()])[0].outcome for _ in range(3)] == [Outcome.ACCEPTED] * 3
    assert talk.connections == 1


def test_a_kept_connection_that_died_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_module, "FRESH", 0.0)
    talk = Talk({"NOOP": None})
    provider = server_at(talk.port)
    assert [provider.send([mail()])[0].outcome for _ in range(2)] == [Outcome.ACCEPTED] * 2
    assert talk.connections == 2


def test_nothing_leaves_after_its_moment() -> None:
    talk = Talk({})
    (receipt,) = server_at(talk.port).send([mail()], begin_by=time.monotonic() - 0.001)
    assert (receipt.outcome, receipt.code) == (Outcome.NOT_SENT, "late")
    assert not any(line.upper().startswith("DATA") for line in talk.lines)


def test_no_word_leaves_when_the_server_is_slow_to_ask_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk({})
    provider = server_at(talk.port)
    provider.connect()
    docmd = smtplib.SMTP.docmd

    def slow(self: smtplib.SMTP, cmd: str, args: str = "") -> Any:
        answer = docmd(self, cmd, args)
        time.sleep(0.2)
        return answer

    monkeypatch.setattr(smtplib.SMTP, "docmd", slow)
    (receipt,) = provider.send([mail()], begin_by=time.monotonic() + 0.2)
    assert (receipt.outcome, receipt.code) == (Outcome.NOT_SENT, "late")
    assert "." not in talk.lines


def test_a_password_is_never_sent_in_the_clear_beyond_this_machine() -> None:
    with pytest.raises(NotConnected, match="tls_required"):
        Smtp(
            account("smtp", "relay", host="mail.example.org", port=25, password="p", security="none")
        ).connect()
    talk = Talk({})
    with pytest.raises(NotConnected, match="not_supported"):
        server_at(talk.port, security="starttls").connect()
    assert not any(line.upper().startswith("AUTH") for line in talk.lines)


@pytest.mark.parametrize(
    "values", [{"subject": "Hi\r\nBcc: all@example.org"}, {"sender_name": "a\nb"}, {"to": "a@b\r\nBcc: c@d"}]
)
def test_a_line_break_in_a_header_is_refused_not_sent(values: dict[str, str]) -> None:
    talk = Talk({})
    (receipt,) = server_at(talk.port).send([mail(**values)])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "not_writable")
    assert talk.lines == []


def test_the_mail_is_seven_bits_and_reads_the_same() -> None:
    message = mail(text="Olá, é só isto. " + "x" * 2000, html="<p>Olá</p>")
    written = smtp_module._written(message)
    assert written.isascii()
    assert max(len(each) for each in written.split(b"\r\n")) <= 998
    read = message_from_bytes(written.removesuffix(b".\r\n"), policy=policy.default)
    part = read.get_body(("plain",))
    assert part is not None
    assert part.get_content().strip() == message.text
