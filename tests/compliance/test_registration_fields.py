"""What a registration says of itself is held against what carriers ask; it is advice and passes all the same."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.registrations.at_twilio import Registration
from compliance.registrations.check import judge
from compliance.registrations.fields import advice
from tenants.models import Client, Sender

GOOD: dict[str, Any] = {
    "description": "Bright Smiles writes to its own patients when it is time for a visit.",
    "message_flow": "People agree on the intake form, by an empty box beside the wording.",
    "message_samples": ["Bright Smiles: time for a visit. Reply STOP to opt out"] * 2,
    "opt_in_message": "Bright Smiles: you get our texts again. Reply HELP for help, STOP to opt out.",
    "opt_out_message": "Bright Smiles: you are unsubscribed and get no more texts.",
    "help_message": "Bright Smiles: call (574) 231-0600 for help.",
    "has_embedded_links": True,
    "has_embedded_phone": True,
    "privacy_policy_url": "https://brightsmiles.example/privacy",
    "terms_and_conditions_url": "https://brightsmiles.example/terms",
}


def test_a_full_registration_needs_no_advice() -> None:
    assert list(advice(GOOD, "Bright Smiles")) == []


@pytest.mark.parametrize("field, given, says", [
    ("description", "Texts.", "40 to 4,096 characters"),
    ("message_flow", None, "how people opt in"),
    ("message_samples", ["One sample of a message that is long enough."], "two to five"),
    ("message_samples", ["short", "short"], "20 to 1,024"),
    ("message_samples", 7, "two to five"),  # whatever Twilio answers
    ("description", {"en": "Texts."}, "40 to 4,096 characters"),
    ("opt_out_message", None, "does not name Bright Smiles"),
    ("opt_out_message", "You are unsubscribed and get no more texts.", "STOP should name Bright Smiles"),
    ("opt_out_message", "Bright Smiles thanks you very much.", "that no more messages come"),
    ("help_message", "Bright Smiles is always glad to help.", "how to reach the practice"),
    ("opt_in_message", "Bright Smiles: welcome back to our texts.", "how to get help and how to stop"),
    ("has_embedded_links", False, "declares no links"),
    ("has_embedded_phone", False, "declares no telephone numbers"),
    ("privacy_policy_url", "", "no privacy policy"),
    ("terms_and_conditions_url", None, "no terms"),
])  # fmt: skip
def test_what_is_missing_or_too_short_is_named(field: str, given: Any, says: str) -> None:
    (found,) = advice(GOOD | {field: given}, "Bright Smiles")
    assert says in found


def test_it_is_advice_and_fails_no_registration() -> None:
    sender = Sender(
        client=Client(name="Bright Smiles"), address="+15742310600", messaging_service="MG1", purposes=["recall"]
    )  # fmt: skip
    campaign = {"status": "VERIFIED", "use_case": "MIXED"}
    inbound = {"url": "https://ours.example/hook", "method": "POST"}
    seen = Registration("10dlc", True, inbound, {"status": "APPROVED"}, campaign)
    answers = [each["answer"] for each in judge(seen, sender, "https://ours.example/hook")]
    assert "warn" in answers
    assert "fail" not in answers
