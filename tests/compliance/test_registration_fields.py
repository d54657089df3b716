"""What a registration says of itself is held against what carriers ask: advice on its card, warnings in the review of the words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.fingerprint import signed_content
from compliance.content import registered
from compliance.content.review import review_for
from compliance.models import SmsRegistration
from compliance.registrations.at_twilio import Registration
from compliance.registrations.check import judge
from compliance.registrations.fields import advice
from tenants.clock import db_now
from tenants.models import Client, Sender
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_content_review import content, text

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


def test_the_review_warns_of_what_is_missing_and_of_what_the_words_do_not_match() -> None:
    def rules(body: str, **changed: Any) -> set[str]:
        given = content(text(body, text=f"Bright Smiles: {body} Reply STOP to opt out"))
        found = list(registered.review(given, {"+15742310600": GOOD | changed}))
        assert not any(each.blocks for each in found)
        return {each.rule for each in found}

    assert rules("time for a visit.") == set()
    assert rules("time for a visit.", description="Short") == {"A2P-FIELDS"}
    assert rules("time for a visit.", terms_and_conditions_url="") == {"A2P-PRIVACY-POLICY"}
    assert rules("time for a visit.", help_message="") == {"SMS-OPTOUT-TEXT"}
    for declared in (False, None):
        linked, called = (
            "time for a visit: brightsmiles.example/book.",
            "time for a visit, call (574) 231-0600.",
        )
        assert rules(linked, has_embedded_links=declared) == {"A2P-CONTENT-MATCH"}
        assert rules(called, has_embedded_phone=declared) == {"A2P-CONTENT-MATCH"}
        assert rules("time for a visit.", has_embedded_links=declared) == set()
    other = "our whitening raffle ends tonight, bring three friends and win one of nine baskets full of new brushes and more"
    assert rules(other) == {"A2P-CONTENT-MATCH"}


@pytest.mark.django_db
def test_the_newest_look_at_a_number_is_what_its_texts_are_held_against() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        sender, at = people.sms_sender(client), db_now()
        for days, said in ((2, {}), (1, GOOD)):
            SmsRegistration.objects.create(
                client=client, sender=sender, kind="10dlc", passed=True, checked_at=at - timedelta(days=days), valid_until=at,
                seen={"campaign": {"sid": "QE1"} | said},
            )  # fmt: skip
        made = people.campaign(client, {"channel": "sms"})
        assert review_for(client, signed_content(made)) == []
        SmsRegistration.objects.filter(checked_at__gt=at - timedelta(days=1, hours=1)).delete()
        assert "A2P-FIELDS" in {each.rule for each in review_for(client, signed_content(made))}


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
