"""Twilio's registrations (messaging v1): brands, campaigns, services and their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from simulator.providers import as_json, whole
from simulator.twilio_api import not_found, signed_in
from simulator.world import MessagingService, TwilioAccount

routes = web.RouteTableDef()

BASE = "https://messaging.twilio.com"
SINCE = "2026-01-05T09:00:00Z"


def page_of(request: web.Request, key: str, items: Sequence[Mapping[str, Any]]) -> web.Response:
    """One page of a v1 list."""
    size, page = min(whole(request.query, "PageSize", 50), 100), whole(request.query, "Page", 0)

    def address(number: int) -> str:
        return f"{BASE}{request.path}?PageSize={size}&Page={number}"

    return as_json(
        {
            key: items[page * size : (page + 1) * size],
            "meta": {
                "page": page,
                "page_size": size,
                "first_page_url": address(0),
                "url": address(page),
                "key": key,
                "previous_page_url": address(page - 1) if page else None,
                "next_page_url": address(page + 1) if len(items) > (page + 1) * size else None,
            },
        }
    )


def _service(request: web.Request) -> tuple[TwilioAccount, MessagingService]:
    account = signed_in(request)
    service = account.services.get(request.match_info["service"])
    if service is None:
        raise not_found(request.path)
    return account, service


@routes.get("/v1/a2p/BrandRegistrations")
async def brands(request: web.Request) -> web.Response:
    account = signed_in(request)
    return page_of(request, "data", [_brand(account, brand) for brand in account.brands.values()])


@routes.get("/v1/a2p/BrandRegistrations/{sid}")
async def brand(request: web.Request) -> web.Response:
    account = signed_in(request)
    found = account.brands.get(request.match_info["sid"])
    if found is None:
        raise not_found(request.path)
    return as_json(_brand(account, found))


def _brand(account: TwilioAccount, given: Mapping[str, Any]) -> dict[str, Any]:
    url = f"{BASE}/v1/a2p/BrandRegistrations/{given['sid']}"
    return {
        "sid": given["sid"],
        "account_sid": account.account_sid,
        "customer_profile_bundle_sid": None,
        "a2p_profile_bundle_sid": None,
        "date_created": SINCE,
        "date_updated": SINCE,
        "brand_type": "STANDARD",
        "status": "APPROVED",
        "tcr_id": None,
        "failure_reason": None,
        "url": url,
        "brand_score": None,
        "brand_feedback": [],
        "identity_status": "VERIFIED",
        "russell_3000": False,
        "tax_exempt_status": None,
        "government_entity": False,
        "skip_automatic_sec_vet": False,
        "errors": [],
        "mock": False,
        "links": {"brand_vettings": f"{url}/Vettings", "brand_registration_otps": f"{url}/SmsOtp"},
        **given,
    }


@routes.get("/v1/Services")
async def services(request: web.Request) -> web.Response:
    account = signed_in(request)
    return page_of(
        request, "services", [_shown_service(account, service) for service in account.services.values()]
    )


@routes.get("/v1/Services/{service}")
async def service(request: web.Request) -> web.Response:
    return as_json(_shown_service(*_service(request)))


def _shown_service(account: TwilioAccount, service: MessagingService) -> dict[str, Any]:
    url = f"{BASE}/v1/Services/{service.sid}"
    registered = bool(service.usa2p and service.usa2p.get("campaign_status", "VERIFIED") == "VERIFIED")
    return {
        "account_sid": account.account_sid,
        "sid": service.sid,
        "date_created": SINCE,
        "date_updated": SINCE,
        "friendly_name": service.friendly_name,
        "inbound_request_url": service.inbound_url or None,
        "inbound_method": "POST",
        "fallback_url": None,
        "fallback_method": "POST",
        "status_callback": None,
        "sticky_sender": True,
        "mms_converter": True,
        "smart_encoding": False,
        "fallback_to_long_code": False,
        "area_code_geomatch": True,
        "validity_period": 36000,
        "scan_message_content": "inherit",
        "synchronous_validation": False,
        "usecase": "notifications",
        "us_app_to_person_registered": registered,
        "use_inbound_webhook_on_number": not service.inbound_url,
        "url": url,
        "links": {
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
            "alpha_senders": f"{url}/AlphaSenders",
            "messages": f"{url}/Messages",
            "us_app_to_person": f"{url}/Compliance/Usa2p",
            "us_app_to_person_usecases": f"{url}/Compliance/Usa2p/Usecases",
            "channel_senders": f"{url}/ChannelSenders",
            "destination_alpha_senders": f"{url}/DestinationAlphaSenders",
        },
    }


@routes.get("/v1/Services/{service}/PhoneNumbers")
async def service_numbers(request: web.Request) -> web.Response:
    account, service = _service(request)
    return page_of(
        request,
        "phone_numbers",
        [
            {
                "account_sid": account.account_sid,
                "service_sid": service.sid,
                "sid": account.numbers[number].sid,
                "date_created": SINCE,
                "date_updated": SINCE,
                "phone_number": number,
                "country_code": "US",
                "capabilities": ["SMS", "MMS"],
                "url": f"{BASE}/v1/Services/{service.sid}/PhoneNumbers/{account.numbers[number].sid}",
            }
            for number in service.numbers
        ],
    )


@routes.get("/v1/Services/{service}/Compliance/Usa2p")
async def campaigns(request: web.Request) -> web.Response:
    account, service = _service(request)
    return page_of(request, "compliance", [_campaign(account, service)] if service.usa2p else [])


@routes.get("/v1/Services/{service}/Compliance/Usa2p/{sid}")
async def campaign(request: web.Request) -> web.Response:
    account, service = _service(request)
    if not service.usa2p or service.usa2p.get("sid") != request.match_info["sid"]:
        raise not_found(request.path)
    return as_json(_campaign(account, service))


def _campaign(account: TwilioAccount, service: MessagingService) -> dict[str, Any]:
    given = service.usa2p or {}
    return {
        "account_sid": account.account_sid,
        "brand_registration_sid": None,
        "messaging_service_sid": service.sid,
        "description": "",
        "message_samples": [],
        "us_app_to_person_usecase": "MIXED",
        "has_embedded_links": True,
        "has_embedded_phone": False,
        "subscriber_opt_in": True,
        "age_gated": False,
        "direct_lending": False,
        "campaign_status": "VERIFIED",
        "campaign_id": None,
        "is_externally_registered": False,
        "rate_limits": {"att": {"mps": 40, "msg_class": "E"}, "tmobile": {"brand_tier": "LOW"}},
        "message_flow": "",
        "opt_in_message": None,
        "opt_out_message": None,
        "help_message": None,
        "opt_in_keywords": ["START"],
        "opt_out_keywords": ["STOP"],
        "help_keywords": ["HELP"],
        "date_created": SINCE,
        "date_updated": SINCE,
        "mock": False,
        "errors": [],
        "url": f"{BASE}/v1/Services/{service.sid}/Compliance/Usa2p/{given.get('sid')}",
        "privacy_policy_url": None,
        "terms_and_conditions_url": None,
        **given,
    }
