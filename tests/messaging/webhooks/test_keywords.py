"""A poster's word, texted: the yes it stands for is on record with its proof; every other word means what it meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consent import keywords
from consent.models import ConsentRecord, Contact, ContactPoint, Keyword, Pause, Suppression, Tier
from consent.suppressing import suppress
from messaging.models import Inbound
from tenants.clock import db_now
from tenants.models import Client, Purpose
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import NUMBER, Office, sid

pytestmark = pytest.mark.django_db
JANE = "+15742310001"
ALL = list(Purpose.values)


@pytest.fixture
def join(office: Office) -> Keyword:
    return poster(office.client)


def poster(of: Client, word: str = "JOIN", spoken: str = "en", **values: Any) -> Keyword:
    said = (
        keywords.starter(of.name, ALL, spoken)
        .replace("{keyword}", word)
        .replace("{number}", "(574) 231-0600")
    )
    with acting_for(of.pk):
        given = {
            "word": word,
            "number": NUMBER,
            "wording": said,
            "purposes": ALL,
            "made_by": people.user("Olive"),
        }
        made: Keyword = Keyword.objects.create(client=of, **given | values)
        return made


def consents(office: Office) -> list[ConsentRecord]:
    with acting_for(office.client.pk):
        return list(ConsentRecord.objects.select_related("contact").order_by("purpose"))


def newest(office: Office) -> Inbound:
    with acting_for(office.client.pk):
        found: Inbound = Inbound.objects.order_by("-pk")[0]
        return found


@pytest.mark.parametrize("written", ["JOIN", "join", " Join. ", "“Join”!"])
def test_the_word_is_a_signed_yes_with_the_text_itself_as_its_proof(
    office: Office, join: Keyword, written: str
) -> None:
    assert office.texts(written).status_code == 200
    found = consents(office)
    assert [each.purpose for each in found] == sorted(ALL)
    assert {(each.tier, each.method, each.wording) for each in found} == {
        (Tier.WRITTEN, "keyword", join.wording)
    }
    evidence = json.loads(found[0].evidence)
    assert (evidence["texted"], evidence["inbound_id"], evidence["keyword"]) == (
        written.strip("\n"),
        sid(),
        "JOIN",
    )
    assert evidence["call_to_action"] == keywords.version_of(join)
    assert found[0].missing == []


def test_somebody_nobody_knew_is_known_by_their_number(office: Office, join: Keyword) -> None:
    office.texts("JOIN")
    with acting_for(office.client.pk):
        point = ContactPoint.objects.get()
    assert (point.value, newest(office).contact_id) == (JANE, point.contact_id)
    assert newest(office).handled_at is not None
    assert newest(office).rule == "keyword: JOIN"


def test_who_joins_by_a_spanish_poster_reads_spanish_and_who_was_known_reads_what_they_read(
    office: Office,
) -> None:
    poster(office.client, "UNIRSE", "es", language="es")
    office.texts("UNIRSE")
    with acting_for(office.client.pk):
        assert Contact.objects.get().language == "es"
        Contact.objects.update(language="en")
    office.texts("UNIRSE", number=2)
    assert {each.contact.language for each in consents(office)} == {"en"}


def test_somebody_known_is_not_made_a_second_time_nor_paused(office: Office, join: Keyword) -> None:
    with acting_for(office.client.pk):
        jane = people.contact(office.client, phone=JANE)
    office.texts("JOIN")
    assert {each.contact_id for each in consents(office)} == {jane.pk}
    with acting_for(office.client.pk):
        assert Contact.objects.count() == 1
        assert not Pause.objects.exists()


def test_the_same_text_again_is_one_yes(office: Office, join: Keyword) -> None:
    office.texts("JOIN")
    office.texts("JOIN")
    office.texts("JOIN", number=2)
    assert len([each for each in consents(office) if each.ended_at is None]) == len(ALL)


def test_it_lifts_no_stop_and_a_person_looks(office: Office, join: Keyword) -> None:
    with acting_for(office.client.pk):
        spot = ContactPoint.objects.get(contact=people.contact(office.client, phone=JANE))
        suppress(office.client.pk, spot.address_id, "sms", Suppression.Source.KEYWORD)
    office.texts("JOIN")
    with acting_for(office.client.pk):
        assert Suppression.objects.in_force(db_now()).count() == 1
    assert newest(office).handled_at is None
    assert newest(office).rule == "keyword: JOIN, but opted out"


@pytest.mark.parametrize("word", ["STOP", "START", "HELP", "YES"])
def test_a_keyword_that_came_in_by_another_way_never_takes_the_place_of_a_reserved_word(
    office: Office, word: str
) -> None:
    poster(office.client, word)
    office.texts(word)
    assert consents(office) == []


@pytest.mark.parametrize("text", ["JOIN please", "how do I join?", "JOINED", "dont JOIN"])
def test_the_word_among_others_is_no_yes(office: Office, join: Keyword, text: str) -> None:
    office.texts(text)
    assert consents(office) == []
    assert newest(office).handled_at is None


def test_to_another_number_or_closed_it_is_a_text_like_any_other(office: Office, join: Keyword) -> None:
    office.texts("JOIN", To="+15742310699")
    with acting_for(office.client.pk):
        Keyword.objects.update(ended_at=db_now())
    office.texts("JOIN", number=2)
    assert consents(office) == []


def test_two_people_at_one_number_are_asked_by_a_person(office: Office, join: Keyword) -> None:
    with acting_for(office.client.pk):
        people.contact(office.client, phone=JANE)
        people.contact(office.client, first_name="Joe", phone=JANE)
    office.texts("JOIN")
    assert consents(office) == []
    assert newest(office).handled_at is None


def test_a_minors_text_is_no_signature(office: Office, join: Keyword) -> None:
    with acting_for(office.client.pk):
        people.contact(office.client, phone=JANE, adult_from="2090-01-01")
    office.texts("JOIN")
    assert {each.tier for each in consents(office)} == {Tier.NUMBER_GIVEN}


def test_a_practice_renamed_since_gets_no_yes_by_its_old_poster(office: Office, join: Keyword) -> None:
    Client.objects.filter(pk=office.client.pk).update(name="Brighter Days")
    office.texts("JOIN")
    assert consents(office) == []


def test_a_covered_practice_without_an_agreement_takes_nobody_in(office: Office, join: Keyword) -> None:
    Client.objects.filter(pk=office.client.pk).update(covered=Client.Covered.COVERED)
    assert office.texts("JOIN").status_code == 200
    assert consents(office) == []
    assert newest(office).body == "JOIN"
