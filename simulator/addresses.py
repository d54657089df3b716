"""The people's side of `/_/`: one phone or one mailbox, and what is done there."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from simulator import carrier, people
from simulator.control import LARGEST_PAGE, json_given
from simulator.exchange import exchange_of
from simulator.letters import as_page, links, unsubscribe_address
from simulator.providers import as_json, whole
from simulator.records import Mail
from simulator.world import WorldError

routes = web.RouteTableDef()

PHONE = re.compile(r"\+[1-9]\d{6,14}")


@routes.get("/_/phones/{number}")
async def phone(request: web.Request) -> web.Response:
    exchange, number = exchange_of(request), request.match_info["number"]
    thread = exchange.book.phones.get(number, [])
    names = {
        service.sid: service.friendly_name
        for account in exchange.world.twilio.values()
        for service in account.services.values()
    }
    return as_json(
        {
            "number": number,
            "total": len(thread),
            "undelivered": exchange.world.phones.get(number),
            "opted_out": sorted(
                names.get(scope, scope) for scope, who in exchange.book.opted_out if who == number
            ),
            "messages": [
                {
                    "sid": sms.sid,
                    "inbound": sms.inbound,
                    "own": sms.own,
                    "with": sms.to if sms.inbound else sms.sender,
                    "body": sms.body,
                    "at": sms.created,
                    "status": sms.status,
                    "error_code": sms.error_code,
                    "segments": sms.segments,
                    "media": sms.media,
                }
                for sms in thread[-min(whole(request.query, "limit", 100), LARGEST_PAGE) :]
            ],
        }
    )


@routes.post("/_/phones/{number}/reply")
async def reply(request: web.Request) -> web.Response:
    """A text from this phone: `body`; if wanted `to` (a number of the world) and `media` (pictures)."""
    given, number = await json_given(request), request.match_info["number"]
    if not PHONE.fullmatch(number):
        raise WorldError(f"{number} is no phone number like +16175550123.")
    body, media = given.get("body", ""), given.get("media", 0)
    if not isinstance(body, str) or not isinstance(media, int) or not 0 <= media <= 10:
        raise WorldError("body must be a text and media the number of pictures, 0 to 10.")
    if not body and not media:
        raise WorldError("Write something, or send a picture.")
    sms = carrier.reply(exchange_of(request), number, body, given.get("to"), media)
    return as_json({"sid": sms.sid, "to": sms.to}, 201)


@routes.post("/_/phones/{number}/behaviour")
async def behaviour(request: web.Request) -> web.Response:
    """From now on texts to this phone end in `undelivered` (a Twilio code), or arrive again (null)."""
    given, exchange, number = await json_given(request), exchange_of(request), request.match_info["number"]
    code = given.get("undelivered")
    if code is not None and not isinstance(code, int):
        raise WorldError("undelivered must be a Twilio error code such as 30005, or null.")
    if code:
        exchange.world.phones[number] = code
    else:
        exchange.world.phones.pop(number, None)
    return as_json({"undelivered": code or None})


@routes.get("/_/mailboxes/{address}")
async def mailbox(request: web.Request) -> web.Response:
    address = request.match_info["address"].lower()
    box = exchange_of(request).book.mailboxes.get(address, [])
    newest = list(reversed(box))[: min(whole(request.query, "limit", 50), LARGEST_PAGE)]
    return as_json({"address": address, "total": len(box), "messages": [_mail_line(mail) for mail in newest]})


def _mail_line(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "provider": mail.provider,
        "sender": mail.letter.sender,
        "at": mail.at,
        "subject": mail.letter.subject(mail.personal),
        "status": mail.status,
        "note": mail.note,
    }


def _mail(request: web.Request) -> Mail:
    """The mail of an address and an id; the id `latest` is the newest one."""
    book, address = exchange_of(request).book, request.match_info["address"].lower()
    wanted = request.match_info["id"]
    if wanted == "latest" and book.mailboxes.get(address):
        return book.mailboxes[address][-1]
    mail = book.mails.get(wanted)
    if mail is None or mail.to != address:
        raise web.HTTPNotFound(text="There is no such mail.")
    return mail


@routes.get("/_/mailboxes/{address}/messages/{id}")
async def mail(request: web.Request) -> web.Response:
    found = _mail(request)
    letter, personal = found.letter, found.personal
    text, markup, headers = letter.text(personal), letter.html(personal), letter.headers(personal)
    return as_json(
        {
            **_mail_line(found),
            "to": found.to,
            "text": text,
            "html": markup,
            "headers": headers,
            "links": links(text, markup),
            "unsubscribe": unsubscribe_address(headers),
            "custom_args": dict(letter.arguments(personal)),
            "return_path": letter.return_path,
        }
    )


@routes.get("/_/mailboxes/{address}/messages/{id}/page")
async def mail_page(request: web.Request) -> web.Response:
    """The mail as a document of its own: it may style itself and open links, and nothing else."""
    found = _mail(request)
    markup = found.letter.html(found.personal)
    wants_text = request.query.get("as") == "text" or not markup
    body = as_page(found.letter.text(found.personal)) if wants_text else markup
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail</title>'
        '<base target="_blank"><link rel="stylesheet" href="/pages/mail.css"></head>'
        f"<body>{body}</body></html>"
    )
    policy = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline' http://127.0.0.1:* http://localhost:*; "
        "img-src data: http://127.0.0.1:* http://localhost:*; frame-ancestors 'self'; form-action 'none'"
    )
    return web.Response(
        text=page,
        content_type="text/html",
        headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"},
    )


@routes.post("/_/mailboxes/{address}/messages/{id}/{act}")
async def act_on_mail(request: web.Request) -> web.Response:
    exchange, found, wanted = exchange_of(request), _mail(request), request.match_info["act"]
    if wanted == "unsubscribe":
        return as_json({"status": await people.unsubscribe(exchange, found)})
    if wanted == "reply":
        people.reply(exchange, found, str((await json_given(request)).get("body", "")))
        return as_json({"ok": True})
    if wanted not in people.ACTS:
        raise web.HTTPNotFound(text="Nobody does that with a mail.")
    people.ACTS[wanted](exchange, found)
    return as_json({"ok": True, "status": found.status})
