"""SendGrid's mail/send: the checks it makes, and what it accepts."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator import sendgrid_events
from simulator.exchange import Exchange, exchange_of
from simulator.letters import SendGridLetter
from simulator.providers import Refusal
from simulator.records import Mail
from simulator.world import SendGridAccount

routes = web.RouteTableDef()

HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"
ADDRESS = re.compile(r"[^@\s<>(),;:\"\[\]]+@[^@\s<>(),;:\"\[\]]+\.[^@\s<>(),;:\"\[\].]+")
RESERVED_HEADERS = frozenset(
    [
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    ]
)
LIMIT = 1000
LARGEST_EXTRA = 10_000  # bytes of custom arguments, and of substitutions, of one personalization


def refuse(message: str, field: str | None = None, anchor: str = "", status: int = 400) -> Refusal:
    """A refusal in SendGrid's shape."""
    return Refusal(
        status,
        {"errors": [{"message": message, "field": field, "help": f"{HELP}#{anchor}" if anchor else None}]},
    )


def signed_in(request: web.Request) -> SendGridAccount:
    """The account of the api key; else 401."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if not key:
        raise refuse("authorization required", status=401)
    account = exchange_of(request).world.sendgrid.get(key)
    if scheme != "Bearer" or account is None:
        raise refuse("The provided authorization grant is invalid, expired, or revoked", status=401)
    request["account"] = f"{key[:6]}…"
    return account


async def json_body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; else 400."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise refuse("Bad Request")
    return body


@routes.post("/v3/mail/send")
async def send(request: web.Request) -> web.Response:
    account = signed_in(request)
    exchange = exchange_of(request)
    body = await json_body(request)
    _check(body, account)
    if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
        return web.Response(status=200)
    message_id = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    count = _accept(exchange, account, body, message_id, request["received"])
    request["detail"] = f"{message_id} · {count} recipients"
    return web.Response(status=202, headers={"X-Message-Id": message_id})


def _accept(
    exchange: Exchange, account: SendGridAccount, body: dict[str, Any], message_id: str, received: float
) -> int:
    now, letter, count = time.time(), SendGridLetter(body, message_id), 0
    for personal in body["personalizations"]:
        for person in (*personal["to"], *personal.get("cc", ()), *personal.get("bcc", ())):
            mail = Mail(
                id=f"{message_id}.{count}",
                provider="sendgrid",
                account=account.api_key,
                to=person["email"].lower(),
                received=received,
                at=now,
                letter=letter,
                personal=personal,
            )
            reason = sendgrid_events.dropped_because(exchange, account, mail)
            exchange.book.add_mail(mail, shown=reason is None)
            exchange.later(exchange.world.timing.queued_ms, sendgrid_events.launch, exchange, mail, reason)
            count += 1
    return count


def _check(body: Mapping[str, Any], account: SendGridAccount) -> None:
    """Raise SendGrid's refusal for the first thing that is wrong."""
    people = body.get("personalizations")
    if not isinstance(people, list) or not people:
        raise refuse(
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
            "-Personalizations-Errors",
        )
    if len(people) > LIMIT:
        raise refuse(
            f"There is a limit of {LIMIT} personalizations per request.",
            "personalizations",
            "-Personalizations-Errors",
        )
    _check_from(body.get("from"), account)
    if not body.get("subject") and not all(isinstance(p, dict) and p.get("subject") for p in people):
        raise refuse(
            "The subject is required. You can get around this requirement if you use a template with a "
            "subject defined or if every personalization has a subject defined.",
            "subject",
            "message.subject",
        )
    _check_content(body.get("content"))
    _check_headers(body.get("headers", {}), "headers")
    recipients = sum(_check_person(person, f"personalizations.{at}") for at, person in enumerate(people))
    if recipients > LIMIT:
        raise refuse(
            f"The total number of recipients must be no more than {LIMIT}.",
            "personalizations",
            "message.recipient-errors",
        )


def _check_from(sender: Any, account: SendGridAccount) -> None:
    address = sender.get("email") if isinstance(sender, dict) else None
    if not isinstance(address, str) or not address:
        raise refuse(
            "The from object must be provided for every email send. It is an object that requires the "
            "email parameter, but may also contain a name parameter.",
            "from.email",
            "message.from",
        )
    if not ADDRESS.fullmatch(address):
        raise refuse("The from email does not contain a valid address.", "from.email", "message.from")
    domain = address.rpartition("@")[2].lower()
    verified = [str(d["domain"]).lower() for d in account.domains if d.get("valid", True)]
    if account.domains and not any(domain == name or domain.endswith(f".{name}") for name in verified):
        raise refuse(
            "The from address does not match a verified Sender Identity. Mail cannot be sent until this "
            "error is resolved.",
            "from",
            status=403,
        )


def _check_content(content: Any) -> None:
    if not isinstance(content, list) or not content:
        raise refuse(
            "Unless a valid template_id is provided, the content parameter is required. There must be at "
            "least one defined content block.",
            "content",
            "message.content",
        )
    for at, part in enumerate(content):
        if not part.get("type"):
            raise refuse("The content type is required.", f"content.{at}.type", "message.content.type")
        if not isinstance(part.get("value"), str) or not part["value"]:
            raise refuse(
                "The content value must be a string at least one character in length.",
                f"content.{at}.value",
                "message.content.value",
            )


def _check_headers(headers: Mapping[str, Any], field: str) -> None:
    for name, value in headers.items():
        if name.lower() in RESERVED_HEADERS:
            raise refuse(f"The header {name} is reserved and cannot be used.", field, "message.headers")
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise refuse(
                "Header values must be strings without line breaks.", f"{field}.{name}", "message.headers"
            )


def _check_person(person: Any, field: str) -> int:
    """Check one personalization; returns how many recipients it has."""
    to = person.get("to") if isinstance(person, dict) else None
    if not to:
        raise refuse(
            "The to array is required for all personalization objects, and must have at least one email "
            "object with a valid email address.",
            f"{field}.to",
            "message.personalizations.to",
        )
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for at, entry in enumerate(person.get(kind, [])):
            address = entry.get("email") if isinstance(entry, dict) else None
            if not isinstance(address, str) or not ADDRESS.fullmatch(address):
                raise refuse(
                    "Does not contain a valid address.",
                    f"{field}.{kind}.{at}.email",
                    f"message.personalizations.{kind}",
                )
            if address.lower() in seen:
                raise refuse(
                    "Each email address in the personalization block should be unique between to, cc, and "
                    f"bcc. We found the first duplicate instance of [{address}] in the {field}.{kind} "
                    "field.",
                    field,
                    "message.recipient-errors",
                )
            seen.add(address.lower())
    for name in ("custom_args", "substitutions"):
        extra = person.get(name)
        if extra and len(json.dumps(extra)) > LARGEST_EXTRA:
            raise refuse(
                f"The {name} of a personalization must be less than {LARGEST_EXTRA} bytes.",
                f"{field}.{name}",
                "message.personalizations",
            )
    if "headers" in person:
        _check_headers(person["headers"], f"{field}.headers")
    return len(seen)
