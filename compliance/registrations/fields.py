"""What a campaign's registration says of itself, held against what carriers ask: advice on the number's card, and warnings of the review
of the words, which want a reason by name (rules A2P-FIELDS, SMS-OPTOUT-TEXT, A2P-CONTENT-MATCH, A2P-PRIVACY-POLICY)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Field of the registration: what it is called, least and most characters (Twilio, error 30930).
LENGTHS = {
    "description": ("description", 40, 4096),
    "message_flow": ("description of how people opt in", 40, 2048),
}
SAMPLES, SAMPLE = (2, 5), (20, 1024)
ANSWERS = {
    "opt_in_message": ("START", r"\bHELP\b.*\bSTOP\b|\bSTOP\b.*\bHELP\b", "how to get help and how to stop"),
    "opt_out_message": ("STOP", r"unsubscribed|opted out|no more|not receive", "that no more messages come"),
    "help_message": ("HELP", r"\d{3}\D{0,3}\d{4}|@|https?://|\bcall\b", "how to reach the practice"),
}
READ = (
    *LENGTHS, *ANSWERS, "message_samples", "has_embedded_links", "has_embedded_phone", "terms_and_conditions_url",
    "privacy_policy_url",
)  # fmt: skip


def advice(campaign: Mapping[str, Any], brand: str) -> Iterator[str]:
    """Each thing that should be mended at Twilio, as a sentence. `brand`: the name that people know."""
    yield from (says for _, says in pointed_out(campaign, brand))


def pointed_out(campaign: Mapping[str, Any], brand: str) -> Iterator[tuple[str, str]]:
    """The same, each with its rule."""
    yield from (("A2P-FIELDS", says) for says in _fields(campaign))
    yield from (("SMS-OPTOUT-TEXT", says) for says in _answers(campaign, brand))
    for name, what in (("has_embedded_links", "links"), ("has_embedded_phone", "telephone numbers")):
        if campaign.get(name) is False:
            says = f"The registration declares no {what} in messages. Carriers filter texts that hold some all the same."
            yield "A2P-CONTENT-MATCH", says
    if not campaign.get("privacy_policy_url"):
        says = "The registration names no privacy policy. Carriers ask for one that says numbers are not shared for marketing."
        yield "A2P-PRIVACY-POLICY", says
    if not campaign.get("terms_and_conditions_url"):
        says = "The registration names no terms. Carriers ask for programme, frequency, rates, support, and STOP and HELP in them."
        yield "A2P-PRIVACY-POLICY", says


def _fields(campaign: Mapping[str, Any]) -> Iterator[str]:
    for name, (called, least, most) in LENGTHS.items():
        if not least <= len(_text(campaign, name)) <= most:
            yield f"The registration’s {called} should have {least} to {most:,} characters."
    given = campaign.get("message_samples")
    samples = [str(each) for each in given] if isinstance(given, list) else []
    if not SAMPLES[0] <= len(samples) <= SAMPLES[1] or not all(
        SAMPLE[0] <= len(each) <= SAMPLE[1] for each in samples
    ):
        yield "The registration should show two to five sample messages of 20 to 1,024 characters, worded like the ones you send."


def _answers(campaign: Mapping[str, Any], brand: str) -> Iterator[str]:
    for name, (word, wanted, what) in ANSWERS.items():
        text = _text(campaign, name)
        if not text:
            yield f"The registration has no answer to {word}, so the provider’s own is sent, which does not name {brand}."
        elif not 20 <= len(text) <= 320 or brand.casefold() not in text.casefold():
            yield f"The answer to {word} should name {brand}, in 20 to 320 characters."
        elif not re.search(wanted, text, re.IGNORECASE | re.DOTALL):
            yield f"The answer to {word} should say {what}."


def _text(campaign: Mapping[str, Any], name: str) -> str:
    return str(campaign.get(name) or "").strip()
