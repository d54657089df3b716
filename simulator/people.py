"""What people do with the mails they get."""

from __future__ import annotations

import time
from collections.abc import Callable

import aiohttp
from yarl import URL

from simulator import bounces, sendgrid_events
from simulator.calls import Call, milliseconds_since
from simulator.exchange import Exchange
from simulator.letters import header, unsubscribe_address
from simulator.records import Mail
from simulator.world import WorldError

ONE_CLICK = "List-Unsubscribe=One-Click"
BY_SMTP = "This mail came by SMTP, whose relay only reports bounces."


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
    """Mark as spam; only SendGrid tells the sender."""
    if mail.provider != "sendgrid":
        raise WorldError(BY_SMTP)
    sendgrid_events.complain(exchange, mail)


def bounce(exchange: Exchange, mail: Mail) -> None:
    """The address does not exist."""
    _come_back(exchange, mail, hard=True)


def block(exchange: Exchange, mail: Mail) -> None:
    """The mailbox refuses this mail."""
    _come_back(exchange, mail, hard=False)


def _come_back(exchange: Exchange, mail: Mail, hard: bool) -> None:
    if mail.provider == "sendgrid":
        sendgrid_events.bounce(exchange, mail, hard)
    elif mail.provider == "smtp":
        bounces.bounce(exchange, mail, hard)
    else:
        raise WorldError(
            "This is a mail of the product itself, sent without an account: nobody hears of its bounce."
        )


def unsubscribe_at_provider(exchange: Exchange, mail: Mail) -> None:
    """Use SendGrid's own unsubscribe, as its subscription tracking offers."""
    if mail.provider != "sendgrid":
        raise WorldError(BY_SMTP)
    sendgrid_events.unsubscribe(exchange, mail)


ACTS: dict[str, Callable[[Exchange, Mail], None]] = {
    "spam": spam,
    "bounce": bounce,
    "block": block,
    "provider-unsubscribe": unsubscribe_at_provider,
}
