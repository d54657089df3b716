"""What a yes is worth by how it was given: the evidence each method asks for and the tier it can reach (rule CONSENT-EVIDENCE).

Missing evidence lowers the tier and says what was missing. The one place where this is decided, for pages and for the API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.models import ConsentRecord, Contact, Tier
from tenants.models import Channel, Purpose

Method = ConsentRecord.Method
Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One piece of evidence. `kind`: what it must be; `lifts`: missing, it keeps the consent from the method's own tier."""

    key: str
    label: str
    kind: type = str
    lifts: bool = True


READ_BACK = Item("number_read_back", "the number was read back to them and they said it is right", bool)
OPTIONAL = Item("understood_optional", "they were told that it is optional, and understood", bool)
RECORDING = Item("recording", "the reference of the call's recording")
RECORDING_HASH = Item("recording_sha256", "the SHA-256 of the recording, by which it is known to be the same")
SCRIPT = Item("script_version", "the version of the script")
CALLER = Item("caller_number", "the number they called from")
NOTICE = Item("recording_notice", "they were told that the call is recorded", bool)
SIGNER = Item("signer_name", "the name of who signed")
SEPARATE = Item("box_separate", "an empty box of its own beside the wording, ticked by themselves", bool)
FORM_VERSION = Item("form_version", "the version of the form")
RELATION = Item(
    "signer_relationship", "whether they signed for themselves (self) or for a child (guardian)", lifts=False
)

OWN_FORM = (
    Item("page_url", "the address of the page"), Item("ip", "the IP address"), Item("user_agent", "the browser"),
    Item("ticked_at", "the moment the box was ticked"), FORM_VERSION, SIGNER, SEPARATE, RELATION,
)  # fmt: skip

ASKED_OF: dict[str, tuple[Item, ...]] = {
    Method.WEB_FORM: (
        *OWN_FORM,
        Item("confirmed_at", "the moment they confirmed the address by a mailed link", lifts=False),
        Item("confirmed_ip", "the IP address from which they did", lifts=False),
    ),
    Method.PREFERENCES: OWN_FORM,  # only the page itself records it: it alone ends a no (consent.coming_back)
    Method.PHONE: (
        Item("agent", "who took the call"), SCRIPT, CALLER, RECORDING, RECORDING_HASH, NOTICE, READ_BACK, OPTIONAL,
        Item("requested", "what they asked to have", lifts=False),
    ),
    Method.VOICE_AGENT: (
        Item("agent", "the agent's id"), Item("agent_version", "the model and version of the agent"),
        Item("requested", "what they asked to have"), SCRIPT, CALLER, RECORDING, RECORDING_HASH, NOTICE,
        Item("transcript_sha256", "the SHA-256 of the transcript"), READ_BACK, OPTIONAL,
    ),
    Method.PAPER: (
        Item("scan_sha256", "the scan of what they signed, by its SHA-256"), Item("signed_on", "the day it was signed"),
        Item("wet_signature", "their own signature", bool), FORM_VERSION, SIGNER, SEPARATE,
        Item("keyed_by", "who typed it in"), RELATION,
    ),
    Method.KEYWORD: (
        Item("keyword", "the keyword"), Item("texted", "their text, word for word"),
        Item("inbound_id", "the carrier's id of their text"), Item("received_at", "the moment it came in"),
        Item("call_to_action", "the poster or page that showed the wording, by its number and SHA-256"), RELATION,
        # Recorded only: the poster carries the wording, and no machine of ours answers a keyword.
        Item("opt_in_reply", "what they were answered", lifts=False),
    ),
}  # fmt: skip
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
HIGHEST: dict[str, Tier] = {
    Method.WEB_FORM: Tier.WRITTEN,
    Method.PREFERENCES: Tier.WRITTEN,
    Method.PAPER: Tier.WRITTEN,
    Method.KEYWORD: Tier.WRITTEN,
    Method.PHONE: Tier.VERBAL,
    Method.VOICE_AGENT: Tier.VERBAL,
}
# The elements that a signed consent to texts must show (47 CFR 64.1200(f)(9), CTIA), in English or in Spanish.
_ELEMENTS: tuple[tuple[str, Callable[[str], bool]], ...] = tuple(
    (label, re.compile(pattern, re.IGNORECASE).search)  # type: ignore[misc]
    for label, pattern in (
        ("the wording does not say that they agree to texts", r"\b(?:text|sms|messages?|mensajes?)\b"),
        ("the wording does not say that they may be sent automatically", r"\bautom[aá]t\w+|\bautodial\w*"),
        ("the wording does not say that it is about marketing", r"\bmarketing\b|\bpromo[ct]i[oó]n\w*|\b(?:offers?|ofertas?)\b|\badvertis\w+"
         r"|\bpublicidad\b"),
        ("the wording does not say that it is no condition of buying anything",
         r"\b(?:not|no|never)\b[^.]{0,40}\b(?:condition|required|requirement|condici[oó]n|requisito)\b|\bop[ct]ional\b"),
        ("the wording does not say how often", r"\b(?:up to|hasta) \d+|\b(?:frequency|frecuencia)\b"
         r"|\b\d+ (?:texts?|messages?|msgs?|mensajes?)\b|\brecurring\b"),
        ("the wording does not say that rates may apply", r"\brates\b|\btarifas\b"),
        ("the wording does not say that STOP ends it", r"(?-i:\bSTOP\b)|\b(?:reply|text|send)\W+stop\b"),
        ("the wording does not say that HELP helps", r"(?-i:\bHELP\b)|\b(?:reply|text|send)\W+help\b"),
    )
)  # fmt: skip
OF_MARKETING = "the wording does not say that it is about marketing"


