"""The same evidence is worth the same, whether a member types it or another system sends it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser

from consent import proof
from consent.models import ConsentRecord, Contact
from tenants.models import Client, Purpose
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller
from tests.consent.test_consent_page import SIGNED, WORDING, as_, path, said, scan, signed

Asked = dict[str, dict[str, Any]]
pytestmark = pytest.mark.django_db
SCAN = hashlib.sha256(b"%PDF-1.7 signed by Jane").hexdigest()
AT = "2026-03-02T14:05:00-05:00"
# The page's word for each piece of evidence, and what the API is sent for it.
PHONE: Asked = {
    "taken_by": {"agent": "Agent 7"}, "script_version": {"script_version": "2"}, "reference": {"recording": "REC-88"},
    "recording_sha256": {"recording_sha256": "0" * 64},
    "caller_number": {"caller_number": "+15742310001"}, "recording_notice": {"recording_notice": True},
    "read_back": {"number_read_back": True}, "told_optional": {"understood_optional": True},
    "asked_for": {"requested": "time of the next visit"},
}  # fmt: skip
BOTH: Asked = {
    "signer_name": {"signer_name": "Jane Doe"},
    "form_version": {"form_version": "3"},
    "own_box": {"box_separate": True},
}
PAPER: Asked = BOTH | {
    "taken_by": {"keyed_by": "Agent 7"}, "day": {"signed_on": "2026-03-02"}, "signed": {"wet_signature": True},
    "scan": {"scan_sha256": SCAN},
}  # fmt: skip
WEB: Asked = BOTH | {
    "page_url": {"page_url": "https://brightsmiles.example/contact"}, "ip": {"ip": "192.0.2.7"},
    "user_agent": {"user_agent": "Firefox"}, "day": {"ticked_at": AT},
}  # fmt: skip
# What the page insists on: it is never missing there.
INSISTED = {"taken_by", "day", "read_back", "told_optional", "reference"}


@pytest.fixture
def clinic() -> Client:
    return people.clinic(time_zone="America/New_York")


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, phone="+15742310001")


@pytest.fixture
def alice() -> Browser:
    return as_(people.alice())


def typed(clinic: Client, jane: Contact, method: str) -> dict[str, Any]:
    if method == "phone":
        return said(clinic, jane)
    return signed(clinic, jane, method) | ({"scan": scan()} if method == "paper" else {})


def both(
    clinic: Client, jane: Contact, alice: Browser, form: dict[str, Any], evidence: Asked
) -> list[tuple[str, str, list[str]]]:
    """(purpose, tier, what is missing) from the page, then the same from the API."""
    assert alice.post(path(jane), form).status_code == 302
    with acting_for(clinic.pk):
        made = ConsentRecord.objects.get()
        page = (made.purpose, made.tier, made.missing)
        assert json.loads(made.evidence) == {
            key: value for each in evidence.values() for key, value in each.items()
        }
    answer = Caller(clinic).post("consents/", {
        "contact": jane.pk, "channel": "sms", "purpose": form["purposes"][0], "method": form["method"], "given_at": AT,
        "wording": form["wording"], "evidence": {key: value for each in evidence.values() for key, value in each.items()},
    })  # fmt: skip
    told = answer.json()
    return [page, (told["purpose"], told["tier"], told["missing"])]


@pytest.mark.parametrize(
    "method, without",
    [(method, name) for method, asked in (("phone", PHONE), ("paper", PAPER), ("web_form", WEB)) for name in ("", *asked)
     if name not in INSISTED],
)  # fmt: skip
def test_the_page_and_the_api_agree(
    clinic: Client, jane: Contact, alice: Browser, method: str, without: str
) -> None:
    evidence = {"phone": PHONE, "paper": PAPER, "web_form": WEB}[method]
    form = {name: value for name, value in typed(clinic, jane, method).items() if name != without}
    given = {name: value for name, value in evidence.items() if name != without}
    page, told = both(clinic, jane, alice, form, given)
    assert page == told
    if not without:
        assert page[1:] == ("verbal" if method == "phone" else "written", [])


@pytest.mark.parametrize(
    "relation, tier", [("", "number_given"), ("self", "number_given"), ("guardian", "written")]
)
def test_they_agree_about_a_minor(
    clinic: Client, jane: Contact, alice: Browser, relation: str, tier: str
) -> None:
    with acting_for(clinic.pk):
        Contact.objects.filter(pk=jane.pk).update(adult_from=date(2099, 1, 1))
    given: Asked = PAPER | ({"signer_relationship": {"signer_relationship": relation}} if relation else {})
    form = typed(clinic, jane, "paper") | {"signer_relationship": relation}
    page, told = both(clinic, jane, alice, form, given)
    assert page == told
    assert page[1] == tier


@pytest.mark.parametrize(
    "method, not_signed",
    [("paper", {"signed": ""}), ("paper", {"own_box": ""}), ("web_form", {"own_box": ""})],
)
def test_only_what_they_signed_themselves_is_a_signed_consent(
    clinic: Client, jane: Contact, alice: Browser, method: str, not_signed: dict[str, str]
) -> None:
    for given, tier in (({}, "written"), (not_signed, "number_given")):
        alice.post(path(jane), typed(clinic, jane, method) | given)
        with acting_for(clinic.pk):
            assert ConsentRecord.objects.get(ended_at=None).tier == tier


@pytest.mark.parametrize("method", ["paper", "phone"])
@pytest.mark.parametrize("wording", [SIGNED, WORDING, SIGNED.replace("automatically", "")])
def test_they_agree_about_a_wording(
    clinic: Client, jane: Contact, alice: Browser, method: str, wording: str
) -> None:
    form = typed(clinic, jane, method) | {"wording": wording}
    page, told = both(clinic, jane, alice, form, PHONE if method == "phone" else PAPER)
    assert page == told


@pytest.mark.parametrize(
    "words, named",
    [
        ("Reply STOP to end, HELP for help.", True),
        ("Text stop to end, reply “help” for more.", True),
        ("We never stop calling. Call us for help.", False),
    ],
)
def test_stop_and_help_are_named_as_words_to_send(words: str, named: bool) -> None:
    missing = set(proof.lacking(words, Purpose.MARKETING))
    told = {"the wording does not say that STOP ends it", "the wording does not say that HELP helps"}
    assert missing & told == (set() if named else told)


def test_a_name_within_another_word_is_not_the_practices() -> None:
    assert not proof.names("You also agree to texts.", "Al")
    assert proof.names("Texts from AL’s  Dental; also offers.", "Al")
    assert proof.names("Yes, bright   smiles may text me.", "Bright Smiles")
