"""The national do-not-call registry: a file is read into answers about our own numbers, and the gate keeps to them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance import gate
from compliance.do_not_call import judging
from compliance.models import RegistryAnswer, RegistryFile
from compliance.readiness import cards
from compliance.tasks import read_registry, resume_registries
from consent.models import ConsentRecord, Contact, ContactPoint, Import
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.compliance.registry import looked_up

pytestmark = pytest.mark.django_db
JANE, ANN, OUT_OF_TOWN = "+15742310611", "+15742310612", "+12125550199"
CODES = {"do_not_call", "do_not_call_unknown"}


@pytest.fixture
def clinic() -> Any:
    found = people.clinic(covered="covered")
    with acting_for(found.pk):
        for name, phone in (("Jane", JANE), ("Ann", ANN), ("Otto", OUT_OF_TOWN)):
            people.contact(found, first_name=name, phone=phone)
        people.sms_sender(found)
    return found


@pytest.fixture
def alice() -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


def bring(alice: Browser, clinic: Client, text: str | bytes, **values: Any) -> Any:
    """Upload a file and let the worker read it."""
    data = text if isinstance(text, bytes) else text.encode()
    given = {
        "kind": "registry",
        "as_of": date.today().isoformat(),
        "account": "10555-1",
        "file": SimpleUploadedFile("574.txt", data),
    }
    answer = alice.post(reverse("do_not_call", args=[clinic.slug]), given | values)
    resume_registries_here(clinic)
    return answer


def resume_registries_here(clinic: Client) -> None:
    with acting_for(clinic.pk):
        waiting = list(RegistryFile.objects.filter(state="waiting").values_list("pk", flat=True))
    for each in waiting:
        assert read_registry(clinic.pk, each)


def answers(clinic: Client) -> dict[str, bool]:
    with acting_for(clinic.pk):
        given = dict(RegistryAnswer.objects.good(db_now()).values_list("address", "listed"))
        points = ContactPoint.objects.filter(channel="sms")
        return {each.value: given[each.address_id] for each in points if each.address_id in given}


def newest(clinic: Client) -> RegistryFile:
    with acting_for(clinic.pk):
        found: RegistryFile = RegistryFile.objects.latest("pk")
        return found


def test_the_registrys_file_lists_whom_it_names_and_clears_the_rest_of_its_area_codes(
    clinic: Client, alice: Browser, store: Path
) -> None:
    answer = bring(alice, clinic, "574,2310611\n574,9999999\n")
    assert answer.status_code == 302
    assert answers(clinic) == {JANE: True, ANN: False}
    made = newest(clinic)
    assert (made.state, made.numbers, made.listed, made.clear) == ("done", 2, 1, 1)
    assert made.area_codes == ["574"]
    assert list(store.iterdir()) == []


def test_a_services_answer_counts_for_the_numbers_in_it_alone(clinic: Client, alice: Browser) -> None:
    bring(
        alice,
        clinic,
        "Phone,Result\n(574) 231-0611,Listed\n212-555-0199,clean\n574-231-0999,DNC\n",
        kind="result",
    )
    assert answers(clinic) == {JANE: True, OUT_OF_TOWN: False}


def test_nothing_of_the_file_is_kept_but_its_hash(clinic: Client, alice: Browser) -> None:
    bring(alice, clinic, "5742310611\n5749999999\n")
    with acting_for(clinic.pk), connection.cursor() as cursor:
        for table in ("compliance_registryfile", "compliance_registryanswer"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} AS t")
            said = cursor.fetchone()[0]
            assert "2310611" not in said
            assert "9999999" not in said
        assert RegistryAnswer.objects.count() == 2


@pytest.mark.parametrize("kind, text, says", [
    ("registry", "574,2310611\n574,23106\n", "Line 2 is no number of ten digits"),
    ("registry", "<list><ph val='2310611'/></list>\n", "XML are not read"),
    ("registry", b"PK\x03\x04\x14\x00binary", "unpacked"),
    ("registry", "\n\n", "There is no number in this file."),
    ("result", "Phone,Result\n5742310611,yes\n", "Line 2 does not say in a word of its own"),
    ("result", "Phone,Result\n5742310611,listed,clear\n", "Line 2 does not say"),
    ("result", b"\0\0\0\0", "is no text"),
])  # fmt: skip
def test_what_is_no_list_is_refused_with_a_sentence_and_answers_nothing(
    clinic: Client, alice: Browser, kind: str, text: str | bytes, says: str
) -> None:
    bring(alice, clinic, text, kind=kind)
    assert answers(clinic) == {}
    assert newest(clinic).state == "refused"
    assert says in newest(clinic).problem
    assert says in alice.get(reverse("do_not_call", args=[clinic.slug])).content.decode().replace(
        "&#x27;", "'"
    )


@pytest.mark.parametrize("change, says", [
    ({"as_of": (date.today() - timedelta(days=31)).isoformat()}, "more than 31 days ago"),
    ({"as_of": (date.today() + timedelta(days=9)).isoformat()}, "date in the future"),
    ({"account": ""}, "This field is required"),
])  # fmt: skip
def test_a_stale_or_unproven_file_is_not_taken(
    clinic: Client, alice: Browser, change: dict[str, str], says: str
) -> None:
    answer = bring(alice, clinic, "5742310611\n", **change)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with acting_for(clinic.pk):
        assert not RegistryFile.objects.exists()


def test_a_later_file_replaces_an_answer_and_an_earlier_one_does_not(clinic: Client, alice: Browser) -> None:
    bring(alice, clinic, "5742310611\n", as_of=(date.today() - timedelta(days=3)).isoformat())
    bring(alice, clinic, "5742310612\n")
    assert answers(clinic) == {JANE: False, ANN: True}
    bring(alice, clinic, "5742310611\n", as_of=(date.today() - timedelta(days=2)).isoformat())
    assert answers(clinic) == {JANE: False, ANN: True}


def test_two_workers_read_a_file_once_and_a_lost_bell_is_rung_again(
    clinic: Client, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(read_registry, "apply_async", lambda ids, **_: rung.append(ids))
    given = {
        "kind": "registry",
        "as_of": date.today().isoformat(),
        "account": "1",
        "file": SimpleUploadedFile("a.txt", b"5742310611\n"),
    }
    alice.post(reverse("do_not_call", args=[clinic.slug]), given)
    assert resume_registries() == 1
    assert rung == [(clinic.pk, newest(clinic).pk)]
    assert judging.judge(*rung[0])
    assert not judging.judge(*rung[0])
    assert resume_registries() == 0


def verdict(clinic: Client, tier: str, purpose: str, last_visit: date) -> set[str]:
    """What the gate says of the registry about Jane, whose consent is of this tier."""
    jane = Contact.objects.get(
        points__address__in=ContactPoint.objects.filter(value_of(JANE)).values("address")
    )
    Contact.objects.filter(pk=jane.pk).update(last_visit=last_visit)
    ConsentRecord.objects.filter(contact=jane).delete()
    people.consent(jane, purpose=purpose, tier=tier)
    made: Campaign = people.campaign(clinic, {"channel": "sms"}, purpose=purpose)
    rows = subjects(Step.objects.get(campaign=made), db_now()).filter(contact=jane)
    (failed,) = gate.judged(rows, db_now()).values_list("failed_now", flat=True)
    (few,) = gate.judged(rows, db_now(), few=True).values_list("failed_now", flat=True)
    assert failed == few
    return set(failed) & CODES


def value_of(phone: str) -> Any:
    from django.db.models import Q

    from consent.models import Address

    return Q(address=Address.objects.resolve("sms", [phone])[phone])


LONG_AGO, LATELY = date.today() - timedelta(days=600), date.today() - timedelta(days=500)


@pytest.mark.parametrize("said, tier, purpose, last_visit, codes", [
    ("listed", "number_given", "recall", LONG_AGO, {"do_not_call"}),
    ("listed", "number_given", "recall", LATELY, set()),
    ("listed", "written", "recall", LONG_AGO, set()),
    ("listed", "written", "marketing", LONG_AGO, set()),
    ("listed", "number_given", "marketing", LONG_AGO, {"do_not_call"}),
    ("listed", "number_given", "care", LONG_AGO, set()),
    ("clear", "number_given", "recall", LONG_AGO, set()),
    ("nothing", "number_given", "recall", LONG_AGO, {"do_not_call_unknown"}),
    ("nothing", "number_given", "recall", LATELY, set()),
    ("nothing", "written", "recall", LONG_AGO, set()),
    ("stale", "number_given", "recall", LONG_AGO, {"do_not_call_unknown"}),
    ("stale listing", "number_given", "recall", LONG_AGO, {"do_not_call", "do_not_call_unknown"}),
])  # fmt: skip
def test_a_listed_number_needs_a_signature_or_a_visit_and_an_unknown_one_counts_as_listed(
    clinic: Client, said: str, tier: str, purpose: str, last_visit: date, codes: set[str]
) -> None:
    with acting_for(clinic.pk):
        if said != "nothing":
            looked_up(clinic, listed="list" in said)
        if "stale" in said:
            RegistryAnswer.objects.update(good_until=db_now())
        assert verdict(clinic, tier, purpose, last_visit) == codes


def test_readiness_says_when_it_was_asked_and_what_to_do(clinic: Client, alice: Browser) -> None:
    def card() -> Any:
        with acting_for(clinic.pk):
            (found,) = [each for each in cards(clinic, db_now()) if each.key == "registry"]
            return found

    assert (card().answer, "never looked up" in card().says) == ("waiting", True)
    bring(alice, clinic, "5742310611\n")
    assert (card().answer, card().says) == ("clear", "1 of our numbers are listed, 1 are not.")
    page = alice.get(reverse("readiness", args=[clinic.slug])).content.decode()
    assert "1 of our numbers are listed" in page
    with acting_for(clinic.pk):
        Import.objects.create(
            client=clinic, file_name="b.csv", file_sha256="0" * 64, state="done", taken=5, done_at=db_now()
        )
    assert "were not looked up" in card().says
    with acting_for(clinic.pk):
        RegistryFile.objects.update(as_of=date.today() - timedelta(days=32))
        verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert "more than 31 days old" in card().says
    assert "registry.filed" in verbs


def test_a_rival_finds_neither_the_page_nor_an_answer(clinic: Client, alice: Browser) -> None:
    bring(alice, clinic, "5742310611\n")
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("do_not_call", args=[clinic.slug])).status_code == 404
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert not RegistryAnswer.objects.exists()