class ProvesNothing(ValueError):
    """Not even the lowest tier; `str()` says why."""


@dataclass(frozen=True)
class Worth:
    """The tier reached, and what kept it from the method's own (empty when nothing did)."""

    tier: Tier
    missing: list[str]


def worth(
    method: str,
    channel: str,
    purpose: str,
    *,
    wording: str,
    brand: str,
    evidence: Evidence,
    minor: bool = False,
) -> Worth:
    """What this yes reaches. Raises `ProvesNothing` when it is a yes to nobody, or to more than the method can carry."""
    if not names(wording, brand):
        raise ProvesNothing(f"The wording does not name {brand}, so it is a yes to nobody.")
    if method == Method.VOICE_AGENT and purpose != Purpose.CARE:
        raise ProvesNothing(
            "What a caller tells a voice agent is a yes to the information they asked for: care only."
        )
    missing = [item.label for item in ASKED_OF[method] if item.lifts and not _given(item, evidence)]
    if HIGHEST[method] == Tier.WRITTEN and channel == Channel.SMS:
        missing += lacking(wording, purpose)
    if minor and evidence.get("signer_relationship") != "guardian":
        missing.append("they are, or may be, a minor and no guardian signed")
    return Worth(Tier.NUMBER_GIVEN if missing else HIGHEST[method], missing)


def says_what(method: str, evidence: Evidence) -> bool:
    """Whether it is on record what they asked to have. Whoever texted a keyword asked by that."""
    return method == Method.KEYWORD or bool(str(evidence.get("requested", "")).strip())


def lacking(wording: str, purpose: str) -> list[str]:
    """What a wording for texts does not say and a signed consent must."""
    return [
        label
        for label, says in _ELEMENTS
        if not says(wording) and (label != OF_MARKETING or purpose == Purpose.MARKETING)
    ]


def is_minor(contact: Contact, at: datetime) -> bool:
    """Whether somebody else has to sign for this person."""
    return contact.guardian_id is not None or bool(contact.adult_from and contact.adult_from > at.date())


def names(wording: str, brand: str) -> bool:
    """Whether the wording names the practice, as words of its own."""
    named, said = (" ".join(each.casefold().split()) for each in (brand, wording))
    return re.search(rf"(?<!\w){re.escape(named)}(?!\w)", said) is not None


def unknown(method: str, evidence: Evidence) -> list[str]:
    """What is wrong with the evidence as it was sent: keys that this method does not ask for, values of another kind."""
    items = {item.key: item for item in ASKED_OF[method]}
    wrong = [
        f"{method} knows no evidence of that name; it knows {', '.join(items)}."
        for key in evidence
        if key not in items
    ][:1]
    for key, item in items.items():
        value = evidence.get(key)
        if value is not None and (type(value) is not item.kind or len(str(value)) > 1000):
            wrong.append(
                f"{key} must be {'true or false' if item.kind is bool else 'a text of at most 1,000 characters'}."
            )
        if key.endswith("_sha256") and isinstance(value, str) and value and not SHA256.fullmatch(value):
            wrong.append(f"{key} must be the 64 hexadecimal digits of a SHA-256.")
    if evidence.get("signer_relationship", "self") not in ("self", "guardian"):
        wrong.append("signer_relationship must be self or guardian.")
    return wrong


def _given(item: Item, evidence: Evidence) -> bool:
    value = evidence.get(item.key)
    return value is True if item.kind is bool else bool(isinstance(value, str) and value.strip())
