"""What Twilio says of a number: its messaging service, campaign and brand, or its toll-free verification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compliance.registrations.fields import READ
from tenants.providers.twilio_client import twilio_client

TOLL_FREE = tuple(f"+1{code}" for code in (800, 833, 844, 855, 866, 877, 888))
MOST = 1000  # numbers of a service, campaigns of an account: more are not read


class NotReadable(Exception):
    """Twilio could not be asked, as a sentence. Says nothing about the registration."""


@dataclass
class Registration:
    """What was read, in Twilio's own words; empty = not there."""

    kind: str  # 10dlc or toll_free
    number_in_service: bool = False
    inbound: dict[str, Any] = field(
        default_factory=dict
    )  # where Twilio brings what people write: url, method
    brand: dict[str, Any] = field(default_factory=dict)
    campaign: dict[str, Any] = field(default_factory=dict)
    verification: dict[str, Any] = field(default_factory=dict)


def read(credentials: Mapping[str, str], number: str, service: str, *, timeout: float = 10.0) -> Registration:
    """Ask Twilio about an E.164 number. Raises NotReadable; `timeout` is seconds for each of at most five questions."""
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

    try:
        client = twilio_client(credentials, timeout=timeout, connections=1)
        return (
            _toll_free(client, number, service)
            if number.startswith(TOLL_FREE)
            else _ten_digits(client, number, service)
        )
    except TwilioException as refused:
        status = _status(refused)
        if status in {401, 403}:
            raise NotReadable(
                "Twilio did not accept the account's credentials. Enter them anew under Provider accounts."
            ) from None
        raise NotReadable(
            f"Twilio answered with an error (HTTP {status or 'unknown'}). Try again later."
        ) from None
    except (RequestException, ValueError, KeyError, TypeError, AttributeError):
        raise NotReadable(
            "Twilio could not be reached, or its answer could not be read. Try again later."
        ) from None


def _status(refused: Any) -> int:
    """The HTTP status of the SDK's exceptions; a failed list carries it in the response only. 0 when there is none."""
    response = refused.args[1] if len(refused.args) > 1 else None
    return int(getattr(refused, "status", 0) or getattr(response, "status_code", 0) or 0)


def _toll_free(client: Any, number: str, service: str) -> Registration:
    found = Registration("toll_free")
    owned = client.incoming_phone_numbers.list(phone_number=number, limit=1)
    found.number_in_service = bool(owned)
    if owned:
        found.inbound = _inbound(client, number, service)
        verifications = client.messaging.v1.tollfree_verifications.list(
            tollfree_phone_number_sid=owned[0].sid, limit=MOST
        )
        if verifications:
            latest = _newest(verifications, lambda each: each.status == "TWILIO_APPROVED")
            found.verification = {
                "sid": latest.sid,
                "status": latest.status,
                "rejection_reason": latest.rejection_reason,
            }
    return found


def _ten_digits(client: Any, number: str, service: str) -> Registration:
    from twilio.base.exceptions import TwilioException

    found = Registration("10dlc")
    if not service:
        return found
    try:
        numbers = client.messaging.v1.services(service).phone_numbers.list(limit=MOST)
        campaigns = client.messaging.v1.services(service).us_app_to_person.list(limit=MOST)
    except TwilioException as refused:
        if _status(refused) == 404:
            return found
        raise
    found.number_in_service = number in {each.phone_number for each in numbers}
    found.inbound = _inbound(client, number, service)
    if not campaigns:
        return found
    campaign = _newest(campaigns, lambda each: each.campaign_status == "VERIFIED")
    found.campaign = {
        "sid": campaign.sid,
        "status": campaign.campaign_status,
        "use_case": campaign.us_app_to_person_usecase,
        "mock": campaign.mock,
        "errors": campaign.errors,
        "rate_limits": campaign.rate_limits,
        **{name: getattr(campaign, name) for name in READ},
    }
    if campaign.brand_registration_sid:
        brand = client.messaging.v1.brand_registrations(campaign.brand_registration_sid).fetch()
        found.brand = {
            "sid": brand.sid,
            "status": brand.status,
            "type": brand.brand_type,
            "identity": brand.identity_status,
            "score": brand.brand_score,
            "mock": brand.mock,
            "reason": brand.failure_reason,
        }
    return found


def _newest(rows: list[Any], good: Callable[[Any], bool]) -> Any:
    """The one that was changed last: an old approval hides no later rejection. Of one instant the bad one, undated ones first."""
    return max(rows, key=lambda each: (not each.date_updated, str(each.date_updated or ""), not good(each)))


def _inbound(client: Any, number: str, service: str) -> dict[str, Any]:
    """Where texts to the number are brought: the messaging service says so, unless it leaves it to the number."""
    if service:
        found = client.messaging.v1.services(service).fetch()
        if not found.use_inbound_webhook_on_number:
            return {"url": found.inbound_request_url, "method": found.inbound_method}
    owned = client.incoming_phone_numbers.list(phone_number=number, limit=1)
    return {"url": owned[0].sms_url, "method": owned[0].sms_method} if owned else {}
