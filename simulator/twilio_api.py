"""Twilio's Programmable Messaging API (2010-04-01): create, read, list and redact messages."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from simulator import carrier
from simulator.exchange import Exchange, exchange_of
from simulator.providers import Refusal, as_json, twilio_error, whole
from simulator.records import Sms
from simulator.segments import segments
from simulator.world import TwilioAccount

routes = web.RouteTableDef()

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NORTH_AMERICA = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]+")
MESSAGES_OF_CODES = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity Period Expired",
}


def refuse(code: int, message: str, status: int = 400) -> Refusal:
    """A refusal in Twilio's shape."""
    return Refusal(status, twilio_error(code, message, status))


def not_found(path: str) -> Refusal:
    return refuse(20404, f"The requested resource {path} was not found", 404)


def signed_in(request: web.Request) -> TwilioAccount:
    """The account of the credentials (and of the address, where that names one); else 401, code 20003."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name = token = ""
    account = exchange_of(request).world.twilio.get(name)
    named = request.match_info.get("account")
    if scheme != "Basic" or account is None or account.auth_token != token or named not in (None, name):
        raise refuse(20003, "Authenticate", 401)
    request["account"] = name
    return account


async def form(request: web.Request) -> dict[str, str]:
    """The form of a request; blank values count."""
    return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))


@routes.post("/2010-04-01/Accounts/{account}/Messages.json")
async def create(request: web.Request) -> web.Response:
    account = signed_in(request)
    exchange = exchange_of(request)
    given = await form(request)
    sms = _accepted(exchange, account, given, request["received"])
    exchange.book.add_sms(sms)
    carrier.launch(exchange, sms)
    request["detail"] = sms.sid
    return as_json(shown(sms), 201)


def _accepted(exchange: Exchange, account: TwilioAccount, given: dict[str, str], received: float) -> Sms:
    """The message that a valid form makes; raises the refusal with Twilio's code otherwise."""
    to, body, service_sid = given.get("To", ""), given.get("Body", ""), given.get("MessagingServiceSid")
    sender = given.get("From")
    if not to:
        raise refuse(21604, "A 'To' phone number is required.")
    if not sender and not service_sid:
        raise refuse(21603, "A 'From' phone number is required.")
    if not body and "MediaUrl" not in given:
        raise refuse(21602, "Message body is required.")
    if len(body) > 1600:
        raise refuse(21617, "The concatenated message body exceeds the 1600 character limit.")
    if not _E164.fullmatch(to) or (to.startswith("+1") and not _NORTH_AMERICA.fullmatch(to)):
        raise refuse(21211, f"Invalid 'To' Phone Number: {to[:5]}XXXX")
    if not to.startswith(account.regions):
        raise refuse(
            21408,
            "Permission to send an SMS has not been enabled for the region indicated by the "
            f"'To' number: {to[:5]}XXXX",
        )
    _check_sender(account, sender, service_sid, to)
    if "StatusCallback" in given and not _WEB_ADDRESS.match(given["StatusCallback"]):
        raise refuse(21609, f"The 'StatusCallback' URL {given['StatusCallback']} is not a valid URL.")
    validity = _validity(given.get("ValidityPeriod"))
    if (service_sid or sender or "", to) in exchange.book.opted_out:
        raise refuse(21610, "Attempt to send to unsubscribed recipient")
    now = time.time()
    return Sms(
        sid=carrier.new_sid("MM" if "MediaUrl" in given else "SM"),
        account_sid=account.account_sid,
        service_sid=service_sid,
        sender=sender,
        to=to,
        body=body,
        direction="outbound-api",
        status="accepted" if service_sid and not sender else "queued",
        received=received,
        created=now,
        updated=now,
        segments=segments(body),
        callback=given.get("StatusCallback"),
        expires=now + validity if validity else None,
        media=int("MediaUrl" in given),
    )


def _check_sender(account: TwilioAccount, sender: str | None, service_sid: str | None, to: str) -> None:
    if service_sid:
        service = account.services.get(service_sid)
        if service is None:
            raise refuse(21701, "The Messaging Service does not exist.")
        if not service.numbers:
            raise refuse(
                21703, "The Messaging Service does not have a phone number available to send a message."
            )
        if sender and sender not in service.numbers:
            raise refuse(21712, "The 'From' number is not in the Messaging Service.")
    elif sender not in account.numbers:
        raise refuse(
            21606,
            f"The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number "
            "or short code for your account.",
        )
    if sender == to:
        raise refuse(21266, f"'To' and 'From' number cannot be the same: {to[:5]}XXXX")


