"""Who signs for whom: named by the compliance contact, for some days, one of the practice's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from campaigns import signing
from campaigns.asking import CannotSign
from campaigns.models import Approval, Cosignature, Delegation
from campaigns.signed_facts import facts
from campaigns.signing import CannotChange
from tenants import audit
from tenants.models import Agency
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_several_signatures import Practice

pytestmark = pytest.mark.django_db
ALL = "all"


@pytest.fixture
def practice() -> Practice:
    return Practice()


def test_a_delegate_signs_for_who_named_them_and_both_names_stand(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    made = practice.sign(practice.vera)
    assert isinstance(made, Approval)
    assert (made.role, made.signed_by) == ("viewer", practice.vera)
    with acting_for(practice.client.pk):
        assert ("Signed for", "Bob, who named the signer") in [
            (label, text.partition(" for ")[0]) for label, text in facts(made)
        ]


def test_a_delegate_takes_the_turn_of_who_named_them(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    practice.ask(ALL, practice.bob, practice.ben)
    made = practice.sign(practice.vera)
    assert isinstance(made, Cosignature)
    assert made.covers == practice.bob
    with pytest.raises(CannotSign, match="Vera Clinic already signed in this place"):
        practice.sign(practice.bob)
    assert isinstance(practice.sign(practice.ben), Approval)


@pytest.mark.parametrize("first, last", [(2, 7), (-7, -2)], ids=["not yet", "over"])
def test_a_delegate_signs_only_on_the_days_named(practice: Practice, first: int, last: int) -> None:
    day = people.today(practice.client)
    with acting_for(practice.client.pk):
        made = Delegation.objects.create(
            client=practice.client, principal=practice.bob, named_by=practice.bob, delegate=practice.vera,
            from_day=day + timedelta(days=first), until_day=day + timedelta(days=last),
        )  # fmt: skip
    with pytest.raises(CannotSign, match="compliance contact"):
        practice.sign(practice.vera)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.vera, delegation=made, role="viewer")


def test_a_delegate_whose_naming_was_ended_signs_no_more(practice: Practice) -> None:
    made = practice.delegate(practice.bob, practice.vera)
    with acting_for(practice.client.pk):
        signing.end_delegation(practice.client, made.pk, practice.ben)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Delegation.objects.filter(pk=made.pk).update(ended_at=None)
    with pytest.raises(CannotSign):
        practice.sign(practice.vera)


def test_who_edited_a_campaign_when_they_worked_for_the_agency_signs_it_neither_for_themselves_nor_for_another(
    practice: Practice,
) -> None:
    practice.delegate(practice.bob, practice.vera)
    with acting_for(practice.client.pk):
        for who in (practice.bob, practice.vera):
            audit.record("campaign.edited", practice.campaign, client_id=practice.client.pk, by=who)
    for who in (practice.bob, practice.vera):
        with pytest.raises(CannotSign, match="drafted"):
            practice.sign(who)
    assert isinstance(practice.sign(practice.ben), Approval)


def test_nobody_names_for_another_nor_anybody_of_the_agency(practice: Practice) -> None:
    with pytest.raises(CannotChange, match="for themselves"):
        practice.delegate(practice.vera, practice.ben)
    with pytest.raises(CannotChange, match="own people"):
        practice.delegate(practice.bob, practice.alice)
    day = people.today(practice.client)
    with acting_for(practice.client.pk), pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(
            client=practice.client, principal=practice.bob, delegate=practice.vera, named_by=practice.alice, from_day=day, until_day=day
        )  # fmt: skip


def test_a_delegate_of_the_agency_is_refused_by_the_database_too(practice: Practice) -> None:
    day = people.today(practice.client)
    with acting_for(practice.client.pk):
        made = Delegation.objects.create(
            client=practice.client, principal=practice.bob, named_by=practice.bob, delegate=practice.alice, from_day=day, until_day=day
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.alice, delegation=made, role="viewer", drafted_by=None)


def test_an_address_at_the_agencys_domain_signs_nothing(practice: Practice) -> None:
    Agency.objects.filter(pk=practice.client.agency_id).update(mail_domains=["example.org"])
    with pytest.raises(CannotSign, match="compliance contact"):
        practice.sign(practice.bob)
    with pytest.raises(IntegrityError, match="compliance contact"):
        practice.row(Approval, practice.bob)
