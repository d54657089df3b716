"""Twilio's account and its phone numbers (2010-04-01)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from simulator.providers import as_json, whole
from simulator.twilio_api import signed_in
from simulator.world import Number, TwilioAccount

routes = web.RouteTableDef()

SINCE = "Mon, 05 Jan 2026 09:00:00 +0000"


@routes.get("/2010-04-01/Accounts/{account}.json")
async def account(request: web.Request) -> web.Response:
    """The account itself: what a test of credentials asks for."""
    sid = signed_in(request).account_sid
    return as_json(
        {
            "sid": sid,
            "friendly_name": "Simulated account",
            "status": "active",
            "type": "Full",
            "owner_account_sid": sid,
            "date_created": SINCE,
            "date_updated": SINCE,
            "auth_token": None,
            "uri": f"/2010-04-01/Accounts/{sid}.json",
            "subresource_uris": {},
        }
    )


@routes.get("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json")
async def numbers(request: web.Request) -> web.Response:
    account = signed_in(request)
    wanted = request.query.get("PhoneNumber")
    found = [number for number in account.numbers.values() if wanted in (None, number.phone_number)]
    size, page = min(whole(request.query, "PageSize", 50), 1000), whole(request.query, "Page", 0)

    def address(at: int) -> str:
        return f"{request.path}?PageSize={size}&Page={at}"

    return as_json(
        {
            "incoming_phone_numbers": [_number(account, n) for n in found[page * size : (page + 1) * size]],
            "first_page_uri": address(0),
            "uri": address(page),
            "page": page,
            "page_size": size,
            "next_page_uri": address(page + 1) if len(found) > (page + 1) * size else None,
            "previous_page_uri": address(page - 1) if page else None,
            "start": page * size,
            "end": min(len(found), (page + 1) * size) - 1,
        }
    )


def _number(account: TwilioAccount, number: Number) -> dict[str, Any]:
    tail = number.phone_number[-10:]
    return {
        "account_sid": account.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": "2010-04-01",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": SINCE,
        "date_updated": SINCE,
        "emergency_status": "Inactive",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "friendly_name": f"({tail[:3]}) {tail[3:6]}-{tail[6:]}",
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": number.inbound_url,
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers/{number.sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_url": None,
        "bundle_sid": None,
        "voice_receive_mode": "voice",
        "status": "in-use",
        "type": "local",
    }
