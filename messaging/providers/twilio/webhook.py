"""Twilio's webhooks: a status of a message, and a text somebody sent us (rule TW-SIG)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import UUID

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from consent.models import Suppression
from messaging.models.message import Delivery
from messaging.providers.hooks import Answered, Forged, Kept, Notice, Received, Told, key_of
from messaging.providers.twilio.codes import ON_STATUS, REFUSED, STATUSES
from tenants.models import Channel

SIGNATURE = "X-Twilio-Signature"
_SIGNATURE_FORM = re.compile(r"[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")
_QUERY = re.compile(r"(?:a=([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))?")
_FORM_TYPE = re.compile(r"application/x-www-form-urlencoded\s*(?:;.*)?", re.IGNORECASE)
# The signature joins names and values without separators, so their borders can be moved under a valid one. What we
# rely on must therefore be there, under its name, and be nothing but itself (reliability B13).
_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_STATUS_FIELDS = {"MessageSid": _SID, "MessageStatus": re.compile(r"[a-z_]{2,30}")}
_INBOUND_FIELDS = {
    "MessageSid": _SID,
    "From": _PHONE,
    "To": _PHONE,
    "NumMedia": re.compile(r"[0-9]{1,2}"),
    "Body": re.compile(r".*", re.DOTALL),
}
_OPTIONAL = {"ErrorCode": re.compile(r"[0-9]{1,6}"), "OptOutType": re.compile(r"STOP|START|HELP")}


def open_status(received: Received, settings: Mapping[str, str], now: datetime) -> Kept:  # noqa: ARG001
    """A verified status; what is kept is the query (it names the attempt) and the form."""
    form = _verified(received, settings, _STATUS_FIELDS)
    delivery_id = ":".join(
        filter(None, (form["MessageSid"], form["MessageStatus"], form.get("ErrorCode", "")))
    )
    return Kept(delivery_id, f"{received.query}\n{received.body.decode()}")


def open_inbound(received: Received, settings: Mapping[str, str], now: datetime) -> Kept:  # noqa: ARG001
    """A verified text; its address carries no query, so none can have been moved there."""
    if received.query:
        raise Forged("query")
    form = _verified(received, settings, _INBOUND_FIELDS)
    return Kept(form["MessageSid"], "\n" + received.body.decode())


def told(kept: str, received_at: datetime) -> Told:
    """The one notice of a status. Twilio gives no time, so it is that of arrival."""
    query, _, body = kept.partition("\n")
    form = _form(body)
    kind, delivery = STATUSES.get(form["MessageStatus"], ("other", Delivery.NONE))
    code = form.get("ErrorCode", "")
    meaning = ON_STATUS.get(int(code or 0), REFUSED)
    named = _QUERY.fullmatch(query)
    return Told(
        [
            Notice(
                provider="twilio",
                event_id=":".join(filter(None, (form["MessageSid"], form["MessageStatus"], code))),
                kind=kind,
                at=received_at,
                delivery=delivery,
                code=code,
                attempt=UUID(named[1]) if named and named[1] else None,
                provider_id=form["MessageSid"],
                channel=Channel.SMS.value,
                address=form.get("To", ""),
                suppress=Suppression.Source.PROVIDER if meaning.opted_out else None,
                dead_point=meaning.dead_point,
                pause_sender=meaning.pause_sender,
            )
        ]
    )


def replies(kept: str) -> list[Answered]:
    """The one text of an inbound webhook."""
    form = _form(kept.partition("\n")[2])
    return [
        Answered(
            provider_id=form["MessageSid"],
            channel=Channel.SMS.value,
            sender=form["From"],
            to=form["To"],
            text=form["Body"],
            pictures=int(form["NumMedia"]),
            provider_says=form.get("OptOutType", ""),
        )
    ]


def _verified(
    received: Received, settings: Mapping[str, str], required: Mapping[str, re.Pattern[str]]
) -> dict[str, str]:
    """The form, once its signature and its own account are proven; raises `Forged` or `NoKey`."""
    key_of(settings, "auth_token")
    if not _QUERY.fullmatch(received.query):
        raise Forged("query")
    if not _FORM_TYPE.fullmatch(received.headers.get("Content-Type", "")):
        raise Forged("content type")
    try:
        form = _form(received.body.decode())
    except ValueError:
        raise Forged("form") from None
    _check_signature(received, settings, form)
    if form.get("AccountSid") != settings["account_id"]:
        raise Forged("another account")
    for name, pattern in required.items():
        if name not in form or not pattern.fullmatch(form[name]):
            raise Forged(f"field {name}")
    for name, pattern in _OPTIONAL.items():
        if form.get(name) and not pattern.fullmatch(form[name]):
            raise Forged(f"field {name}")
    return form


def _form(body: str) -> dict[str, str]:
    """The form's fields; raises ValueError when one comes twice or cannot be read. Blank values count."""
    pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=200)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise ValueError("a field comes twice")
    return form


def _check_signature(received: Received, settings: Mapping[str, str], form: dict[str, str]) -> None:
    """Which key and algorithm is ours to say: the header that names them is not signed (reliability B15)."""
    signature = received.headers.get(SIGNATURE, "")
    if not _SIGNATURE_FORM.fullmatch(signature):
        raise Forged("no signature")
    keys = [(settings["auth_token"], HMAC_SHA1)]
    if settings.get("shared_key"):
        keys.append((settings["shared_key"], HMAC_SHA256))
    if not any(RequestValidator(key).validate(received.url, form, signature, how) for key, how in keys):
        raise Forged("signature")
