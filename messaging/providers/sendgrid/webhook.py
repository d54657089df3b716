"""SendGrid's signed event webhook (rules SG-SIG, SG-IDEMPOTENT)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from messaging.providers.hooks import Forged, Kept, Notice, Received, Told, key_of
from messaging.providers.sendgrid.codes import DROPPED, EVENTS, IGNORED, SUPPRESSES, URGENT
from tenants.models import Channel

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
OLDEST, NEWEST = timedelta(hours=48), timedelta(minutes=5)  # SendGrid tries again for 24 hours
_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)
_ATTEMPT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID = re.compile(r"[\x21-\x7e]{1,120}")


def open_events(received: Received, settings: Mapping[str, str], now: datetime) -> Kept:
    """Verified over the raw bytes, before anything is parsed."""
    public_key = key_of(settings, "verification_key")
    signature, timestamp = received.headers.get(SIGNATURE, ""), received.headers.get(TIMESTAMP, "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Forged("timestamp")
    try:
        if base64.b64encode(base64.b64decode(signature, validate=True)).decode() != signature:
            raise Forged("signature form")
        payload = received.body.decode()
    except (ValueError, binascii.Error):
        raise Forged("signature form") from None
    if not _signed(public_key, payload, signature, timestamp):
        raise Forged("signature")
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if not now - OLDEST <= at <= now + NEWEST:
        raise Forged("timestamp")
    return Kept(hashlib.sha256(received.body).hexdigest(), payload)


def told(kept: str, received_at: datetime) -> Told:
    """Every event that can be read; the others are counted with their reason and spoil nothing."""
    try:
        events = json.loads(kept)
    except (ValueError, RecursionError) as error:
        return Told(problems=[f"not JSON: {type(error).__name__}"])
    if not isinstance(events, list):
        return Told(problems=["not a list of events"])
    notices: dict[str, Notice] = {}
    problems: dict[str, int] = {}
    for event in events:
        try:
            notice = _notice(event, received_at)
        except _Unreadable as error:
            problems[str(error)] = problems.get(str(error), 0) + 1
            continue
        if notice is not None:
            notices.setdefault(notice.event_id, notice)
    return Told(
        list(notices.values()), [f"{count} of {len(events)}: {why}" for why, count in problems.items()]
    )


class _Unreadable(ValueError):
    pass


def _signed(key: str, payload: str, signature: str, timestamp: str) -> bool:
    """SendGrid's own verifier; it raises on keys and signatures of the wrong form."""
    from sendgrid.helpers.eventwebhook import EventWebhook

    try:
        return bool(EventWebhook(key).verify_signature(payload, signature, timestamp))
    except Exception:
        return False


def _notice(event: Any, received_at: datetime) -> Notice | None:
    if not isinstance(event, dict):
        raise _Unreadable("no event")
    word = event.get("event")
    if word in IGNORED:
        return None
    if word == "bounce" and event.get("type") == "blocked":
        word = "blocked"
    if not isinstance(word, str) or word not in EVENTS:
        raise _Unreadable("unknown kind of event")
    kind, delivery = EVENTS[word]
    attempt, address = _attempt(event), _address(event)
    if attempt is None and not address:
        raise _Unreadable("neither attempt nor address")
    suppress = SUPPRESSES.get(kind)
    if kind == "dropped":
        suppress = DROPPED.get(str(event.get("reason")).strip().lower())
    message_id = event.get("sg_message_id")
    if (
        isinstance(message_id, str)
        and attempt
        and re.fullmatch(r"[\w\-]{1,60}", message_id.partition(".")[0])
    ):
        # As in provider.provider_id: the request's id, and the attempt.
        provider_id = f"{message_id.partition('.')[0]}.{attempt}"
    else:
        provider_id = ""
    return Notice(
        provider="sendgrid",
        event_id=_event_id(event),
        kind=kind,
        at=_at(event.get("timestamp"), received_at),
        delivery=delivery,
        code=_code(event),
        attempt=attempt,
        provider_id=provider_id,
        channel=Channel.EMAIL.value,
        address=address,
        suppress=suppress,
        urgent=kind in URGENT,
    )


def _attempt(event: dict[str, Any]) -> UUID | None:
    named = event.get("attempt")
    return UUID(named) if isinstance(named, str) and _ATTEMPT.fullmatch(named) else None


def _address(event: dict[str, Any]) -> str:
    address = event.get("email")
    if not isinstance(address, str) or len(address) > 320 or not address.isprintable():
        return ""
    return address


def _event_id(event: dict[str, Any]) -> str:
    """SendGrid's id; without one, a hash of the event, so that a repeat is still the same."""
    given = event.get("sg_event_id")
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    content = json.dumps(event, sort_keys=True)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def _at(given: Any, received_at: datetime) -> datetime:
    """The event's time: seconds since 1970 as number or text, milliseconds too; else that of arrival."""
    try:
        seconds = float(given)
        at = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return received_at
    return at if at.year >= 2009 and at <= received_at + timedelta(days=1) else received_at


def _code(event: dict[str, Any]) -> str:
    """The enhanced status, or the first words of why it was dropped; never an address."""
    status = event.get("status")
    if isinstance(status, str) and re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", status):
        return status
    reason = event.get("reason")
    if (
        event.get("event") == "dropped"
        and isinstance(reason, str)
        and re.fullmatch(r"[A-Za-z ]{1,40}", reason)
    ):
        return reason
    return ""
