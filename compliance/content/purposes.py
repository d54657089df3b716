"""What a campaign calls itself: less than marketing only with somebody's reason, never with an offer (rule TCPA-CLASSIFY)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compliance.content import lexicon
from compliance.content.finding import Finding
from tenants.models import Purpose


def review(step: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Finding]:
    """An offer, or a service beyond the visit that is due, in a message that is not marketing."""
    if content["purpose"] == Purpose.MARKETING:
        return
    label, brand = Purpose(content["purpose"]).label.lower(), content["brand"]["practice_name"]
    words = f"{step['subject']}\n{step['body']}"
    for word in lexicon.hits(lexicon.OFFER, words, spare=brand):
        says = (
            f"“{word}” is an offer, so this is marketing, not {label}. "
            "Take it out, or make the campaign marketing (it then needs signed consent)."
        )
        yield Finding("TCPA-CLASSIFY", step["position"], True, says, word)
    for word in lexicon.hits(lexicon.BEYOND_RECALL, words, spare=brand):
        says = (
            f"“{word}” speaks of more than the visit that is due, which would make this marketing, not {label}. "
            "Take it out, make the campaign marketing, or say why it is none."
        )
        yield Finding("TCPA-CLASSIFY", step["position"], False, says, word)


def lowered(content: Mapping[str, Any]) -> list[Finding]:
    """A campaign that says it is no marketing: weaker consent is then enough, so somebody says why by name."""
    if content["purpose"] == Purpose.MARKETING or not content["steps"]:
        return []
    says = (
        f"This campaign is called {Purpose(content['purpose']).label.lower()}, not marketing, and a weaker consent is then enough. "
        "Say why: whose visit is due, and that nothing else is advertised."
    )
    return [Finding("TCPA-CLASSIFY", 0, False, says)]
