"""Twilio's toll-free verifications (messaging v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator.providers import as_json
from simulator.twilio_api import not_found, signed_in
from simulator.twilio_registration import BASE, SINCE, page_of
from simulator.world import TwilioAccount

routes = web.RouteTableDef()


@routes.get("/v1/Tollfree/Verifications")
async def verifications(request: web.Request) -> web.Response:
    account = signed_in(request)
    wanted = request.query
    found = [_verification(account, given) for given in account.tollfree.values()]
    return page_of(
        request,
        "verifications",
        [
            item
            for item in found
            if wanted.get("TollfreePhoneNumberSid") in (None, item["tollfree_phone_number_sid"])
            and wanted.get("Status") in (None, item["status"])
        ],
    )


@routes.get("/v1/Tollfree/Verifications/{sid}")
async def verification(request: web.Request) -> web.Response:
    account = signed_in(request)
    given = account.tollfree.get(request.match_info["sid"])
    if given is None:
        raise not_found(request.path)
    return as_json(_verification(account, given))


_EMPTY = [
    "customer_profile_sid",
    "trust_product_sid",
    "regulated_item_sid",
    "business_street_address",
    "business_street_address2",
    "business_city",
    "business_state_province_region",
    "business_postal_code",
    "business_country",
    "business_website",
    "business_contact_first_name",
    "business_contact_last_name",
    "business_contact_email",
    "business_contact_phone",
    "notification_email",
    "use_case_summary",
    "production_message_sample",
    "additional_information",
    "rejection_reason",
    "error_code",
    "edit_expiration",
    "edit_allowed",
    "rejection_reasons",
    "resource_links",
    "external_reference_id",
    "business_registration_number",
    "business_registration_authority",
    "business_registration_country",
    "business_type",
    "business_registration_phone_number",
    "doing_business_as",
    "help_message_sample",
    "opt_in_confirmation_message",
    "privacy_policy_url",
    "terms_and_conditions_url",
    "vetting_id",
    "vetting_id_expiration",
    "vetting_provider",
]


def _verification(account: TwilioAccount, given: Mapping[str, Any]) -> dict[str, Any]:
    number = account.numbers.get(given.get("tollfree_phone_number", ""))
    return {
        **dict.fromkeys(_EMPTY),
        "account_sid": account.account_sid,
        "date_created": SINCE,
        "date_updated": SINCE,
        "business_name": "",
        "use_case_categories": [],
        "opt_in_image_urls": [],
        "opt_in_type": "WEB_FORM",
        "message_volume": "1,000",
        "tollfree_phone_number_sid": number.sid if number else None,
        "tollfree_phone_number": None,
        "status": "TWILIO_APPROVED",
        "age_gated_content": False,
        "opt_in_keywords": ["START"],
        "url": f"{BASE}/v1/Tollfree/Verifications/{given['sid']}",
        **given,
    }
