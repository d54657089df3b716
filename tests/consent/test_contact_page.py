"""One contact's page: what is proven, what is forbidden; opting out, pausing, releasing; every look is noted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from consent.models import Contact, Pause, Suppression, UnsafeMark
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel, Client, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def jane(of: Client) -> Contact:
    with acting_for(of.pk):
        return people.contact(of, phone="+15742310001", email="jane@example.com")


def path(of: Contact, deed: str = "") -> str:
    return f"/c/bright-smiles/contacts/{of.pk}/{deed}"


def addresses(of: Client, who: Contact) -> dict[str, int]:
    with acting_for(of.pk):
        return {point.channel: point.address_id for point in who.points.all()}


def test_the_page_shows_proof_and_history_and_the_look_is_noted() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    with acting_for(clinic.pk):
        record = people.consent(who)
        record.ended_at = db_now()
        record.save(update_fields=["ended_at"])
        Pause.objects.create(
            client=clinic, contact=who, reason="unclear reply", ended_at=db_now(), ended_by=alice
        )
        suppress(clinic.pk, addresses(clinic, who)["sms"], Channel.SMS, Suppression.Source.KEYWORD)
    browser = people.in_clear(as_(alice), clinic)
    page = browser.get(path(who)).content.decode() + browser.get(path(who, "life/")).content.decode()
    for said in (
        "Jane Doe",
        "(574) 231-0001",
        "Consent: Signed in writing (PEWC), for marketing",
        "Yes, text me.",
        "Consent ended",
        "Paused: unclear reply",
        "Pause released",
        "by Alice",
        "Opted out of texts on",
        "by texting START",
    ):
        assert said in page
    with acting_for(clinic.pk):
        noted = AuditEvent.objects.get(verb="contact.viewed")
    assert noted.actor == alice
    assert noted.what == f"consent.Contact:{who.pk}"
    assert noted.detail == {}


def test_an_opt_out_is_dated_by_the_clients_clock() -> None:
    clinic = people.clinic(time_zone="America/New_York")
    who = jane(clinic)
    with acting_for(clinic.pk):
        Suppression.objects.create(
            client=clinic, address_id=addresses(clinic, who)["sms"], channel=Channel.SMS, source="keyword",
            since=datetime(2026, 3, 4, 1, 30, tzinfo=UTC),
        )  # fmt: skip
    browser = as_(people.alice())
    for page in (path(who), "/c/bright-smiles/contacts/", "/c/bright-smiles/opt-outs/"):
        assert "Opted out of texts on 3 Mar 2026" in browser.get(page).content.decode()


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.VIEWER, Role.APPROVER])
def test_any_member_opts_a_person_out_with_source_and_note(role: Role) -> None:
    clinic = people.clinic()
    who = jane(clinic)
    desk = people.member("Desk", role, client=clinic)
    there = addresses(clinic, who)
    answer = as_(desk).post(
        path(who, "opt-out/"),
        {"addresses": list(there.values()), "source": "staff", "note": "Called on Monday."},
    )
    assert answer["Location"] == path(who)
    with acting_for(clinic.pk):
        made = list(Suppression.objects.order_by("channel"))
        assert {each.channel for each in made} == {"sms", "email"}
        assert {(each.source, each.note, each.made_by_id) for each in made} == {
            ("staff", "Called on Monday.", desk.pk)
        }
        assert AuditEvent.objects.filter(verb="address.opted_out").count() == 2
    page = as_(desk).get(path(who)).content.decode()
    assert "nobody here can" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "keyword"},
        {"source": "complaint"},
        {"addresses": []},
        {"addresses": ["999999"]},
        {"note": ""},
    ],
)
def test_an_opt_out_that_says_too_little_keeps_what_was_typed(wrong: dict[str, Any]) -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    given = {
        "addresses": [addresses(clinic, who)["sms"]],
        "source": "staff",
        "note": "Called on Monday.",
    } | wrong
    answer = as_(alice).post(path(who, "opt-out/"), given)
    assert answer.status_code == 422
    if "note" not in wrong:
        assert b"Called on Monday." in answer.content
    with acting_for(clinic.pk):
        assert not Suppression.objects.exists()


def test_a_wrong_number_is_unsafe_for_everybody() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    as_(alice).post(
        path(who, "opt-out/"),
        {"addresses": [addresses(clinic, who)["sms"]], "source": "wrong_number", "note": "Not Jane's."},
    )
    assert UnsafeMark.objects.get().reason == "wrong_number"


def test_no_page_opts_anybody_back_in() -> None:
    clinic, alice = people.clinic(), people.alice()
    who = jane(clinic)
    with acting_for(clinic.pk):
        suppress(clinic.pk, addresses(clinic, who)["sms"], Channel.SMS, Suppression.Source.STAFF)
    browser = as_(alice)
    browser.post(path(who, "release/"))
    with acting_for(clinic.pk):
        assert Suppression.objects.get().ended_at is None


def test_a_pause_is_made_by_anybody_and_released_by_agency_or_approver() -> None:
    clinic = people.clinic()
    who = jane(clinic)
    fred, bob = as_(people.fred(clinic)), as_(people.bob(clinic))
    assert fred.post(path(who, "pause/"), {"reason": "front desk clarifies"}).status_code == 302
    assert b"Paused: front desk clarifies" in fred.get(path(who)).content
    assert fred.post(path(who, "release/")).status_code == 403
    assert bob.post(path(who, "release/")).status_code == 302
    with acting_for(clinic.pk):
        pause = Pause.objects.get()
        verbs = set(AuditEvent.objects.exclude(verb="contact.viewed").values_list("verb", flat=True))
    assert pause.ended_by_id == User.objects.get(email="bob@example.org").pk
    assert verbs == {"contact.paused", "contact.released"}
    assert fred.post(path(who, "pause/"), {"reason": ""}).status_code == 422


@pytest.mark.parametrize("deed", ["opt-out/", "pause/", "release/"])
def test_nothing_is_done_by_looking(deed: str) -> None:
    clinic, alice = people.clinic(), people.alice()
    assert as_(alice).get(path(jane(clinic), deed)).status_code == 405


def test_the_page_costs_the_same_for_a_long_life(django_assert_max_num_queries: Any) -> None:
    clinic, browser = people.clinic(), as_(people.alice())
    who = jane(clinic)
    with acting_for(clinic.pk):
        people.consent(who)
    browser.get(path(who))
    with django_assert_max_num_queries(28) as few:
        browser.get(path(who))
    with acting_for(clinic.pk):
        for n in range(12):
            Pause.objects.create(client=clinic, contact=who, reason=f"r{n}", ended_at=db_now())
            people.contact(clinic, household=who.household)
        for source in Suppression.Source.values:
            suppress(clinic.pk, addresses(clinic, who)["sms"], Channel.SMS, source)
    with django_assert_max_num_queries(len(few)):
        browser.get(path(who))


def test_a_stranger_gets_nothing() -> None:
    clinic = people.clinic()
    who = jane(clinic)
    charlie = as_(people.charlie())
    assert charlie.get(path(who)).status_code == 404
    for deed in ("opt-out/", "pause/", "release/"):
        assert charlie.post(path(who, deed), {"reason": "x"}).status_code == 404
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.contact(rival, phone="+15742310007")
    people.alice()
    alice = as_(people.user("Alice"))
    assert alice.get(f"/c/bright-smiles/contacts/{theirs.pk}/").status_code == 404
    assert alice.post(f"/c/bright-smiles/contacts/{theirs.pk}/pause/", {"reason": "x"}).status_code == 404
