"""Twilio's Consent API: opt-outs told to it in bulk."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qsl

from aiohttp import web

from simulator.exchange import exchange_of
from simulator.providers import as_json
from simulator.twilio_api import signed_in

routes = web.RouteTableDef()


@routes.post("/v1/Consents/Bulk")
async def bulk(request: web.Request) -> web.Response:
    """Each item by itself: `sender_id` is a number or a Messaging Service of the account."""
    account = signed_in(request)
    book = exchange_of(request).book
    given = parse_qsl((await request.read()).decode(), keep_blank_values=True)
    answers = []
    for item in (json.loads(value) for name, value in given if name == "Items"):
        sender, contact = item.get("sender_id", ""), item.get("contact_id", "")
        known = sender in account.services or sender in account.numbers
        if known and item.get("status") == "opt-out":
            book.opted_out[sender, contact] = time.time()
        elif known:
            book.opted_out.pop((sender, contact), None)
        answers.append(
            {
                "correlation_id": item.get("correlation_id", ""),
                "error_code": 0 if known else 20001,
                "error_messages": [] if known else ["sender_id is not of this account"],
            }
        )
    book.changed()
    return as_json({"items": answers}, 201)