def _validity(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isdigit() or given == "0":
        raise refuse(90014, "Validity Period should be positive integer")
    if int(given) > 36_000:
        raise refuse(90007, "Invalid validity period value")
    return int(given)


@routes.get("/2010-04-01/Accounts/{account}/Messages/{sid}.json")
async def fetch(request: web.Request) -> web.Response:
    return as_json(shown(_message(request)))


@routes.post("/2010-04-01/Accounts/{account}/Messages/{sid}.json")
async def update(request: web.Request) -> web.Response:
    """Redact: an empty Body blanks the text at the provider; the person's phone keeps it."""
    sms = _message(request)
    given = await form(request)
    if given.get("Body") != "":
        raise refuse(20001, "Only an empty Body may be given, which redacts the message.")
    sms.redacted, sms.updated = True, time.time()
    return as_json(shown(sms))


def _message(request: web.Request) -> Sms:
    account = signed_in(request)
    sms = exchange_of(request).book.sms.get(request.match_info["sid"])
    if sms is None or sms.account_sid != account.account_sid:
        raise not_found(request.path)
    return sms


@routes.get("/2010-04-01/Accounts/{account}/Messages.json")
async def listed(request: web.Request) -> web.Response:
    """Newest first, by To, From and DateSent (also < and >), in pages that new messages do not shift."""
    account = signed_in(request)
    query = request.query
    size = min(whole(query, "PageSize", 50), 1000)
    page = whole(query, "Page", 0)
    found: Iterator[Sms] = _matching(exchange_of(request).book, account, query)
    token = query.get("PageToken", "")
    if token:
        found = itertools.islice(itertools.dropwhile(lambda sms: sms.sid != token[2:], found), 1, None)
    elif page:
        found = itertools.islice(found, page * size, None)
    rows = list(itertools.islice(found, size + 1))
    more, rows = len(rows) > size, rows[:size]
    kept = [(name, value) for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")]

    def address(number: int, *after: tuple[str, str]) -> str:
        return f"{request.path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(number)), *after])}"

    return as_json(
        {
            "messages": [shown(sms) for sms in rows],
            "first_page_uri": address(0),
            "uri": address(page),
            "page": page,
            "page_size": size,
            "next_page_uri": address(page + 1, ("PageToken", f"PA{rows[-1].sid}")) if more else None,
            "previous_page_uri": address(page - 1) if page else None,
            "start": page * size,
            "end": page * size + max(0, len(rows) - 1),
        }
    )


def _matching(book: Any, account: TwilioAccount, query: Any) -> Iterator[Sms]:
    to, sender = query.get("To"), query.get("From")
    person = next((number for number in (to, sender) if number and number not in account.numbers), None)
    pool: Iterable[Sms] = book.phones.get(person, []) if person else list(book.sms.values())
    wanted = [
        _date_test(operator, query[f"DateSent{operator}"])
        for operator in ("", "<", ">")
        if f"DateSent{operator}" in query
    ]
    for sms in reversed(list(pool)):
        if sms.account_sid != account.account_sid or sms.own:
            continue
        if (to and sms.to != to) or (sender and sms.sender != sender):
            continue
        if all(test(sms.sent or sms.created) for test in wanted):
            yield sms


def _date_test(operator: str, value: str) -> Any:
    """A test of seconds since 1970 against a GMT day (`2026-11-22`) or instant (`2026-11-22T10:00:00Z`).

    The SDK writes a day as its midnight, so "on midnight" without < or > means that day.
    """
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise refuse(20001, f"DateSent {value} is not a date.") from None
    start = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    is_day = len(value) == 10 or (operator == "" and start % 86_400 == 0)
    day = 86_400 if is_day else 1
    if operator == "<":  # Twilio reads DateSent< as "on or before".
        return lambda at: at < start + day
    if operator == ">":
        return lambda at: at >= start
    return lambda at: start <= at < start + day


def date(at: float | None) -> str | None:
    """RFC 2822 in GMT, as the 2010 API writes it."""
    return None if at is None else time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(at))


def shown(sms: Sms) -> dict[str, Any]:
    """A message as the API shows it."""
    uri = f"/2010-04-01/Accounts/{sms.account_sid}/Messages/{sms.sid}"
    assigned = sms.sender is not None
    billed = sms.sent is not None
    return {
        "body": "" if sms.redacted else sms.body,
        "num_segments": str(sms.segments) if assigned else "0",
        "direction": sms.direction,
        "from": sms.sender,
        "to": sms.to,
        "date_updated": date(sms.updated),
        "price": f"-{0.0079 * sms.segments:.5f}" if billed else None,
        "error_message": _said(sms.error_code),
        "uri": f"{uri}.json",
        "account_sid": sms.account_sid,
        "num_media": str(sms.media),
        "status": sms.status,
        "messaging_service_sid": sms.service_sid,
        "sid": sms.sid,
        "date_sent": date(sms.sent),
        "date_created": date(sms.created),
        "error_code": sms.error_code,
        "price_unit": "USD" if billed else None,
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def _said(code: int | None) -> str | None:
    return None if code is None else MESSAGES_OF_CODES.get(code, "Unknown error")
