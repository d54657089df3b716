"""Mails through the client's own mail server: for covered clients, whose mail SendGrid must not carry."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate
from typing import ClassVar

from messaging.providers.base import (
    LATE,
    Answer,
    Asked,
    Found,
    Listed,
    NotConnected,
    NotOffered,
    Outcome,
    Outgoing,
    Receipt,
)
from messaging.providers.hooks import Answered, Shunned
from messaging.providers.smtp.verp import return_path
from messaging.providers.wall import walled
from tenants.models import Channel, ProviderAccount
from tenants.models import Provider as Name
from tenants.providers import mail_server, outside

KEPT = 64  # connections
FRESH = 5.0  # seconds idle after which a kept connection is asked (NOOP) before it is used
CONNECT, ANSWER, WALL = 3.0, 10.0, 12.0  # seconds


class Smtp:
    """One account at a mail server. A connection is kept after each mail and used by one thread at a time."""

    name: ClassVar[str] = Name.SMTP.value
    channel: ClassVar[str] = Channel.EMAIL.value
    most_at_once: ClassVar[int] = 1

    def __init__(self, account: ProviderAccount) -> None:
        given = account.credentials()
        self._user, self._password = given["account_id"], given.get("password", "")
        self._host, self._port = given["host"], int(given.get("port") or 587)
        self._security = given.get("security") or "starttls"
        self._return_domain = given.get("return_domain", "")
        self._kept: deque[tuple[float, smtplib.SMTP]] = deque()
        self._guard = threading.Lock()

    def connect(self) -> None:
        self._keep(self._taken())

    def groups(self, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
        return [[message] for message in outgoing]

    def find(self, asked: Asked) -> Found | Answer | None:
        return None  # no mail server can be asked what it took

    def replies(self, numbers: Sequence[str], since: datetime) -> list[Answered]:  # noqa: ARG002
        raise NotOffered

    def listed(self, numbers: Sequence[str], since: datetime, until: datetime) -> list[Listed]:  # noqa: ARG002
        raise NotOffered

    def shunned(self, since: datetime) -> list[Shunned]:  # noqa: ARG002
        raise NotOffered

    def opt_out(self, sender: str, addresses: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        raise NotOffered

    def opt_in(self, addresses: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        raise NotOffered

    def blank(self, provider_id: str) -> bool:  # noqa: ARG002
        raise NotOffered

    def given_up(self, day: date) -> set[str]:  # noqa: ARG002
        raise NotOffered

    def pictures(self, provider_id: str) -> list[str]:  # noqa: ARG002
        raise NotOffered

    def picture(self, provider_id: str, picture_id: str) -> bytes | None:  # noqa: ARG002
        raise NotOffered

    def forget_picture(self, provider_id: str, picture_id: str) -> None:  # noqa: ARG002
        raise NotOffered

    def send(self, batch: Sequence[Outgoing], *, begin_by: float = float("inf")) -> list[Receipt]:
        (message,) = batch
        try:
            written = _written(message)
        except (ValueError, LookupError):  # a line break in a header, an address that is none
            return [Receipt(message.attempt_id, Outcome.REFUSED, code="not_writable")]
        try:
            server = self._taken()
        except NotConnected as error:
            pause = str(error).startswith("auth")
            return [Receipt(message.attempt_id, Outcome.NOT_SENT, code=str(error), pause_sender=pause)]
        try:
            with walled(server.sock, WALL):
                receipt, reusable = self._send(server, message, written, begin_by)
        except Exception:  # anything at all while the words were on their way
            receipt, reusable = Receipt(message.attempt_id, Outcome.UNKNOWN, code="broken"), False
        if reusable:
            self._keep(server)
        else:
            server.close()
        return [receipt]

    def _send(
        self, server: smtplib.SMTP, message: Outgoing, written: bytes, begin_by: float
    ) -> tuple[Receipt, bool]:
        """The receipt, and whether the connection can be used again. Raises once the words may have left."""

        def not_begun(outcome: Outcome, code: str, *, pause: bool = False) -> tuple[Receipt, bool]:
            return Receipt(message.attempt_id, outcome, code=code, pause_sender=pause), self._cleared(server)

        try:
            answer, _ = server.mail(return_path(message.attempt_id, self._return_domain or _domain(message)))
            if answer != 250:
                # The server does not take our sender: nothing wrong with this person.
                return not_begun(Outcome.NOT_SENT, f"mail_{answer}", pause=answer >= 500)
            answer, _ = server.rcpt(message.to)
            if answer not in (250, 251):
                return not_begun(Outcome.REFUSED if answer >= 500 else Outcome.NOT_SENT, f"rcpt_{answer}")
            if time.monotonic() > begin_by:
                return not_begun(Outcome.NOT_SENT, LATE)
            answer, _ = server.docmd("data")
            if answer != 354:
                return not_begun(Outcome.REFUSED if answer >= 500 else Outcome.NOT_SENT, f"data_{answer}")
            if time.monotonic() > begin_by:
                # The server was slow to ask for the words, and only breaking off keeps them from it: it takes no command now.
                return Receipt(message.attempt_id, Outcome.NOT_SENT, code=LATE), False
        except (OSError, smtplib.SMTPException):
            return Receipt(message.attempt_id, Outcome.NOT_SENT, code="broken_before_data"), False
        server.send(written)
        answer, _ = server.getreply()
        if answer == 250:
            return Receipt(message.attempt_id, Outcome.ACCEPTED, provider_id=_message_id(message)), True
        if answer >= 500:
            return Receipt(message.attempt_id, Outcome.REFUSED, code=f"end_{answer}"), self._cleared(server)
        # A 4xx now says "not taken", but servers are known to have taken it all the same.
        return Receipt(message.attempt_id, Outcome.UNKNOWN, code=f"end_{answer}"), False

    def _taken(self) -> smtplib.SMTP:
        while (kept := self._pop()) is not None:
            since, server = kept
            if time.monotonic() - since < FRESH or _alive(server):
                return server
            server.close()
        return self._connected()

    def _connected(self) -> smtplib.SMTP:
        """A new connection, encrypted and signed in; raises `NotConnected` with a code."""
        if self._security == "none" and not _is_loopback(self._host):
            raise NotConnected("tls_required")
        try:
            server = mail_server.connected(
                self._host, self._port, self._security, timeout=CONNECT, greeting=self._return_domain
            )
        except Exception as error:
            raise NotConnected(_why(error)) from None
        try:
            if self._password:
                server.login(self._user, self._password)
            if server.sock is not None:
                server.sock.settimeout(ANSWER)
        except Exception as error:
            server.close()
            raise NotConnected(_why(error)) from None
        return server

    def _pop(self) -> tuple[float, smtplib.SMTP] | None:
        with self._guard:
            return self._kept.pop() if self._kept else None

    def _keep(self, server: smtplib.SMTP) -> None:
        with self._guard:
            if len(self._kept) < KEPT:
                self._kept.append((time.monotonic(), server))
                return
        server.close()

    @staticmethod
    def _cleared(server: smtplib.SMTP) -> bool:
        try:
            return server.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


def _domain(message: Outgoing) -> str:
    return message.sender_address.rpartition("@")[2]


def _message_id(message: Outgoing) -> str:
    return f"<{message.attempt_id}@{_domain(message)}>"


def _written(message: Outgoing) -> bytes:
    """The mail as it goes over the wire: seven bits, dots doubled, ended by a dot of its own."""
    mail = EmailMessage(policy=WIRE.clone(cte_type="7bit"))
    local, _, sender_domain = message.sender_address.rpartition("@")
    mail["From"] = Address(message.sender_name, local, sender_domain)
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = _message_id(message)
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    # smtplib's own `data` does the same two steps, but cannot tell before from after.
    quoted = smtplib._quote_periods(mail.as_bytes())  # type: ignore[attr-defined]
    return bytes(quoted if quoted.endswith(b"\r\n") else quoted + b"\r\n") + b".\r\n"


def _alive(server: smtplib.SMTP) -> bool:
    try:
        return server.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"auth_{error.smtp_code}"
    if isinstance(error, smtplib.SMTPNotSupportedError):  # the server offers no STARTTLS, or no AUTH
        return "not_supported"
    if isinstance(error, outside.Inside):
        return "inside"
    return "tls" if isinstance(error, ssl.SSLError) else "connect"
