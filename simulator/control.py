"""The simulator's own API under `/_/`: the world, the faults, and what happened."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from simulator.exchange import Exchange, exchange_of
from simulator.providers import Handler, as_json, whole
from simulator.records import Mail, Sms, accepted_json
from simulator.world import WorldError

routes = web.RouteTableDef()

LARGEST_PAGE = 500


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A WorldError becomes 400 with its sentence; other sites may not drive the simulator from a browser."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return as_json({"error": "Only the simulator's own page may do this."}, 403)
    try:
        return await handler(request)
    except WorldError as error:
        return as_json({"error": str(error)}, 400)


async def json_given(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request, {} when there is no body; else WorldError."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        given = json.loads(raw)
    except ValueError:
        raise WorldError("The body is not JSON.") from None
    if not isinstance(given, dict):
        raise WorldError("The body must be a JSON object.")
    return given


@routes.get("/healthz")
async def healthz(request: web.Request) -> web.Response:
    return as_json({"ok": True})


@routes.put("/_/world")
async def put_world(request: web.Request) -> web.Response:
    exchange = exchange_of(request)
    exchange.put_world(await json_given(request))
    return as_json({"event_public_keys": exchange.world.public_keys()})


@routes.get("/_/world")
async def world(request: web.Request) -> web.Response:
    """What the page needs of the world, and no secret of it."""
    known = exchange_of(request).world
    return as_json(
        {
            "event_public_keys": known.public_keys(),
            "numbers": [
                {
                    "number": number,
                    "account": account.account_sid,
                    "service": service.friendly_name if service else None,
                }
                for account in known.twilio.values()
                for number in account.numbers
                for service in [account.service_of(number)]
            ],
            "smtp": list(known.smtp),
            "domains": [d["domain"] for a in known.sendgrid.values() for d in a.domains],
            "dns": len(known.dns),
        }
    )


@routes.post("/_/reset")
async def reset(request: web.Request) -> web.Response:
    exchange_of(request).reset()
    return as_json({"ok": True})


@routes.get("/_/faults")
async def faults(request: web.Request) -> web.Response:
    return as_json(exchange_of(request).faults.shown())


@routes.put("/_/faults")
async def put_faults(request: web.Request) -> web.Response:
    """Set the named faults and clear the rest; callbacks held so far go out once nothing is held any more."""
    exchange = exchange_of(request)
    exchange.faults.put(await json_given(request))
    released = exchange.courier.release() if not exchange.faults.hold_callbacks else 0
    exchange.book.changed()
    return as_json({**exchange.faults.shown(), "released": released})


@routes.post("/_/callbacks/release")
async def release(request: web.Request) -> web.Response:
    return as_json({"released": exchange_of(request).courier.release()})


@routes.get("/_/log")
async def log(request: web.Request) -> web.Response:
    exchange = exchange_of(request)
    return as_json(
        {"total": exchange.log.total, "calls": list(exchange.log.newest(whole(request.query, "limit", 200)))}
    )


@routes.get("/_/accepted")
async def accepted(request: web.Request) -> web.Response:
    """Every accepted message from the `since`-th on; `next` is the `since` of the next call."""
    book = exchange_of(request).book
    since = whole(request.query, "since", 0)
    limit = whole(request.query, "limit", 0) or None
    rows = [accepted_json(record) for record in book.accepted_since(since, limit)]
    return as_json(
        {"accepted": rows, "next": max(since, book.forgotten) + len(rows), "forgotten": book.forgotten}
    )


@routes.get("/_/state")
async def state(request: web.Request) -> web.Response:
    """Counts, and one page each of phones and mailboxes, newest activity first; 304 while nothing changed."""
    exchange = exchange_of(request)
    courier, book, query = exchange.courier, exchange.book, request.query
    tag = (
        f'"{exchange.generation}-{book.version}-{exchange.log.total}-{courier.scheduled}-{len(courier.held)}"'
    )
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304)
    size = min(whole(query, "size", 100), LARGEST_PAGE)
    answer = as_json(
        {
            "counts": {
                **book.counts,
                "phones": len(book.phones),
                "mailboxes": len(book.mailboxes),
                "opted_out": len({phone for _, phone in book.opted_out}),
                "callbacks_waiting": courier.scheduled,
                "callbacks_held": len(courier.held),
                "callbacks_posted": courier.tally.posted,
                "callbacks_retried": courier.tally.retried,
                "callbacks_failed": courier.tally.failed,
                "calls": exchange.log.total,
            },
            "faults": exchange.faults.shown(),
            "phones": _some(
                book.phones,
                query.get("phones_q", ""),
                whole(query, "phones_page", 0),
                size,
                lambda number, thread: _phone_line(exchange, number, thread),
            ),
            "mailboxes": _some(
                book.mailboxes,
                query.get("mailboxes_q", ""),
                whole(query, "mailboxes_page", 0),
                size,
                _mailbox_line,
            ),
        }
    )
    answer.headers["ETag"] = tag
    return answer


def _some(index: dict[str, Any], wanted: str, page: int, size: int, line: Any) -> dict[str, Any]:
    wanted = wanted.strip().lower()
    if wanted:
        digits = re.sub(r"[\s()\-.]", "", wanted)
        names: Iterable[str] = [
            name for name in reversed(index) if wanted in name or (digits and digits in name)
        ]
        total = len(list(names))
    else:
        names, total = reversed(index), len(index)
    shown = itertools.islice(names, page * size, (page + 1) * size)
    return {"total": total, "page": page, "size": size, "rows": [line(name, index[name]) for name in shown]}


def _phone_line(exchange: Exchange, number: str, thread: list[Sms]) -> dict[str, Any]:
    last = thread[-1]
    return {
        "number": number,
        "at": last.created,
        "count": len(thread),
        "last": last.body[:90],
        "inbound": last.inbound,
        "opted_out": _opted_out(exchange, number),
    }


def _opted_out(exchange: Exchange, number: str) -> bool:
    return any(phone == number for _, phone in exchange.book.opted_out)


def _mailbox_line(address: str, box: list[Mail]) -> dict[str, Any]:
    last = box[-1]
    return {
        "address": address,
        "at": last.at,
        "count": len(box),
        "last": last.letter.subject(last.personal)[:90],
        "status": last.status,
        "sender": last.letter.sender,
    }
