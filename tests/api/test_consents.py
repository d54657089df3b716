"""A consent told by another system reaches the tier its proof carries, is revoked and never deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from consent import proof
from consent.models import ConsentRecord, Contact, Suppression
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db
WORDING = (
    "I agree that Bright Smiles may send me recurring automated marketing texts, up to 4 messages a month. It is not a "
    "condition of any purchase. Msg and data rates may apply. Reply STOP to opt out, HELP for help."
)
EVIDENCE: dict[str, dict[str, Any]] = {
    "web_form": {
        "page_url": "https://brightsmiles.example/contact", "ip": "192.0.2.7", "user_agent": "Firefox", "form_version": "3",
        "ticked_at": "2026-03-02T14:05:00-05:00", "signer_name": "Jane Doe", "box_separate": True,
    },
    "phone": {
        "agent": "Alice", "script_version": "2", "caller_number": "+15742310001", "recording": "REC-1",
        "recording_sha256": "0" * 64,
        "recording_notice": True, "number_read_back": True, "understood_optional": True,
    },
    "voice_agent": {
        "agent": "agent-7", "agent_version": "v3", "requested": "time of the next visit", "recording": "REC-2",
        "script_version": "2", "caller_number": "+15742310001", "recording_sha256": "0" * 64,
        "recording_notice": True, "transcript_sha256": "0" * 64, "number_read_back": True, "understood_optional": True,
    },
    "paper": {
        "scan_sha256": "0" * 64, "signed_on": "2026-03-02", "wet_signature": True, "form_version": "3",
        "signer_name": "Jane Doe", "box_separate": True, "keyed_by": "Alice",
    },
    "keyword": {
        "keyword": "JOIN", "texted": "Join", "inbound_id": "SM1", "received_at": "2026-03-02T14:05:00-05:00", "call_to_action": "poster 3",
    },
}  # fmt: skip


EVIDENCE["preferences"] = EVIDENCE["web_form"]


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, phone="+15742310001", email="jane@example.org")


def yes(jane: Contact, method: str = "web_form", **other: Any) -> dict[str, Any]:
    return {
        "contact": jane.pk, "channel": "sms", "purpose": "care", "method": method, "given_at": "2026-03-02T14:05:00-05:00",
        "wording": WORDING, "evidence": EVIDENCE[method],
    } | other  # fmt: skip


@pytest.mark.parametrize(
    "method, purpose, tier",
    [("web_form", "marketing", "written"), ("paper", "recall", "written"), ("keyword", "marketing", "written"),
     ("phone", "care", "verbal"), ("voice_agent", "care", "verbal")],
)  # fmt: skip
def test_complete_proof_reaches_the_methods_own_tier(
    clinic: Client, jane: Contact, method: str, purpose: str, tier: str
) -> None:
    answer = Caller(clinic).post("consents/", yes(jane, method, purpose=purpose))
    assert answer.status_code == 201, answer.content
    assert (answer.json()["tier"], answer.json()["missing"]) == (tier, [])
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="consent.recorded").count() == 1


def test_a_yes_of_our_own_page_cannot_be_told(clinic: Client, jane: Contact) -> None:
    answer = Caller(clinic).post("consents/", yes(jane, "preferences"))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "method, key",
    [(method, item.key) for method, items in proof.ASKED_OF.items() for item in items if item.lifts],
)
def test_whatever_is_missing_lowers_the_tier_and_is_named(method: str, key: str) -> None:
    without = {name: value for name, value in EVIDENCE[method].items() if name != key}
    found = proof.worth(method, "sms", "care", wording=WORDING, brand="Bright Smiles", evidence=without)
    label = next(item.label for item in proof.ASKED_OF[method] if item.key == key)
    assert (found.tier, found.missing) == ("number_given", [label])


@pytest.mark.parametrize(
    "word, lacks",
    [("texts, up to 4 messages", "agree to texts"), ("automated", "automatically"), ("recurring", ""), ("marketing", "about marketing"),
     ("a condition", "no condition"), ("up to 4", ""), ("rates", "rates"), ("STOP", "STOP"), ("HELP for help", "HELP")],
)  # fmt: skip
def test_a_wording_that_lacks_an_element_is_not_a_signed_consent(word: str, lacks: str) -> None:
    missing = proof.lacking(WORDING.replace(word, "…"), "marketing")
    assert any(lacks in each for each in missing) if lacks else not missing


def test_a_minor_needs_a_guardian() -> None:
    given: dict[str, Any] = {"wording": WORDING, "brand": "Bright Smiles", "minor": True}
    assert proof.worth("paper", "sms", "care", evidence=EVIDENCE["paper"], **given).tier == "number_given"
    signed = EVIDENCE["paper"] | {"signer_relationship": "guardian"}
    assert proof.worth("paper", "sms", "care", evidence=signed, **given).tier == "written"


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"wording": "May we text you?"}, "yes to nobody"),
        ({"method": "voice_agent", "purpose": "marketing", "evidence": EVIDENCE["voice_agent"]}, "care only"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "not come yet"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "before given_at"),
        ({"evidence": {"vibes": "good"}}, "no evidence of that name"),
        ({"evidence": {"box_separate": "yes"}}, "true or false"),
        ({"contact": 999_999_999}, "no such contact"),
        ({"point": 999_999_999}, "no address in use"),
    ],
)
def test_what_proves_nothing_is_not_recorded(
    clinic: Client, jane: Contact, wrong: dict[str, Any], says: str
) -> None:
    answer = Caller(clinic).post("consents/", yes(jane, **wrong))
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.exists()


def test_an_imported_yes_cannot_be_made_here(clinic: Client, jane: Contact) -> None:
    answer = Caller(clinic).post("consents/", yes(jane) | {"method": "imported"})
    assert answer.json()["errors"] == [
        {"field": "method", "detail": "One of web_form, phone, voice_agent, paper, keyword."}
    ]


def test_a_consent_lifts_no_opt_out(clinic: Client, jane: Contact) -> None:
    with acting_for(clinic.pk):
        suppress(clinic.pk, jane.points.get(channel="sms").address_id, "sms", Suppression.Source.KEYWORD)
    caller = Caller(clinic)
    assert caller.post("consents/", yes(jane)).status_code == 201
    assert caller.get(f"contacts/{jane.pk}/").json()["points"][0]["opted_out"] is True


def test_a_newer_yes_replaces_the_former_and_a_weaker_one_is_history_only(
    clinic: Client, jane: Contact
) -> None:
    caller = Caller(clinic)
    first = caller.post("consents/", yes(jane)).json()
    assert caller.post("consents/", yes(jane)).json()["id"] == first["id"]
    second = caller.post("consents/", yes(jane, given_at="2026-04-02T14:05:00Z")).json()
    weaker = caller.post("consents/", yes(jane, evidence={}, given_at="2026-05-02T14:05:00Z")).json()
    standing = {
        each["id"]: each["ended_at"] is None
        for each in caller.get(f"consents/?contact={jane.pk}").json()["results"]
    }
    assert standing == {first["id"]: False, second["id"]: True, weaker["id"]: False}


def test_an_old_yes_sent_again_after_it_was_taken_back_does_not_count(clinic: Client, jane: Contact) -> None:
    caller = Caller(clinic)
    made = caller.post("consents/", yes(jane)).json()["id"]
    caller.post(f"consents/{made}/revoke/")
    assert caller.post("consents/", yes(jane)).json()["id"] == made
    assert caller.post("consents/", yes(jane, given_at="2026-04-02T14:05:00Z")).json()["ended_at"]
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.filter(ended_at=None).exists()
    again = caller.post("consents/", yes(jane, given_at=db_now().isoformat())).json()
    assert again["ended_at"] is None


def test_an_older_yes_does_not_take_the_place_of_a_newer_one(clinic: Client, jane: Contact) -> None:
    caller = Caller(clinic)
    newer = caller.post("consents/", yes(jane, given_at="2026-04-02T14:05:00Z")).json()
    assert caller.post("consents/", yes(jane)).json()["ended_at"]
    assert caller.get(f"consents/{newer['id']}/").json()["ended_at"] is None


def test_a_revoked_consent_stays_on_record(clinic: Client, jane: Contact) -> None:
    caller = Caller(clinic)
    made = caller.post("consents/", yes(jane)).json()["id"]
    ended = caller.post(f"consents/{made}/revoke/").json()["ended_at"]
    assert ended
    assert caller.post(f"consents/{made}/revoke/").json()["ended_at"] == ended
    assert caller.ask("delete", f"consents/{made}/").status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        {"ended_at": None}, {"tier": "written"}, {"purpose": "marketing"}, {"wording": "Anything."}, {"method": "paper"},
        {"channel": "email"}, {"requested": True},
    ],
)  # fmt: skip
def test_the_database_lets_nobody_strengthen_a_consent(
    clinic: Client, jane: Contact, change: dict[str, Any]
) -> None:
    with acting_for(clinic.pk):
        made = people.consent(jane, purpose="care", tier="number_given")
        ConsentRecord.objects.filter(pk=made.pk).update(ended_at=db_now())
        with pytest.raises(DatabaseError, match="never strengthened"), transaction.atomic():
            ConsentRecord.objects.filter(pk=made.pk).update(**change)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ConsentRecord.objects.filter(pk=made.pk).delete()


def test_many_consents_are_answered_one_by_one(
    clinic: Client, jane: Contact, django_assert_max_num_queries: Any
) -> None:
    caller = Caller(clinic)
    rows = [yes(jane), yes(jane, purpose="recall"), yes(jane, contact=999_999_999), yes(jane), {"contact": 1}]
    with django_assert_max_num_queries(30):
        results = caller.post("consents/bulk/", {"rows": rows}).json()["results"]
    assert [each["outcome"] for each in results] == ["taken", "taken", "refused", "known", "refused"]
    assert results[3]["id"] == results[0]["id"]
