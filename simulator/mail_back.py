"""What comes back for mails sent by SMTP, posted raw and signed to the account's address.

Bounces as delivery status notifications (RFC 3464), complaints as feedback reports (RFC 5965), and
what a person writes back.
"""

from __future__ import annotations

import hashlib
import hmac
from email import policy
from email.header import Header
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
    """The mail comes back to its return path."""
    status, reason = HARD if hard else BLOCKED
    mail.status, mail.note = "bounced" if hard else "blocked", reason
    report = _report("delivery-status", mail, "Undelivered Mail Returned to Sender")
    report.attach(MIMEText(f"Your message could not be delivered to <{mail.to}>:\n\n{reason}\n"))
    report.attach(_delivery_status(mail, status, reason))
    report.attach(_original_headers(mail))
    _post(exchange, mail, report, f"DSN {status}")


def complain(exchange: Exchange, mail: Mail) -> None:
    """The person marks the mail as spam and their provider tells the sender."""
    mail.status, mail.note = "spam", "marked as spam"
    report = _report("feedback-report", mail, "Complaint about a mail")
    report.attach(MIMEText("This is a report about a mail that its recipient marked as spam.\n"))
    facts = Message()
    facts["Feedback-Type"] = "abuse"
    facts["User-Agent"] = "Simulator/1"
    facts["Version"] = "1"
    facts["Original-Rcpt-To"] = f"rfc822;{mail.to}"
    report.attach(_holding("message/feedback-report", facts))
    report.attach(_original_headers(mail))
    _post(exchange, mail, report, "feedback report")


def reply(exchange: Exchange, mail: Mail, words: str) -> None:
    """The person answers the mail."""
    message = MIMEText(words, "plain", "utf-8")
    message["From"] = mail.to
    message["To"] = mail.letter.sender
    message["Subject"] = Header(f"Re: {mail.letter.subject(mail.personal)}").encode()
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mail.to.rpartition("@")[2])
    message["In-Reply-To"] = mail.letter.message_id
    mail.note = "answered"
    _post(exchange, mail, message, "reply")


def _post(exchange: Exchange, mail: Mail, message: Message, detail: str) -> None:
    """Nothing is posted when the mail's account names no address for it."""
    exchange.book.changed()
    account = exchange.world.smtp.get(mail.account)
    if account is None or not account.bounce_url:
        return
    body = message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))
    headers = {
        "Content-Type": "message/rfc822",
        "User-Agent": "Simulator relay",
        "X-Signature": "sha256=" + hmac.new(account.secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    exchange.courier.send(Post("mail", account.bounce_url, body, lambda _: headers, detail))


def _report(kind: str, mail: Mail, subject: str) -> MIMEMultipart:
    """A report to the return path, which names the mail (VERP)."""
    report = MIMEMultipart("report", report_type=kind)
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{RELAY}>"
    report["To"] = mail.letter.return_path or mail.letter.sender
    report["Subject"] = subject
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain=RELAY)
    report["Auto-Submitted"] = "auto-replied"
    return report


def _delivery_status(mail: Mail, status: str, reason: str) -> Message:
    whole, recipient = Message(), Message()
    whole["Reporting-MTA"] = f"dns; {RELAY}"
    whole["X-Return-Path"] = mail.letter.return_path
    whole["Arrival-Date"] = formatdate(mail.at)
    recipient["Final-Recipient"] = f"rfc822; {mail.to}"
    recipient["Original-Recipient"] = f"rfc822; {mail.to}"
    recipient["Action"] = "failed"
    recipient["Status"] = status
    recipient["Diagnostic-Code"] = f"smtp; {reason}"
    return _holding("message/delivery-status", whole, recipient)


def _holding(kind: str, *blocks: Message) -> Message:
    part = Message()
    part["Content-Type"] = kind
    part.set_payload(list(blocks))
    return part


def _original_headers(mail: Mail) -> Message:
    raw: bytes = getattr(mail.letter, "raw", b"")
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    part = Message()
    part["Content-Type"] = "text/rfc822-headers"
    part.set_payload(BytesHeaderParser().parsebytes(head).as_string())
    return part
