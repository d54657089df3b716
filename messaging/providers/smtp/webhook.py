"""What comes back by mail for mails sent over SMTP, posted raw by the relay: bounces, complaints, replies.

The relay (or a few lines behind the bounce mailbox) posts the whole mail as message/rfc822 with
`X-Signature: sha256=<HMAC-SHA256 of the body>` with the account's password as the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from uuid import UUID

from consent.models import Suppression
from consent.replies import Label, classify_mail
from messaging.models.message import Delivery
from messaging.providers.hooks import Answered, Forged, Kept, Notice, Received, Told, key_of
from messaging.providers.smtp.codes import kind_of
from messaging.providers.smtp.reading import text_of
from messaging.providers.smtp.verp import attempt_of
from tenants.models import Channel

SIGNATURE = "X-Signature"
_OURS = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@[^>\s]+>")
KEPT_OF_LARGE = 1024 * 1024  # bytes of a mail with large attachments: its headers and words come first
LARGE = 8 * 1024 * 1024


def open_mail(received: Received, settings: Mapping[str, str], now: datetime) -> Kept:  # noqa: ARG001
    secret = key_of(settings, "password")
    if received.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "message/rfc822":
        raise Forged("content type")
    given = received.headers.get(SIGNATURE, "")
    made = f"sha256={hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(given.encode(), made.encode()):
        raise Forged("signature")
    body = received.body if len(received.body) <= LARGE else received.body[:KEPT_OF_LARGE]
    # Latin-1 keeps every byte of a mail that is in whatever charset.
    return Kept(hashlib.sha256(received.body).hexdigest(), body.decode("latin-1"))


def told(kept: str, received_at: datetime) -> Told:
    """The notices of a delivery report (RFC 3464) or of a feedback report (RFC 5965)."""
    mail = _mail(kept)
    digest = hashlib.sha256(kept.encode("latin-1")).hexdigest()
    parts = {part.get_content_type(): part for part in mail.walk()}
    attempt = _attempt(mail, parts)
    if "message/feedback-report" in parts:
        if attempt is None:
            return Told(problems=["a complaint about no mail of ours"])
        return Told([_complaint(digest, attempt, received_at)])
    report = parts.get("message/delivery-status")
    if report is None:
        return Told()
    notices, problems = [], []
    for number, (action, status, address) in enumerate(_recipients(report)):
        found = kind_of(action, status)
        if found is None or (attempt is None and not address):
            problems.append("a line of the report that cannot be read")
            continue
        kind, delivery = found
        notices.append(
            Notice(
                provider="smtp",
                event_id=f"{digest}:{number}",
                kind=kind,
                at=received_at,
                delivery=delivery,
                code=status[:20],
                attempt=attempt,
                channel=Channel.EMAIL.value,
                address="" if attempt else address,
                suppress=Suppression.Source.HARD_BOUNCE if delivery is Delivery.BOUNCED else None,
                provider_id="",
            )
        )
    return Told(notices, problems)


def replies(kept: str) -> list[Answered]:
    """A mail as it was written, its quotes included; of what machines answer on their own only a no (B27), of reports nothing."""
    mail = _mail(kept)
    if _is_report(mail):
        return []
    sender = parseaddr(_header(mail, "From"))[1]
    if "@" not in sender:
        return []
    said = _said(_header(mail, "Subject"), text_of(mail).strip())
    automatic, posted = _is_automatic(mail), _is_posted_to_many(mail)
    if (automatic or posted) and classify_mail(said).label not in (
        (Label.OPT_OUT,) if automatic else (Label.OPT_OUT, Label.UNSURE)
    ):
        return []
    message_id = (
        _header(mail, "Message-ID").strip() or "sha256:" + hashlib.sha256(kept.encode("latin-1")).hexdigest()
    )
    return [
        Answered(
            provider_id=re.sub(r"[^\x21-\x7e]", "", message_id)[:120],
            channel=Channel.EMAIL.value,
            sender=sender,
            to=", ".join(address for _, address in getaddresses([_header(mail, "To")]))[:320],
            text=said,
            may_opt_in=False,
            by_machine=automatic or posted,
        )
    ]


def _said(subject: str, text: str) -> str:
    """The subject counts too, unless it is an answer's to ours: "Re: Time for your check-up"."""
    ours = re.match(r"(?i)\s*(re|fwd?)\s*:", subject) is not None and len(subject.split()) > 3
    return text if text and ours else f"{subject}\n{text}".strip()


def _complaint(digest: str, attempt: UUID, received_at: datetime) -> Notice:
    return Notice(
        provider="smtp",
        event_id=f"{digest}:complaint",
        kind="complained",
        at=received_at,
        delivery=Delivery.COMPLAINED,
        attempt=attempt,
        channel=Channel.EMAIL.value,
        suppress=Suppression.Source.COMPLAINT,
        urgent=True,
    )


def _mail(kept: str) -> EmailMessage:
    return message_from_bytes(kept.encode("latin-1"), policy=policy.default)


def _header(mail: Message, name: str) -> str:
    """A header's text; "" when it is missing or too broken to read."""
    try:
        return str(mail.get(name, ""))
    except Exception:
        return ""


def _is_report(mail: EmailMessage) -> bool:
    """What mail servers write, to nobody's account."""
    return (
        _header(mail, "Return-Path").strip() == "<>"
        or mail.get_content_type() == "multipart/report"
        or parseaddr(_header(mail, "From"))[1].partition("@")[0].lower() in ("mailer-daemon", "postmaster")
    )


def _is_automatic(mail: EmailMessage) -> bool:
    """What a person's mail program answers by itself. X-Auto-Response-Suppress is none: offices put it on every mail."""
    return (
        _header(mail, "Auto-Submitted").strip().lower() not in ("", "no")
        or _header(mail, "Precedence").strip().lower() in ("bulk", "junk", "auto_reply")
        or bool(_header(mail, "X-Autoreply"))
    )


def _is_posted_to_many(mail: EmailMessage) -> bool:
    return _header(mail, "Precedence").strip().lower() == "list"


def _attempt(mail: EmailMessage, parts: Mapping[str, Message]) -> UUID | None:
    """The signed return path, else the Message-ID of the mail that came back."""
    for name in ("To", "Delivered-To", "X-Original-To"):
        for _, address in getaddresses([_header(mail, name)]):
            if found := attempt_of(address):
                return found
    for kind in ("text/rfc822-headers", "message/rfc822"):
        if kind in parts and (named := _OURS.search(parts[kind].as_string())):
            return UUID(named[1])
    return None


def _recipients(report: Message) -> Iterator[tuple[str, str, str]]:
    """(action, status, address) of each recipient."""
    blocks = report.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message) and block.get("Action"):
            address = _header(block, "Final-Recipient").partition(";")[2].strip()
            yield _header(block, "Action"), _header(block, "Status").strip().partition(" ")[0], address
