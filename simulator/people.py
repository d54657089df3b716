"""What people do with the mails they get."""

from __future__ import annotations

import time
from collections.abc import Callable

import aiohttp
from yarl import URL

from simulator import mail_back, sendgrid_events
from simulator.calls import Call, milliseconds_since
from simulator.exchange import Exchange
from simulator.letters import header, unsubscribe_address
from simulator.records import Mail
from simulator.world import WorldError

ONE_CLICK = "List-Unsubscribe=One-Click"


async def unsubscribe(exchange: Exchange, mail: Mail) -> int:
    """Unsubscribe as a mail client does (RFC 8058): one POST, no cookies, no redirects. Returns the status.

    Raises WorldError when the mail offers no one-click, or nobody answered.
    """
    headers = mail.letter.headers(mail.personal)
    address = unsubscribe_address(headers)
    if not address:
        raise WorldError("This mail has no web address in a List-Unsubscribe header.")
    if header(headers, "List-Unsubscribe-Post").replace(" ", "") != ONE_CLICK:
        raise WorldError(
            f"This mail has no List-Unsubscribe-Post: {ONE_CLICK} header, so no mail client offers it."
        )
    started, status, trouble = time.monotonic(), None, ""
    try:
        async with exchange.courier.session.post(
            URL(address, encoded=True),
            data=ONE_CLICK.encode(),
            allow_redirects=False,
            headers={"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mail client"},
        ) as answer:
            status = answer.status
            await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        trouble = type(error).__name__
    exchange.log.add(
        Call(
            time.time(),
            "out",
            "one-click",
            "POST",
            address,
            status,
            milliseconds_since(started),
            "unsigned",
            trouble or ONE_CLICK,
        )
    )
    if status is None:
        raise WorldError(f"{URL(address).origin()} did not answer ({trouble}).")
    mail.note = f"one-click unsubscribe answered {status}"
    exchange.book.changed()
    return status


def spam(exchange: Exchange, mail: Mail) -> None:
    """Mark as spam."""
    if _came_by(mail) == "sendgrid":
        sendgrid_events.complain(exchange, mail)
    else:
        mail_back.complain(exchange, mail)


def bounce(exchange: Exchange, mail: Mail) -> None:
    """The address does not exist."""
    _come_back(exchange, mail, hard=True)


def block(exchange: Exchange, mail: Mail) -> None:
    """The mailbox refuses this mail."""
    _come_back(exchange, mail, hard=False)


def _come_back(exchange: Exchange, mail: Mail, hard: bool) -> None:
    if _came_by(mail) == "sendgrid":
        sendgrid_events.bounce(exchange, mail, hard)
    else:
        mail_back.bounce(exchange, mail, hard)


def unsubscribe_at_provider(exchange: Exchange, mail: Mail) -> None:
    """Use SendGrid's own unsubscribe, as its subscription tracking offers."""
    if _came_by(mail) != "sendgrid":
        raise WorldError("This mail came by SMTP: only SendGrid has an unsubscribe of its own.")
    sendgrid_events.unsubscribe(exchange, mail)


def reply(exchange: Exchange, mail: Mail, words: str) -> None:
    """Write back; the simulated SendGrid has no inbox."""
    if _came_by(mail) == "sendgrid":
        raise WorldError("Answers to mails are brought for SMTP only; SendGrid here has no Inbound Parse.")
    if not words.strip():
        raise WorldError("Write something.")
    mail_back.reply(exchange, mail, words)


def _came_by(mail: Mail) -> str:
    """sendgrid or smtp; the product's own mails belong to no account that could be told."""
    if mail.provider == "product":
        raise WorldError("This is a mail of the product itself, sent without an account: nobody is told.")
    return mail.provider


ACTS: dict[str, Callable[[Exchange, Mail], None]] = {
    "spam": spam,
    "bounce": bounce,
    "block": block,
    "provider-unsubscribe": unsubscribe_at_provider,
}
