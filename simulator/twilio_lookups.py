"""Twilio's look-up of a number (lookups v2): what kind of line it is, and whether somebody else has it since a day.

The carrier's world decides: a phone where texts end in 30006 is a landline, one where they end in 30005 was given on.
"""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from simulator.exchange import exchange_of
from simulator.providers import as_json
from simulator.twilio_api import refuse, signed_in

routes = web.RouteTableDef()

LANDLINE, GIVEN_ON = 30006, 30005
SINCE = "20210101"  # the database knows nothing of the time before
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PACKAGES = (
    "caller_name", "sim_swap", "call_forwarding", "line_type_intelligence", "line_status", "identity_match",
    "reassigned_number", "sms_pumping_risk", "phone_number_quality_score", "pre_fill",
)  # fmt: skip


@routes.get("/v2/PhoneNumbers/{number}")
async def look_up(request: web.Request) -> web.Response:
    signed_in(request)
    number = request.match_info["number"]
    wanted = {each for each in request.query.get("Fields", "").split(",") if each}
    if unknown := wanted - set(_PACKAGES) - {"validation"}:
        raise refuse(60617, f"Invalid 'Fields' parameter: {', '.join(sorted(unknown))}")
    since = request.query.get("LastVerifiedDate", "")
    if "reassigned_number" in wanted and not re.fullmatch(r"\d{8}", since):
        raise refuse(60601, "LastVerifiedDate is required, as YYYYMMDD")
    valid = bool(_E164.fullmatch(number))
    ends_in = exchange_of(request).world.phones.get(number)
    answer: dict[str, Any] = {
        "calling_country_code": "1" if number.startswith("+1") else None,
        "country_code": "US" if number.startswith("+1") else None,
        "phone_number": number,
        "national_format": f"({number[2:5]}) {number[5:8]}-{number[8:]}" if number.startswith("+1") else None,
        "valid": valid,
        "validation_errors": [] if valid else ["NOT_A_NUMBER"],
        **dict.fromkeys(_PACKAGES),
        "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{number}",
    }
    if valid and "line_type_intelligence" in wanted:
        answer["line_type_intelligence"] = {
            "mobile_country_code": "310", "mobile_network_code": "456", "carrier_name": "Simulated Carrier",
            "type": "landline" if ends_in == LANDLINE else "mobile", "error_code": None,
        }  # fmt: skip
    if valid and "reassigned_number" in wanted:
        told = "no_data_available" if since < SINCE else "yes" if ends_in == GIVEN_ON else "no"
        answer["reassigned_number"] = {
            "last_verified_date": since,
            "is_number_reassigned": told,
            "error_code": None,
        }
    return as_json(answer)
