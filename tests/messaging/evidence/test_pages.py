"""Asking for packs, erasing a person, how long data is kept: by whom, and only lately proven."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from consent.models import Contact
from messaging.evidence import making, verify
from messaging.evidence.making import make_pack, tend_packs
from messaging.models import EvidencePack, LegalHold, RetentionRule
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def path(name: str, clinic: Client, **more: Any) -> str:
    return reverse(name, kwargs={"client": clinic.slug, **more})


def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, first_name="Jane", phone=people.a_phone())


def verbs(clinic: Client) -> set[str]:
    with acting_for(clinic.pk):
        return set(AuditEvent.objects.values_list("verb", flat=True))


def test_a_pack_is_asked_for_made_taken_and_gone_after_a_day(
    clinic: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Campaign = launched(clinic, texts=1)
    alice = people.alice()
    browser = as_(alice)
    page = browser.get(path("evidence", clinic) + f"?campaign={made.pk}").content.decode()
    assert "No pack was asked for yet" in page
    assert f'value="{made.pk}" selected' in page
    assert browser.post(path("evidence", clinic), {"campaign": made.pk}).status_code == 302
    assert "Being made" in browser.get(path("evidence", clinic)).content.decode()
    with acting_for(clinic.pk):
        asked = EvidencePack.objects.get()
    assert make_pack(clinic.pk, asked.pk)
    assert not make_pack(clinic.pk, asked.pk), "once"
    (stored,) = folder.iterdir()
    assert b"PK\x03\x04" not in stored.read_bytes(), "encrypted where it lies"
    answer = browser.post(path("evidence_file", clinic, pack=asked.pk))
    raw = answer.getvalue()
    (folder / "taken.zip").write_bytes(raw)
    assert verify.main([str(folder / "taken.zip")]) == 0
    assert {"evidence.exported", "evidence.taken"} <= verbs(clinic)
    monkeypatch.setattr(making, "KEPT", timedelta(0))
    assert tend_packs() == 1
    assert not stored.exists()
    assert browser.post(path("evidence_file", clinic, pack=asked.pk)).status_code == 404
    assert as_(people.charlie()).post(path("evidence_file", clinic, pack=asked.pk)).status_code == 404


def test_a_pack_whose_bell_was_lost_is_made_by_the_round(clinic: Client) -> None:
    her, alice = jane(clinic), people.alice()
    assert as_(alice).post(path("evidence_of_contact", clinic, contact=her.pk)).status_code == 302
    assert tend_packs() == 0, "the worker that was rung has a minute"
    with acting_for(clinic.pk):
        EvidencePack.objects.update(asked_at=db_now() - timedelta(minutes=2))
    assert tend_packs() == 1
    with acting_for(clinic.pk):
        assert EvidencePack.objects.get().contact_id == her.pk


def test_a_pack_that_cannot_be_made_says_so(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = people.alice()
    as_(alice).post(path("evidence", clinic), {"since": "2026-01-01"})
    with acting_for(clinic.pk):
        asked = EvidencePack.objects.get()

    def fails(*_: Any) -> bytes:
        raise ValueError("a secret")

    monkeypatch.setattr(making, "pack", fails)
    assert not make_pack(clinic.pk, asked.pk)
    page = as_(alice).get(path("evidence", clinic)).content.decode()
    assert "It could not be made" in page
    assert "a secret" not in page


def test_a_campaign_and_a_day_together_are_refused(clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        made = people.campaign(clinic)
    answer = as_(people.alice()).post(path("evidence", clinic), {"campaign": made.pk, "since": "2026-01-01"})
    assert answer.status_code == 422
    assert "not both" in answer.content.decode()


def test_deeds_ask_who_is_there_when_the_sign_in_is_older_than_five_minutes(clinic: Client) -> None:
    her, olive = jane(clinic), people.olive()
    browser = as_(olive)
    people.proven(browser, olive, ago=301)
    deeds = [
        path("evidence", clinic), path("evidence_of_contact", clinic, contact=her.pk), path("erase", clinic, contact=her.pk),
        path("retention_set", clinic), path("hold_new", clinic), path("records_file", clinic),
    ]  # fmt: skip
    for each in deeds:
        answer = browser.post(each, {"reason": "x"}, headers={"Referer": f"http://testserver{each}?a=1"})
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fc%2Fbright-smiles"), each
    assert verbs(clinic) == set()
    assert browser.get(path("retention", clinic)).status_code == 200, "looking needs no more than before"
    people.proven(browser, olive, ago=290)
    assert browser.post(path("retention_set", clinic), {"kind": "words", "days": 60})["Location"] == path(
        "retention", clinic
    )
    with acting_for(clinic.pk):
        assert RetentionRule.objects.get().days == 60


def test_the_confirmation_leads_back_only_to_our_own_pages(clinic: Client) -> None:
    olive = people.olive()
    browser = as_(olive)
    people.proven(browser, olive, ago=400)
    answer = browser.post(path("hold_new", clinic), headers={"Referer": "http://elsewhere.example/x"})
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2F"
    answer = browser.post(path("hold_new", clinic), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/reauthenticate/?next=%2F")


def test_the_owner_erases_a_person_and_staff_does_not(clinic: Client) -> None:
    her = jane(clinic)
    where = path("erase", clinic, contact=her.pk)
    assert as_(people.alice()).post(where).status_code == 403
    browser = as_(people.olive())
    assert "Erase this person" in browser.get(where).content.decode()
    assert browser.post(where).status_code == 302
    page = browser.get(where).content.decode()
    assert "This person is erased" in page
    assert "Jane" not in page
    assert as_(people.charlie()).post(where).status_code == 404


def test_whoever_erases_a_guardian_is_told_what_it_does_to_the_child(clinic: Client) -> None:
    her, browser = jane(clinic), as_(people.olive())
    where = path("erase", clinic, contact=her.pk)
    assert "answer for" not in browser.get(where).content.decode()
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Kim", guardian=her)
    assert "They answer for 1 child here" in browser.get(where).content.decode()


def test_a_hold_is_begun_keeps_the_person_and_is_ended(clinic: Client) -> None:
    her = jane(clinic)
    browser = as_(people.bob(clinic))
    assert (
        browser.post(path("hold_new", clinic), {"reason": "Doe v. Smiles", "contact_id": her.pk}).status_code
        == 302
    )
    assert (
        "A legal hold covers this person, or a child"
        in browser.get(path("erase", clinic, contact=her.pk)).content.decode()
    )
    browser.post(path("erase", clinic, contact=her.pk))
    with acting_for(clinic.pk):
        assert Contact.objects.get(pk=her.pk).first_name == "Jane"
        hold = LegalHold.objects.get()
    assert "Doe v. Smiles" in browser.get(path("retention", clinic)).content.decode()
    browser.post(path("hold_end", clinic, hold=hold.pk))
    assert "Nothing is held" in browser.get(path("retention", clinic)).content.decode()
    assert {"hold.begun", "hold.ended"} <= verbs(clinic)


@pytest.mark.parametrize(
    "given, says",
    [
        ({"reason": ""}, "required"),
        ({"reason": "x", "contact_id": 999999}, "no such contact"),
        ({"reason": "x", "campaign_id": 999999}, "no such campaign"),
        ({"reason": "x", "campaign_id": 1, "contact_id": 1}, "not both"),
    ],
)
def test_a_hold_that_names_nobody_is_not_begun(clinic: Client, given: dict[str, Any], says: str) -> None:
    answer = as_(people.olive()).post(path("hold_new", clinic), given)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_times_against_the_law_are_refused_in_words(clinic: Client) -> None:
    browser = as_(people.olive())
    browser.post(path("retention_set", clinic), {"kind": "replies", "days": 10})
    assert "at least 1461 days" in browser.get(path("retention", clinic)).content.decode()
    assert (
        as_(people.member("Val", Role.VIEWER, client=clinic)).get(path("retention", clinic)).status_code
        == 403
    )
