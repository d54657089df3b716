"""Fewer signatures need what the present rule needs: the yes of everybody who must sign now."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import signers, signing
from campaigns.models import Loosening, LooseningYes, SigningRule
from campaigns.signing import CannotChange
from tenants.clock import db_now
from tenants.models import AuditEvent, Membership, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.test_several_signatures import ALL, ANY, ORDER, Practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    made = Practice()
    made.decide(ALL, made.bob, made.ben)
    return made


def how_now(practice: Practice) -> str:
    with acting_for(practice.client.pk):
        rule = signers.rule_of(practice.client)
        return rule.how if rule else ANY


def wish(practice: Practice) -> Loosening:
    with acting_for(practice.client.pk):
        found = signing.wish_of(practice.client)
        assert found is not None
        return found


def agree(practice: Practice, who: User) -> SigningRule | Loosening:
    with acting_for(practice.client.pk):
        return signing.agree(practice.client, wish(practice).pk, who)


def test_one_of_two_asks_and_nothing_changes_until_the_other_agrees(
    practice: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        practice.decide(ANY, by=practice.bob)
    assert how_now(practice) == ALL
    assert "It holds when Ben agreed." in mail.outbox[-1].body
    with pytest.raises(CannotChange, match="each once"):
        agree(practice, practice.bob)
    agree(practice, practice.ben)
    assert how_now(practice) == ANY
    with acting_for(practice.client.pk):
        verbs = AuditEvent.objects.order_by("id").values_list("verb", flat=True)
        assert list(verbs)[-3:] == ["approval.fewer_asked", "approval.fewer_agreed", "approval.rule_set"]


def test_somebody_who_need_not_sign_asks_and_all_who_must_agree(practice: Practice) -> None:
    practice.decide(ORDER, practice.bob, practice.ben)
    cleo = people.member("Cleo", Role.APPROVER, client=practice.client)
    practice.decide(ALL, practice.bob, practice.ben, by=cleo)
    with pytest.raises(CannotChange, match="Only those who must sign now"):
        agree(practice, cleo)
    agree(practice, practice.ben)
    assert how_now(practice) == ORDER
    agree(practice, practice.bob)
    assert how_now(practice) == ALL


def test_who_left_is_not_asked(practice: Practice) -> None:
    Membership.objects.filter(user=practice.ben).update(ended_at=db_now())
    practice.decide(ALL, practice.bob)
    assert how_now(practice) == ALL
    with acting_for(practice.client.pk):
        rule = signers.rule_of(practice.client)
        assert rule is not None
        assert rule.signers == [practice.bob.pk]


def test_the_only_one_who_must_sign_decides_alone(practice: Practice) -> None:
    Membership.objects.filter(user=practice.ben).update(ended_at=db_now())
    practice.decide(ALL, practice.bob)
    practice.decide(ANY, by=practice.bob)
    assert how_now(practice) == ANY


def test_a_stricter_rule_overtakes_the_wish(practice: Practice) -> None:
    practice.decide(ANY, by=practice.bob)
    asked = wish(practice)
    practice.decide(ORDER, practice.bob, practice.ben)
    with acting_for(practice.client.pk), pytest.raises(CannotChange, match="Nobody asks for this any more"):
        signing.agree(practice.client, asked.pk, practice.ben)
    assert how_now(practice) == ORDER


def test_the_other_refuses_and_it_stays(practice: Practice) -> None:
    practice.decide(ANY, by=practice.bob)
    with acting_for(practice.client.pk):
        signing.refuse(practice.client, wish(practice).pk, practice.ben)
        assert signing.wish_of(practice.client) is None
    assert how_now(practice) == ALL


def test_the_database_takes_no_looser_rule_without_every_yes(practice: Practice) -> None:
    practice.decide(ANY, by=practice.bob)
    with (
        acting_for(practice.client.pk),
        pytest.raises(IntegrityError, match="need the yes of all"),
        transaction.atomic(),
    ):
        SigningRule.objects.create(client=practice.client, how=ANY, signers=[], set_by=practice.bob)
    agreed = wish(practice)
    with acting_for(practice.client.pk):
        LooseningYes.objects.create(client=practice.client, loosening=agreed, by=practice.ben)
        with pytest.raises(IntegrityError, match="need the yes of all"), transaction.atomic():
            # The yes was to another rule than this one.
            SigningRule.objects.create(
                client=practice.client, how=ALL, signers=[practice.bob.pk], set_by=practice.bob
            )


def test_a_wish_and_a_yes_are_never_changed(practice: Practice) -> None:
    practice.decide(ANY, by=practice.bob)
    with acting_for(practice.client.pk):
        for rows, change in ((Loosening.objects, {"how": ALL}), (LooseningYes.objects, {"by": practice.ben})):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.all().delete()


def test_on_the_page_the_other_reads_who_asks_for_what_and_agrees(practice: Practice) -> None:
    there = reverse("signing", args=[practice.client.slug])
    bob: Browser = people.sign_in(Browser(), practice.bob)
    ben: Browser = people.sign_in(Browser(), practice.ben)
    with acting_for(practice.client.pk):
        rule = signers.rule_of(practice.client)
        assert rule is not None
    answer = bob.post(
        reverse("signing_rule", args=[practice.client.slug]), {"how": ANY, "seen": rule.pk}, follow=True
    )
    assert "It holds when Ben agreed too" in answer.content.decode()
    mine = bob.get(there).content.decode()
    assert "Take it back" in mine
    assert "Agree to it" not in mine
    assert "Agree to it" in ben.get(there).content.decode()
    where = reverse("fewer_answer", args=[practice.client.slug, wish(practice).pk])
    for who, status in ((practice.alice, 403), (practice.vera, 403), (people.charlie(), 404)):
        assert people.sign_in(Browser(), who).post(where, {"answer": "yes"}).status_code == status
    people.proven(ben, practice.ben, ago=301)
    assert ben.post(where, {"answer": "yes"})["Location"].startswith("/accounts/reauthenticate/")
    assert how_now(practice) == ALL
    people.proven(ben, practice.ben, ago=10)
    ben.post(where, {"answer": "yes"})
    assert how_now(practice) == ANY
    assert "Asked for: fewer signatures" not in ben.get(there).content.decode()
