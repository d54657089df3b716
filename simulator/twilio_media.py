"""Twilio's Media: what came with a text. The file itself lies at another address, which asks for no password."""

from __future__ import annotations

import io
from functools import cache

from aiohttp import web
from PIL import Image, ImageDraw

from simulator.exchange import exchange_of
from simulator.providers import as_json
from simulator.records import Sms
from simulator.twilio_api import date, not_found, signed_in

routes = web.RouteTableDef()
ONE = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media}"


@routes.get("/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json")
async def listed(request: web.Request) -> web.Response:
    sms = _message(request)
    uri = f"/2010-04-01/Accounts/{sms.account_sid}/Messages/{sms.sid}/Media"
    rows = [
        {
            "sid": each, "account_sid": sms.account_sid, "parent_sid": sms.sid, "content_type": "image/jpeg",
            "date_created": date(sms.created), "date_updated": date(sms.created), "uri": f"{uri}/{each}.json",
        }
        for each in sms.files
    ]  # fmt: skip
    page = {
        "uri": f"{uri}.json",
        "first_page_uri": f"{uri}.json",
        "next_page_uri": None,
        "previous_page_uri": None,
    }
    return as_json({"media_list": rows, "page": 0, "page_size": 50, "start": 0, "end": len(rows), **page})


@routes.delete(ONE + ".json")
async def delete(request: web.Request) -> web.Response:
    sms, media = _file(request)
    sms.files.remove(media)
    return web.Response(status=204)


@routes.get(ONE)
async def fetch(request: web.Request) -> web.Response:
    sms, media = _file(request)
    return web.Response(status=307, headers={"Location": f"/stored-media/{sms.sid}/{media}"})


@routes.get("/stored-media/{sid}/{media}")
async def stored(request: web.Request) -> web.Response:
    sms = exchange_of(request).book.sms.get(request.match_info["sid"])
    if sms is None or request.match_info["media"] not in sms.files:
        raise not_found(request.path)
    return web.Response(body=a_card(), content_type="image/jpeg")


@cache
def a_card() -> bytes:
    """A photo of an insurance card of nobody, with the place it was taken at, as phones write it."""
    drawn = Image.new("RGB", (800, 504), "#e8eef7")
    pen = ImageDraw.Draw(drawn)
    pen.rounded_rectangle((30, 30, 770, 474), 24, fill="#ffffff", outline="#2f4bc7", width=4)
    pen.rectangle((30, 60, 770, 130), fill="#2f4bc7")
    for line, words in enumerate(
        ("EXAMPLE HEALTH PLAN", "Member: A. Sample", "ID 000 000 000", "Group 0000")
    ):
        pen.text((60, 80 + 90 * line), words, fill="#ffffff" if line == 0 else "#1b2530", font_size=34)
    written = Image.Exif()
    written[0x010F] = "Example phone"
    written.get_ifd(0x8825)[2] = (41.0, 40.0, 59.0)  # GPS latitude
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=85, exif=written)
    return out.getvalue()


def _message(request: web.Request) -> Sms:
    account = signed_in(request)
    sms = exchange_of(request).book.sms.get(request.match_info["sid"])
    if sms is None or sms.account_sid != account.account_sid:
        raise not_found(request.path)
    return sms


def _file(request: web.Request) -> tuple[Sms, str]:
    sms, media = _message(request), request.match_info["media"]
    if media not in sms.files:
        raise not_found(request.path)
    return sms, media
