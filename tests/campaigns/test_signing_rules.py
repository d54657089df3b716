"""Who decides how many sign: the client, and the agency only for more."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import asking, signing
from campaigns.asking import NobodyToSign
from campaigns.models import Cosignature, Delegation, ReviewLink, SigningRule
from campaigns.signing import CannotChange
from tenants.clock import db_now
from tenants.models import AuditEvent, Membership
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again
from tests.campaigns.test_several_signatures import ALL, ANY, ORDER, Practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return Practice()


def test_the_agency_only_asks_for_more_signatures(practice: Practice) -> None:
    practice.decide(ALL, practice.bob, by=practice.alice)
    practice.decide(ORDER, practice.ben, practice.bob, by=practice.alice)
    for how, named in (
        (ANY, []),
        (ALL, [practice.ben, practice.bob]),
        (ORDER, [practice.bob]),
        (ORDER, [practice.bob, practice.ben]),
    ):
        with pytest.raises(CannotChange, match="only ask for more"):
            practice.decide(how, *named, by=practice.alice)
        with (
            acting_for(practice.client.pk),
            pytest.raises(IntegrityError, match="only ask for more"),
            transaction.atomic(),
        ):
            SigningRule.objects.create(
                client=practice.client, how=how, signers=[each.pk for each in named], set_by=practice.alice
            )
    with acting_for(practice.client.pk):
        assert AuditEvent.objects.filter(verb="approval.rule_set").count() == 2


def test_a_rule_is_never_changed_only_followed(practice: Practice) -> None:
    made = practice.decide(ALL, practice.bob)
    with acting_for(practice.client.pk), pytest.raises(DatabaseError), transaction.atomic():
        SigningRule.objects.filter(pk=made.pk).update(how=ANY, signers=[])


def test_of_two_changes_the_second_reads_that_there_was_a_first(practice: Practice) -> None:
    practice.decide(ALL, practice.bob)
    with acting_for(practice.client.pk), pytest.raises(CannotChange, match="in the meantime"):
        signing.set_rule(practice.client, ANY, [], practice.ben, seen=0)


def test_every_contact_is_written_to_about_a_change(
    practice: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        practice.decide(ALL, practice.bob, practice.ben)
    assert [letter.to[0] for letter in mail.outbox] == ["bob@example.org", "ben@example.org"]
    assert "Bob and Ben must all sign, in any order." in mail.outbox[0].body


def test_a_signer_who_left_is_named_when_it_is_asked(practice: Practice) -> None:
    practice.decide(ORDER, practice.ben, practice.bob)
    Membership.objects.filter(user=practice.ben).update(ended_at=db_now())
    with (
        acting_for(practice.client.pk),
        pytest.raises(NobodyToSign, match="Ben must sign .* cannot any more"),
    ):
        ask_again(practice.campaign, practice.alice)


def test_a_rival_sees_no_rule_no_delegate_and_no_signature(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    with acting_for(people.rival_clinic().pk):
        for kind in (SigningRule, Delegation, Cosignature):
            assert not kind.objects.exists()


def test_links_end_for_nobody_who_still_must_sign(practice: Practice) -> None:
    practice.ask(ALL, practice.bob, practice.ben)
    with acting_for(practice.client.pk):
        practice.sign(practice.bob)
        assert asking.send_request(practice.request) == 1
    live = ReviewLink.objects.filter(request=practice.request.pk, ended_at=None)
    assert {link.user.name for link in live} == {"Bob", "Ben"}
