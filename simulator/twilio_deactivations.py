"""Twilio's list of the numbers that carriers took back on a day; the file lies elsewhere and asks for no password."""

from __future__ import annotations

import re
from datetime import date

from aiohttp import web

from simulator.exchange import exchange_of
from simulator.providers import as_json
from simulator.twilio_api import not_found, refuse, signed_in

routes = web.RouteTableDef()


@routes.get("/v1/Deactivations")
async def of_a_day(request: web.Request) -> web.Response:
    """A list for every day, an empty one where the world names nobody."""
    signed_in(request)
    day = request.query.get("Date", "")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise refuse(20001, "Date must be YYYY-MM-DD") from None
    url = f"{request.scheme}://{request.host}/stored-deactivations/{day}"
    answer = as_json({"redirect_to": url}, 307)
    answer.headers["Location"] = url
    return answer


@routes.get("/stored-deactivations/{day}")
async def stored(request: web.Request) -> web.Response:
    day = request.match_info["day"]
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise not_found(request.path)
    numbers = exchange_of(request).world.given_up.get(day, [])
    return web.Response(text="".join(f"{number}\n" for number in numbers), content_type="text/plain")
