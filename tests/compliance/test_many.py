"""An audience is judged in groups of people who share what a check asks about; the answer is that of asking each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.audience import subjects
from campaigns.models import Step
from compliance import gate, many
from compliance.checks import CHECKS
from compliance.models import SendingWindow
from consent.models import Contact, ContactPoint, Suppression
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed() -> Any:
    """Eight people in two places, each with something else the matter, two of them at one address."""
    clinic = people.clinic()
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        phones = [f"+157423106{number}" for number in range(11, 18)]
        everybody = [
            people.contact(clinic, first_name=f"N{n}", phone=phone) for n, phone in enumerate(phones)
        ]
        everybody.append(people.contact(clinic, first_name="Again", phone=phones[0]))
        people.sms_sender(clinic)
        for each in everybody[:5]:
            people.consent(each)
        Contact.objects.filter(pk__in=[each.pk for each in everybody[3:]]).update(
            window_key="TX/America/Chicago"
        )
        Contact.objects.filter(pk=everybody[1].pk).update(deceased=True)
        Contact.objects.filter(pk=everybody[2].pk).update(filled=[])
        Contact.objects.filter(pk=everybody[3].pk).update(adult_from=db_now().date() + timedelta(days=900))
        point = ContactPoint.objects.get(contact=everybody[4])
        Suppression.objects.create(
            client=clinic, address_id=point.address_id, channel="sms", source=Suppression.Source.KEYWORD
        )
        SendingWindow.objects.filter(window_key="TX/America/Chicago").delete()
        made = people.campaign(clinic, {"channel": "sms"})
        people.ready(clinic)
        people.approve(made, signer)
        yield Step.objects.get()


def _each(step: Step, at: Any) -> dict[tuple[str, ...], int]:
    return {tuple(failed): number for failed, number in many._one_by_one(many.anew(subjects(step, at), at))}


def test_groups_of_people_get_the_answer_that_each_would_get(mixed: Step) -> None:
    at = db_now()
    found = {tuple(failed): number for failed, number in many.groups(subjects(mixed, at), at)}
    assert found == _each(mixed, at)
    assert len(found) > 4
    assert sum(found.values()) == 7  # two share a phone


def test_a_group_whose_row_changed_meanwhile_is_asked_one_by_one(
    mixed: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = db_now()
    kinds = many._kinds

    def then_somebody_moves(*given: Any) -> Any:
        found = kinds(*given)
        Contact.objects.update(window_key="AZ/America/Phoenix")
        return found

    monkeypatch.setattr(many, "_kinds", then_somebody_moves)
    found = {tuple(failed): number for failed, number in many.groups(subjects(mixed, at), at)}
    assert found == _each(mixed, at)


def test_a_group_whose_row_is_gone_is_asked_one_by_one(mixed: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    at = db_now()
    kinds = many._kinds

    def then_all_points_end(*given: Any) -> Any:
        found = kinds(*given)
        ContactPoint.objects.update(ended_at=at)
        return found

    monkeypatch.setattr(many, "_kinds", then_all_points_end)
    assert many.groups(subjects(mixed, at), at) == []


def test_a_check_asked_of_a_group_knows_nothing_of_the_person(mixed: Step) -> None:
    # Each of these reads a person's rows; were one taken for shared, one person's answer would stand for all.
    of_persons = {check.code for check in CHECKS if check.asks_who}
    assert {
        "opted_out",
        "no_consent",
        "deceased",
        "missing_words",
        "one_a_day",
        "household_today",
    } <= of_persons
    assert not {"quiet_hours", "not_approved", "everything_stopped", "no_baa"} & of_persons


def test_an_audience_is_asked_of_the_rows_it_has_at_hand(mixed: Step) -> None:
    at = db_now()
    asked = str(gate.judged(subjects(mixed, at), at).query)
    assert '"consent_contact"."deceased"' in asked
    assert 'U0."deceased"' not in asked  # not looked up a second time
