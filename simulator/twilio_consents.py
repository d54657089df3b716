"""Twilio's Consent API: opt-outs told to it in bulk."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import parse_qsl

from aiohttp import web

from simulator.exchange import exchange_of
from simulator.providers import as_json
from simulator.twilio_api import signed_in

routes = web.RouteTableDef()
NUMBER = re.compile(r"\+[1-9]\d{1,14}")


@routes.post("/v1/Consents/Bulk")
async def bulk(request: web.Request) -> web.Response:
    """Each item by itself: `sender_id` is a number or a Messaging Service of the account, `contact_id` a number."""
    account = signed_in(request)
    book, refused = exchange_of(request).book, exchange_of(request).world.refused_opt_outs
    given = parse_qsl((await request.read()).decode(), keep_blank_values=True)
    answers = []
    for item in (json.loads(value) for name, value in given if name == "Items"):
        sender, contact = item.get("sender_id", ""), item.get("contact_id", "")
        wrong = (
            "sender_id is not of this account" if sender not in account.services and sender not in account.numbers
            else "contact_id is no number" if contact in refused or not NUMBER.fullmatch(contact) else ""
        )  # fmt: skip
        if not wrong and item.get("status") == "opt-out":
            book.opted_out[sender, contact] = time.time()
        elif not wrong:
            book.opted_out.pop((sender, contact), None)
        answers.append(
            {
                "correlation_id": item.get("correlation_id", ""),
                "error_code": 20001 if wrong else 0,
                "error_messages": [wrong] if wrong else [],
            }
        )
    book.changed()
    return as_json({"items": answers}, 201)
