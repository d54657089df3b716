"""SendGrid's event webhook: what happens to a mail afterwards, in signed batches."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from simulator.callbacks import Post
from simulator.exchange import Exchange
from simulator.records import Mail
from simulator.world import SendGridAccount

LARGEST_POST = 1000
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
DELIVERED = "250 2.0.0 OK"
HARD = ("550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1", "Invalid Address")
BLOCKED = (
    "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
    "5.7.1",
    "Reputation",
)
DEFERRED = "452 4.2.2 The email account that you tried to reach is over quota."
# Which suppression list makes SendGrid drop a mail, and the reason it gives in the dropped event.
DROP_REASONS = {
    "unsubscribes": "Unsubscribed Address",
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
}


def dropped_because(exchange: Exchange, account: SendGridAccount, mail: Mail) -> str | None:
    """Why SendGrid would not even try, from its own suppression lists."""
    suppressed = exchange.book.suppressed
    if not suppressed:
        return None
    return next(
        (why for name, why in DROP_REASONS.items() if (account.api_key, name, mail.to) in suppressed), None
    )


def launch(exchange: Exchange, mail: Mail, reason: str | None) -> None:
    """Begin the way of an accepted mail."""
    if reason:
        set_status(exchange, mail, "dropped", reason)
        tell(exchange, mail, "dropped", {"reason": reason})
        return
    tell(exchange, mail, "processed", {})
    exchange.later(exchange.world.timing.events_ms, _arrive, exchange, mail)


def _arrive(exchange: Exchange, mail: Mail) -> None:
    how = exchange.world.mailboxes.get(mail.to, "")
    if not how and exchange.faults.touches("sendgrid", True) and exchange.faults.hits("bounced"):
        how = "bounce"
    if how in ("bounce", "reject"):
        bounce(exchange, mail, hard=True)
    elif how == "block":
        bounce(exchange, mail, hard=False)
    elif how == "defer" and mail.status != "deferred":
        set_status(exchange, mail, "deferred", DEFERRED)
        tell(exchange, mail, "deferred", {"response": DEFERRED, "attempt": "1"})
        exchange.later(4 * exchange.world.timing.events_ms, _arrive, exchange, mail)
    else:
        set_status(exchange, mail, "delivered")
        tell(exchange, mail, "delivered", {"response": DELIVERED, "ip": "127.0.0.1", "tls": 1})
        if how == "spam":
            complain(exchange, mail)


def bounce(exchange: Exchange, mail: Mail, hard: bool) -> None:
    """The mail comes back: for good (the address is then suppressed) or blocked this once."""
    reason, status, kind = HARD if hard else BLOCKED
    set_status(exchange, mail, "bounced" if hard else "blocked", reason)
    suppress(exchange, mail.account, "bounces" if hard else "blocks", mail.to, reason=reason, status=status)
    tell(
        exchange,
        mail,
        "bounce",
        {
            "reason": reason,
            "status": status,
            "type": "bounce" if hard else "blocked",
            "bounce_classification": kind,
            "ip": "127.0.0.1",
            "tls": 1,
        },
    )


def complain(exchange: Exchange, mail: Mail) -> None:
    """The person marks the mail as spam."""
    set_status(exchange, mail, "spam", "marked as spam")
    suppress(exchange, mail.account, "spam_reports", mail.to, ip="127.0.0.1")
    tell(exchange, mail, "spamreport", {})


def unsubscribe(exchange: Exchange, mail: Mail) -> None:
    """The person uses SendGrid's own unsubscribe, not the sender's."""
    suppress(exchange, mail.account, "unsubscribes", mail.to)
    tell(exchange, mail, "unsubscribe", {})


def suppress(exchange: Exchange, api_key: str, name: str, address: str, **facts: str) -> None:
    """Put an address on one of the account's suppression lists."""
    row = {"created": int(time.time()), "email": address, **facts}
    exchange.book.suppressed[(api_key, name, address)] = row


def set_status(exchange: Exchange, mail: Mail, status: str, note: str = "") -> None:
    mail.status, mail.note = status, note or mail.note
    exchange.book.changed()


def tell(exchange: Exchange, mail: Mail, event: str, facts: Mapping[str, Any]) -> None:
    """Put an event into the account's next post."""
    account = exchange.world.sendgrid.get(mail.account)
    if account is None or not account.event_url or not account.events.get(_switch(event), True):
        return
    waiting = exchange.events.setdefault(account.api_key, [])
    if not waiting:
        exchange.later(exchange.world.timing.events_ms / 2, _flush, exchange, account.api_key)
    message_id = mail.letter.message_id.strip("<>").partition("@")[0]
    waiting.append(
        {
            "email": mail.to,
            "event": event,
            "sg_event_id": base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("="),
            "sg_message_id": f"{message_id}.recvd-7d8f5c6b9-x2v4k-1-{mail.id.rpartition('.')[2]}.0",
            "smtp-id": mail.letter.message_id,
            "timestamp": int(time.time()),
            **_category(mail),
            **facts,
            **mail.letter.arguments(mail.personal),
        }
    )


def _switch(event: str) -> str:
    """The name of the setting that turns an event on or off."""
    return "spam_report" if event == "spamreport" else event


def _category(mail: Mail) -> dict[str, Any]:
    categories = getattr(mail.letter, "body", {}).get("categories")
    return {"category": categories} if categories else {}


def _flush(exchange: Exchange, api_key: str) -> None:
    waiting = exchange.events.pop(api_key, [])
    account = exchange.world.sendgrid.get(api_key)
    if account is None:
        return
    for start in range(0, len(waiting), LARGEST_POST):
        exchange.courier.send(_post(account, waiting[start : start + LARGEST_POST]))


def _post(account: SendGridAccount, events: list[dict[str, Any]]) -> Post:
    rows = ",\r\n".join(json.dumps(event, separators=(",", ":")) for event in events)

    def headers_at(body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Request-Id": str(uuid.uuid4()),
        }
        return headers | (signature(account, body) if account.signed else {})

    kinds = ", ".join(sorted({event["event"] for event in events}))
    return Post(
        "events", account.event_url, f"[{rows}]\r\n".encode(), headers_at, f"{len(events)} events: {kinds}"
    )


def signature(account: SendGridAccount, body: bytes) -> dict[str, str]:
    """The two headers that sign a post: ECDSA P-256 over SHA-256 of the timestamp and the raw body."""
    timestamp = str(int(time.time()))
    signed = account.key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {SIGNATURE: base64.b64encode(signed).decode(), TIMESTAMP: timestamp}
