"""Twilio Lookup v2 by the official SDK."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance.registrations.at_twilio import NotReadable, _status

REFUSED = {401, 403}
OWNERS = ("yes", "no", "no_data_available")


class Refused(NotReadable):
    """Twilio does not answer this account: asking on makes no sense."""


@dataclass(frozen=True)
class Answer:
    """In Twilio's own words; an unknown word is `unknown`, or `no_data_available` of the owner."""

    line_type: str
    reassigned: str = ""


def look(client: Any, number: str, since: date | None) -> Answer:
    """Ask about an E.164 number; `since`: also whether it changed hands after that day. Raises NotReadable."""
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

    asked: dict[str, str] = {"fields": "line_type_intelligence"}
    if since is not None:
        asked = {
            "fields": "line_type_intelligence,reassigned_number",
            "last_verified_date": f"{since:%Y%m%d}",
        }
    try:
        found = client.lookups.v2.phone_numbers(number).fetch(**asked)
        if found.valid is False:
            return Answer("invalid")
        line = found.line_type_intelligence or {}
        owner = found.reassigned_number or {}
        if line.get("error_code") and (since is None or owner.get("error_code")):
            raise NotReadable("Twilio could not say anything about the number.")
        told = str(owner.get("is_number_reassigned") or "no_data_available")
        kind = str(line.get("type") or "unknown")[:20]
        return Answer(
            kind,
            "" if since is None else told if told in OWNERS and not owner.get("error_code") else OWNERS[2],
        )
    except TwilioException as refused:
        status = _status(refused)
        if status in REFUSED:
            raise Refused("Twilio did not accept the account’s credentials.") from None
        if status == 404:
            return Answer("invalid")
        raise NotReadable("Twilio answered with an error.") from None
    except (RequestException, ValueError, KeyError, TypeError, AttributeError):
        raise NotReadable("Twilio could not be reached, or its answer could not be read.") from None
