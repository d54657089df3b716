"""Texts held against the registration of their number with the carriers: what it lacks, what it does not declare, how it would sound
(rules A2P-FIELDS, SMS-OPTOUT-TEXT, A2P-PRIVACY-POLICY, A2P-CONTENT-MATCH)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any

from campaigns.merge_fields import BadField
from compliance.content.finding import Finding
from compliance.content.lexicon import folded
from compliance.content.links import links_in
from compliance.content.texts import filled
from compliance.models import SmsRegistration
from compliance.registrations.fields import pointed_out
from tenants.models import Channel, Client

# Share of words in common, in their order, below which a text resembles no sample.
ALIKE = 0.1
_IN_ALL = re.compile(r"\b(?:reply|text)\b[^.!?\n]*\bstop\b[^.!?\n]*")
_PHONE = re.compile(r"(?<!\d)\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\d)")
_DECLARED = "A2P-CONTENT-MATCH"

Said = Mapping[str, Any]  # what a registration says of itself, in Twilio's fields


def said_of(client: Client) -> dict[str, Said]:
    """By number, what its registration said when it was read last. Inside the client's scope."""
    rows = SmsRegistration.objects.filter(client=client).order_by("sender", "-checked_at").distinct("sender")
    return {
        row.sender.address: said
        for row in rows.select_related("sender")
        if (said := row.seen.get("campaign"))
    }


def review(content: Mapping[str, Any], said: Mapping[str, Said]) -> Iterator[Finding]:
    """Everything that wants a reason by name; nothing of a number whose registration was not read."""
    brand = content["brand"]["practice_name"]
    steps = [step for step in content["steps"] if step["channel"] == Channel.SMS]
    for number in dict.fromkeys(step["sender"]["address"] for step in steps):
        if number in said:
            told = pointed_out(said[number], brand)
            yield from (Finding(rule, 0, False, says, number) for rule, says in told if rule != _DECLARED)
    for step in steps:
        with suppress(BadField):  # the review of the words says so
            if registration := said.get(step["sender"]["address"]):
                yield from _matches(
                    filled(step.get("text") or step["body"]), step["position"], registration, brand
                )


def _matches(shown: str, at: int, registration: Said, brand: str) -> Iterator[Finding]:
    link, phone = next(links_in(shown), ""), _PHONE.search(shown)
    for there, name, what in (
        (link, "has_embedded_links", "a link"), (phone and phone[0], "has_embedded_phone", "a telephone number"),
    ):  # fmt: skip
        if there and registration.get(name) is not True:
            says = f"The text holds {what}, and the number’s registration does not declare any: carriers filter that. Declare it at Twilio."
            yield Finding(_DECLARED, at, False, says, there)
    samples = registration.get("message_samples")
    if (
        isinstance(samples, list)
        and samples
        and max(_alike(shown, str(each), brand) for each in samples) < ALIKE
    ):
        says = "The text resembles none of the samples that the number was registered with: carriers filter what differs."
        yield Finding(_DECLARED, at, False, says)


def _alike(text: str, sample: str, brand: str) -> float:
    """Of what is their own: the practice's name and the way out stand in every text."""
    kept = (_IN_ALL.sub(" ", folded(each)).replace(folded(brand), " ") for each in (text, sample))
    one, other = (re.findall(r"\w+", each) for each in kept)
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
