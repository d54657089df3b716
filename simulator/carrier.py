"""The way of a text: accepted, queued, sent, delivered or not; and back from a person."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus, urldefrag
from zlib import crc32

from twilio.request_validator import RequestValidator

from simulator.callbacks import Post
from simulator.exchange import Exchange
from simulator.keywords import answer, keyword
from simulator.records import Sms
from simulator.segments import segments
from simulator.world import TwilioAccount, WorldError

UNDELIVERED = (30003, 30005, 30006, 30007)
FAILED_NOT_UNDELIVERED = frozenset({30001, 30036})


def new_sid(prefix: str) -> str:
    return prefix + os.urandom(16).hex()


def launch(exchange: Exchange, sms: Sms) -> None:
    """Begin the way of an accepted text."""
    timing = exchange.world.timing
    if sms.status == "accepted":
        exchange.later(timing.queued_ms, _queued, exchange, sms)
    else:
        exchange.later(timing.sent_ms, _sent, exchange, sms)


def _queued(exchange: Exchange, sms: Sms) -> None:
    account = exchange.world.twilio.get(sms.account_sid)
    service = account.services.get(sms.service_sid or "") if account else None
    if service and service.numbers:
        # The same person always hears from the same number of a service.
        sms.sender = service.numbers[crc32(sms.to.encode()) % len(service.numbers)]
    _step(
        exchange, sms, "queued", lambda: exchange.later(exchange.world.timing.sent_ms, _sent, exchange, sms)
    )


def _sent(exchange: Exchange, sms: Sms) -> None:
    if sms.expires is not None and time.time() > sms.expires:
        _end(exchange, sms, 30036)
        return
    sms.sent = time.time()
    timing = exchange.world.timing
    _step(
        exchange,
        sms,
        "sent",
        lambda: exchange.later(timing.delivered_ms - timing.sent_ms, _arrived, exchange, sms),
    )


def _arrived(exchange: Exchange, sms: Sms) -> None:
    code = exchange.world.phones.get(sms.to, 0)
    if not code and exchange.faults.touches("twilio", True) and exchange.faults.hits("undelivered"):
        code = exchange.faults.pick(UNDELIVERED)
    if code:
        _end(exchange, sms, code)
    else:
        _step(exchange, sms, "delivered", None)


def _end(exchange: Exchange, sms: Sms, code: int) -> None:
    sms.error_code = code
    _step(exchange, sms, "failed" if code in FAILED_NOT_UNDELIVERED else "undelivered", None)


def _step(exchange: Exchange, sms: Sms, status: str, then: Callable[[], None] | None) -> None:
    """Take a status, tell the product, and go on once it was told (or was not reached at first)."""
    sms.status = status
    sms.updated = time.time()
    exchange.book.changed()
    account = exchange.world.twilio.get(sms.account_sid)
    if sms.callback and account:
        post = signed_post(account, "status", sms.callback, _status_parameters(sms), f"{sms.sid} {status}")
        post.finished = then
        exchange.courier.send(post)
    elif then:
        then()


def _status_parameters(sms: Sms) -> dict[str, str]:
    parameters = {
        "SmsSid": sms.sid,
        "SmsStatus": sms.status,
        "MessageStatus": sms.status,
        "To": sms.to,
        "MessageSid": sms.sid,
        "AccountSid": sms.account_sid,
        "From": sms.sender or "",
        "ApiVersion": "2010-04-01",
    }
    if sms.service_sid:
        parameters["MessagingServiceSid"] = sms.service_sid
    if sms.error_code:
        parameters["ErrorCode"] = str(sms.error_code)
    if sms.status == "delivered":
        parameters["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime(sms.updated))
    return parameters


@lru_cache(maxsize=256)
def _validator(auth_token: str) -> RequestValidator:
    return RequestValidator(auth_token)


def signed_post(
    account: TwilioAccount, kind: str, url: str, parameters: Mapping[str, str], detail: str
) -> Post:
    """A form post signed as Twilio signs it; a `#…` part of the address is neither sent nor signed, and says how often it is tried
    again: without one, what was answered by an error is not."""
    url, overrides = urldefrag(url)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        "X-Twilio-Signature": _validator(account.auth_token).compute_signature(url, parameters),
    }
    # The names are plain words; only values need quoting, and these posts are by far the most frequent.
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in parameters.items())
    return Post(kind, url, body.encode(), lambda _: headers, detail, again=_again(overrides))


@lru_cache(maxsize=256)
def _again(overrides: str) -> int:
    """How often an address says that a post is tried again when the answer is an error: `rc`, if `rp` says so too."""
    given = dict(parse_qsl(overrides))
    count = given.get("rc", "1")
    policies = given.get("rp", "ct").split(",")
    return min(int(count), 5) if count.isdecimal() and {"all", "5xx"}.intersection(policies) else 0


def reply(exchange: Exchange, phone: str, body: str, to: str | None = None, media: int = 0) -> Sms:
    """A person texts one of the world's numbers: by default the one that texted them last.

    Raises WorldError when there is no such number.
    """
    number = to or next(
        (
            sms.sender
            for sms in reversed(exchange.book.phones.get(phone, []))
            if sms.sender and not sms.inbound
        ),
        None,
    )
    if number is None:
        raise WorldError(f"{phone} has got no text yet: say which number the reply goes to.")
    account = exchange.world.owner_of(number)
    if account is None:
        raise WorldError(f"{number} is no number of this world.")
    service = account.service_of(number)
    now = time.time()
    sms = Sms(
        sid=new_sid("MM" if media else "SM"),
        account_sid=account.account_sid,
        service_sid=service.sid if service else None,
        sender=phone,
        to=number,
        body=body,
        direction="inbound",
        status="received",
        received=now,
        created=now,
        updated=now,
        sent=now,
        segments=segments(body),
        media=media,
        files=[new_sid("ME") for _ in range(media)],
    )
    exchange.book.add_sms(sms)
    word = keyword(body, number) if not media else None
    parameters = _inbound_parameters(sms)
    if word and service and service.advanced_opt_out:
        parameters["OptOutType"] = word
    _obey(exchange, sms, word)
    url = (service.inbound_url if service else "") or account.numbers[number].inbound_url
    if url and not exchange.faults.hits("drop_inbound"):
        post = signed_post(account, "inbound", url, parameters, f"{sms.sid} received")
        exchange.later(exchange.world.timing.inbound_ms, exchange.courier.send, post)
    return sms


def _inbound_parameters(sms: Sms) -> dict[str, str]:
    parameters = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": sms.sid,
        "NumMedia": str(sms.media),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sms.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": sms.body,
        "FromCountry": "US",
        "To": sms.to,
        "ToZip": "",
        "NumSegments": str(sms.segments),
        "MessageSid": sms.sid,
        "AccountSid": sms.account_sid,
        "From": sms.sender or "",
        "ApiVersion": "2010-04-01",
    }
    if sms.service_sid:
        parameters["MessagingServiceSid"] = sms.service_sid
    for index, name in enumerate(sms.files):
        parameters[f"MediaContentType{index}"] = "image/jpeg"
        parameters[f"MediaUrl{index}"] = (
            f"https://api.twilio.com/2010-04-01/Accounts/{sms.account_sid}/Messages/{sms.sid}/Media/{name}"
        )
    return parameters


def _obey(exchange: Exchange, sms: Sms, word: str | None) -> None:
    """Keep the opt-outs by service and by number, and answer a keyword once, as the carrier does."""
    book, phone, number = exchange.book, sms.phone, sms.to
    scopes = [(scope, phone) for scope in (sms.service_sid, number) if scope]
    was_out = any(scope in book.opted_out for scope in scopes)
    if word == "STOP":
        for scope in scopes:
            book.opted_out.setdefault(scope, sms.created)
    elif word == "START":
        for scope in scopes:
            book.opted_out.pop(scope, None)
    silent = word is None or (was_out and word in ("STOP", "HELP")) or (not was_out and word == "START")
    if silent or word is None:
        return
    now = time.time()
    words = answer(word, number)
    book.add_sms(
        Sms(
            sid=new_sid("SM"),
            account_sid=sms.account_sid,
            service_sid=sms.service_sid,
            sender=number,
            to=phone,
            body=words,
            direction="outbound-reply",
            status="delivered",
            received=now,
            created=now,
            updated=now,
            sent=now,
            segments=segments(words),
            own=True,
        )
    )
