"""The page of consents: each person counted once in a line, by the best that is proven, and reached from their figure."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from consent.matrix import COLUMNS, IMPORTED, in_cell, matrix, missing, ways
from consent.models import ConsentRecord, Contact, ContactPoint, PurposeOptOut, Suppression, Tier
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
PAGE = "/c/bright-smiles/consents/"


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    cache.clear()


def texted(of: Client, *given: tuple[str, str], **values: Any) -> Contact:
    """Somebody with a number, and a consent of each of these purposes and tiers."""
    who = people.contact(of, phone=people.a_phone(), **values)
    for purpose, tier in given:
        people.consent(who, purpose, tier)
    return who


def counted(channel: str = Channel.SMS) -> dict[str, list[int]]:
    """People by purpose, in the order of the columns."""
    lines = matrix(db_now())
    return {line.purpose: [cell.people for cell in line.cells] for line in lines if line.channel == channel}


def everybody(clinic: Client) -> None:
    """One of each kind, as far as marketing goes; two who are on record for care."""
    texted(clinic)
    texted(clinic, (Purpose.MARKETING, Tier.NUMBER_GIVEN))
    texted(clinic, (Purpose.MARKETING, Tier.VERBAL), (Purpose.CARE, Tier.NUMBER_GIVEN))
    texted(clinic, (Purpose.MARKETING, Tier.WRITTEN), (Purpose.CARE, Tier.WRITTEN))
    gone = texted(clinic, (Purpose.MARKETING, Tier.WRITTEN))
    spot = ContactPoint.objects.get(contact=gone)
    suppress(clinic.pk, spot.address_id, Channel.SMS, Suppression.Source.KEYWORD)
    people.contact(clinic, email="only@example.org")


def test_everybody_with_an_address_counts_once_in_each_line() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        everybody(clinic)
        assert counted() == {"care": [2, 1, 0, 1, 1], "recall": [4, 0, 0, 0, 1], "marketing": [1, 1, 1, 1, 1]}
        assert counted(Channel.EMAIL)["marketing"] == [1, 0, 0, 0, 0]


def test_the_people_of_a_figure_are_as_many_as_it_says() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        everybody(clinic)
        at = db_now()
        for line in matrix(at):
            for cell in line.cells:
                assert in_cell(Contact.objects.all(), cell.key, at).count() == cell.people, cell.key


def test_the_best_of_several_numbers_counts() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        who = texted(clinic, (Purpose.MARKETING, Tier.VERBAL))
        second = people.point(who, Channel.SMS, people.a_phone())
        ConsentRecord.objects.create(
            client=clinic, contact=who, address_id=second.address_id, channel=Channel.SMS, purpose=Purpose.MARKETING,
            tier=Tier.WRITTEN, method=ConsentRecord.Method.PAPER, wording="Yes.",
        )  # fmt: skip
        assert counted()["marketing"] == [0, 0, 0, 1, 0]


def test_a_consent_for_a_number_that_they_gave_up_counts_no_more() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        who = texted(clinic, (Purpose.MARKETING, Tier.WRITTEN))
        people.point(who, Channel.SMS, people.a_phone())
        ContactPoint.objects.filter(contact=who).order_by("pk")[:1].get().delete()
        assert counted()["marketing"] == [1, 0, 0, 0, 0]


def test_who_wants_no_marketing_any_more_still_counts_for_care() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        who = texted(clinic, (Purpose.MARKETING, Tier.WRITTEN), (Purpose.CARE, Tier.WRITTEN))
        spot = ContactPoint.objects.get(contact=who)
        PurposeOptOut.objects.create(
            client=clinic, address_id=spot.address_id, channel=Channel.SMS, purpose=Purpose.MARKETING
        )
        assert counted()["marketing"] == [0, 0, 0, 0, 1]
        assert counted()["care"] == [0, 0, 0, 1, 0]


def test_counting_asks_as_much_of_a_few_as_of_many() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        everybody(clinic)
        with CaptureQueriesContext(connection) as asked:
            matrix(db_now())
    assert len([each for each in asked if "GROUP BY" in each["sql"]]) == 2


def test_what_is_missing_is_what_was_found_missing_when_it_was_recorded() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        listed, oral = texted(clinic), texted(clinic, (Purpose.MARKETING, Tier.NUMBER_GIVEN))
        ConsentRecord.objects.filter(contact=oral).update(missing=["the scan"])
        spot = ContactPoint.objects.get(contact=listed)
        for purpose in (Purpose.CARE, Purpose.RECALL):  # one person, whatever the number of records
            ConsentRecord.objects.create(
                client=clinic, contact=listed, address_id=spot.address_id, channel=Channel.SMS, purpose=purpose,
                tier=Tier.NUMBER_GIVEN, method=ConsentRecord.Method.IMPORTED,
            )  # fmt: skip
        assert missing(db_now()) == sorted([(IMPORTED, 1), ("the scan", 1)])


def test_the_ways_up_are_those_of_the_proof() -> None:
    found = {way.label: way for way in ways("Bright Smiles")}
    assert "their own signature" in found["On paper"].asks
    assert "the wording does not say that it is about marketing" in found["Web form"].asks
    assert "the number was read back to them and they said it is right" in found["On the phone"].asks


def test_each_figure_leads_to_its_people_masked_and_paged() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        everybody(clinic)
        texted(clinic, (Purpose.MARKETING, Tier.WRITTEN), first_name="Wilhelmina", last_name="Signed")
    browser = people.sign_in(Browser(), alice)
    page = browser.get(PAGE).content.decode()
    link = "/c/bright-smiles/contacts/?cell=sms.marketing.written"
    assert f'href="{link}"' in page
    shown = browser.get(link)
    assert len(shown.context["rows"]) == 2
    assert "Wilhelmina" not in shown.content.decode()
    assert "Text message, marketing: signed" in shown.content.decode()
    assert len(browser.get("/c/bright-smiles/contacts/?cell=sms.marketing.nonsense").context["rows"]) == 0


def test_the_file_holds_the_figures_and_nobody() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        everybody(clinic)
        odd = texted(clinic, (Purpose.CARE, Tier.NUMBER_GIVEN), first_name="Wilhelmina")
        ConsentRecord.objects.filter(contact=odd).update(missing=["=HYPERLINK(1)"])
    answer = people.sign_in(Browser(), alice).get(PAGE + "file/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["channel", "purpose", *(label.lower() for _, label, _ in COLUMNS), "with an address"]
    assert ["Text message", "Marketing", "2", "1", "1", "1", "1", "6"] in rows
    assert ["'=HYPERLINK(1)", "1"] in rows
    assert "Wilhelmina" not in text


def test_a_practice_without_a_list_is_told_the_next_step() -> None:
    people.clinic()
    assert "Import a list" in people.sign_in(Browser(), people.alice()).get(PAGE).content.decode()


def test_a_stranger_meets_nothing_and_a_rival_counts_their_own() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for(clinic.pk):
        everybody(clinic)
    with acting_for(rival.pk):
        texted(rival, (Purpose.CARE, Tier.VERBAL))
        assert sum(sum(line) for line in counted().values()) == 3
    assert people.sign_in(Browser(), people.charlie()).get(PAGE).status_code == 404
