"""Bounces of mails sent by SMTP: a delivery status notification (RFC 3464), posted signed to the account."""

from __future__ import annotations

import hashlib
import hmac
from email import policy
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesHeaderParser
from email.utils import formatdate, make_msgid

from simulator.callbacks import Post
from simulator.exchange import Exchange
from simulator.records import Mail

HARD = ("5.1.1", "550 5.1.1 The email account that you tried to reach does not exist.")
BLOCKED = ("5.7.1", "550 5.7.1 Message rejected: likely unsolicited mail.")
RELAY = "relay.simulator.test"


def bounce(exchange: Exchange, mail: Mail, hard: bool) -> None:
    """The mail comes back to its return path; nothing is posted when its account names no address for it."""
    status, reason = HARD if hard else BLOCKED
    mail.status, mail.note = "bounced" if hard else "blocked", reason
    exchange.book.changed()
    account = exchange.world.smtp.get(mail.account)
    if account is None or not account.bounce_url:
        return
    body = notification(mail, status, reason)
    headers = {
        "Content-Type": "message/rfc822",
        "User-Agent": "Simulator relay",
        "X-Signature": "sha256=" + hmac.new(account.secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    exchange.courier.send(Post("bounce", account.bounce_url, body, lambda _: headers, f"DSN {status}"))


def notification(mail: Mail, status: str, reason: str) -> bytes:
    """The DSN as it would arrive at the return path, with the headers of the original."""
    message = MIMEMultipart("report", report_type="delivery-status")
    message["From"] = f"Mail Delivery System <MAILER-DAEMON@{RELAY}>"
    message["To"] = mail.letter.return_path or mail.letter.sender
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=RELAY)
    message["Auto-Submitted"] = "auto-replied"
    message.attach(MIMEText(f"Your message could not be delivered to <{mail.to}>:\n\n{reason}\n"))
    message.attach(_status_part(mail, status, reason))
    message.attach(_headers_part(mail))
    return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


def _status_part(mail: Mail, status: str, reason: str) -> Message:
    whole, recipient = Message(), Message()
    whole["Reporting-MTA"] = f"dns; {RELAY}"
    whole["X-Return-Path"] = mail.letter.return_path
    whole["Arrival-Date"] = formatdate(mail.at)
    recipient["Final-Recipient"] = f"rfc822; {mail.to}"
    recipient["Original-Recipient"] = f"rfc822; {mail.to}"
    recipient["Action"] = "failed"
    recipient["Status"] = status
    recipient["Diagnostic-Code"] = f"smtp; {reason}"
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([whole, recipient])
    return part


def _headers_part(mail: Mail) -> Message:
    raw: bytes = getattr(mail.letter, "raw", b"")
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    part = Message()
    part["Content-Type"] = "text/rfc822-headers"
    part.set_payload(BytesHeaderParser().parsebytes(head).as_string())
    return part
