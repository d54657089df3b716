"""A mail relay: for the mail accounts of the world, and for the product's own mails."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulator import mail_back
from simulator.calls import Call
from simulator.exchange import Exchange
from simulator.faults import AFTER_ACCEPTANCE
from simulator.letters import SmtpLetter
from simulator.records import Mail


class Relay:
    """What aiosmtpd calls: sign-in, recipients, and the finished mail."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def sign_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        """Accept the accounts of the world only."""
        if isinstance(given, LoginPassword):
            account = self.exchange.world.smtp.get(given.login.decode(errors="replace"))
            if account and account.password == given.password.decode(errors="replace"):
                return AuthResult(success=True, auth_data=account.username)
        self._log(session, "AUTH", 535, "wrong user or password")
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.exchange.world.mailboxes.get(address.lower()) == "reject":
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        received = time.time()
        exchange = self.exchange
        if exchange.faults.latency_ms and exchange.faults.touches("smtp", True):
            await asyncio.sleep(exchange.faults.latency_ms / 1000)
        fault = exchange.faults.of_call("smtp", True)
        if fault is None or fault in AFTER_ACCEPTANCE:
            answer = f"250 2.0.0 OK: queued as {self._accept(session, envelope, received)}"
        else:
            answer = ""
        if fault in ("status_500", "accepted_500"):
            answer = "451 4.3.0 Temporary failure"
        elif fault == "rate_429":
            answer = "421 4.7.0 Too many messages, try again later"
        elif fault:
            cast(asyncio.WriteTransport, server.transport).abort()
            answer = "421 4.3.0 Connection lost"
        self._log(
            session,
            "DATA",
            int(answer[:3]),
            f"fault {fault}" if fault else f"{len(envelope.rcpt_tos)} recipients",
        )
        return answer

    def _accept(self, session: Session, envelope: Envelope, received: float) -> str:
        exchange = self.exchange
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        letter = SmtpLetter(raw, envelope.mail_from or "")
        queue_id, now = os.urandom(8).hex(), time.time()
        account = session.auth_data if session.authenticated else ""
        for at, address in enumerate(envelope.rcpt_tos):
            mail = Mail(
                id=f"{queue_id}.{at}",
                provider="smtp" if account else "product",
                account=str(account),
                to=address.lower(),
                received=received,
                at=now,
                letter=letter,
                status="delivered",
            )
            exchange.book.add_mail(mail)
            how = exchange.world.mailboxes.get(mail.to, "")
            bounced = exchange.faults.touches("smtp", True) and exchange.faults.hits("bounced")
            if account and (how in ("bounce", "block") or bounced):
                exchange.later(
                    exchange.world.timing.events_ms, mail_back.bounce, exchange, mail, how != "block"
                )
        return queue_id

    def _log(self, session: Session, verb: str, status: int, detail: str) -> None:
        who = f"AUTH {session.auth_data} accepted" if session.authenticated else "no credentials"
        self.exchange.log.add(Call(time.time(), "in", "smtp", verb, "smtp", status, 0, who, detail))


class SmtpServer:
    """The relay on its port."""

    async def start(self, exchange: Exchange, host: str, port: int) -> int:
        """Returns the port, which the system picks when 0 is given. Raises OSError when it is taken."""
        relay = Relay(exchange)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                relay,
                authenticator=relay.sign_in,
                auth_require_tls=False,
                enable_SMTPUTF8=True,
                hostname="relay.simulator.test",
                ident="Simulator",
                loop=loop,
            ),
            host,
            port,
        )
        taken: int = self._server.sockets[0].getsockname()[1]
        return taken

    async def close(self) -> None:
        self._server.close()
