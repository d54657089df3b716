"""A message added to a signed campaign: where the client chose it, only that is signed, and the rest rests on what was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError
from django.test import Client as Browser

from campaigns import additions, approval, signing
from campaigns.approval import Signature
from campaigns.asking import CannotSign
from campaigns.fingerprint import refresh
from campaigns.models import AdditionRule, Approval, AudienceCount, Cosignature, Step
from campaigns.signing import CannotChange
from messaging.outbox import NotApproved, launch
from tenants.models import AuditEvent, Channel, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, enrol, opened, signature
from tests.campaigns.test_several_signatures import ALL, Practice

pytestmark = pytest.mark.django_db
THIRD: dict[str, Any] = {"channel": Channel.SMS, "body": "Hi {{ first_name }}, a last word", "delay_days": 9}


class Signed(Practice):
    """Bob signed two messages, and chose to sign only what is added."""

    def __init__(self, chosen: bool = True) -> None:
        super().__init__()
        if chosen:
            self.choose(True)
        self.first = self.sign(self.bob)

    def choose(self, only_added: bool, by: User | None = None) -> AdditionRule:
        with acting_for(self.client.pk):
            return signing.choose_additions(self.client, only_added, by or self.bob)

    def add(self, **changed: Any) -> None:
        """A third message, laid before the client."""
        with acting_for(self.client.pk):
            sender = Step.objects.filter(campaign=self.campaign, channel=Channel.SMS).latest("pk").sender
            Step.objects.create(
                client=self.client, campaign=self.campaign, position=3, sender=sender, **(THIRD | changed)
            )
            refresh(self.campaign)
        self.ask_again()

    def ask_again(self) -> None:
        with acting_for(self.client.pk):
            self.request = ask_again(self.campaign, self.alice)

    def base(self) -> Approval | None:
        with acting_for(self.client.pk):
            return additions.rests_on(self.request)

    def sign_added(self, who: User | None = None, base: int | None = None) -> Approval | Cosignature:
        name = (who or self.bob).name
        typed = Signature(f"{name} Clinic", "Manager", "totp", "192.0.2.7", "Phone", base or self.first.pk)
        with acting_for(self.client.pk):
            return approval.sign(self.request.pk, who or self.bob, typed)


@pytest.fixture
def practice() -> Signed:
    return Signed()


def test_only_the_added_message_is_signed_and_the_whole_may_be_sent(practice: Signed) -> None:
    practice.add()
    made = practice.sign_added(practice.ben)
    assert isinstance(made, Approval)
    assert made.adds_to_id == practice.first.pk
    assert "I have read what was added to this campaign, message 3," in made.statement
    assert "as Bob Clinic approved it on" in made.statement
    assert f"(approval {practice.first.pk})" in made.statement
    with acting_for(practice.client.pk):
        practice.campaign.refresh_from_db()
        assert launch(practice.campaign, by=None).version_id == made.version_id


def test_until_the_addition_is_signed_nothing_of_the_campaign_is_sent(practice: Signed) -> None:
    practice.add()
    with acting_for(practice.client.pk):
        practice.campaign.refresh_from_db()
        with pytest.raises(NotApproved):
            launch(practice.campaign, by=None)


def test_an_addition_lasts_no_longer_than_what_it_rests_on(practice: Signed) -> None:
    practice.add()
    made = practice.sign_added()
    assert isinstance(practice.first, Approval)
    assert isinstance(made, Approval)
    assert made.expires_at == practice.first.expires_at


def test_without_the_clients_choice_everything_is_signed_again() -> None:
    practice = Signed(chosen=False)
    practice.add()
    assert practice.base() is None
    made = practice.sign(practice.bob)
    assert made.adds_to_id is None
    assert "I have read every message" in made.statement


def change_words(practice: Signed) -> None:
    Step.objects.filter(campaign=practice.campaign, position=1).update(
        body="Hi {{ first_name }}, other words"
    )


def change_order(practice: Signed) -> None:
    Step.objects.filter(campaign=practice.campaign, position=3).update(position=9)
    Step.objects.filter(campaign=practice.campaign, position=1).update(position=3)
    Step.objects.filter(campaign=practice.campaign, position=9).update(position=1)


def change_audience(practice: Signed) -> None:
    practice.campaign.segments = ["Other"]
    practice.campaign.save()


def withdraw(practice: Signed) -> None:
    approval.withdraw(practice.first.pk, practice.bob, "")


def grow(practice: Signed) -> None:
    AudienceCount.objects.filter(pk=practice.request.count_id).update(people=4)  # three were signed for


@pytest.mark.parametrize(
    "spoil", [change_words, change_order, change_audience, withdraw], ids=lambda each: each.__name__
)
def test_everything_is_signed_again_when_the_rest_does_not_stand(practice: Signed, spoil: Any) -> None:
    practice.add()
    with acting_for(practice.client.pk):
        spoil(practice)
        practice.campaign.refresh_from_db()
        refresh(practice.campaign)
    practice.ask_again()
    assert practice.base() is None
    with pytest.raises(CannotSign, match="changed while you read it"):
        practice.sign_added()


def test_everything_is_signed_again_when_the_audience_grew_by_more_than_a_tenth(practice: Signed) -> None:
    practice.add()
    with acting_for(practice.client.pk):
        grow(practice)
        practice.request.refresh_from_db()
    assert practice.base() is None


def test_whoever_read_everything_signs_everything(practice: Signed) -> None:
    practice.choose(False)
    practice.add()
    practice.choose(True)  # between reading and signing
    with pytest.raises(CannotSign, match="changed while you read it"):
        practice.sign(practice.bob)


def test_withdrawing_either_takes_back_both(practice: Signed) -> None:
    practice.add()
    made = practice.sign_added()
    with acting_for(practice.client.pk):
        approval.withdraw(made.pk, practice.bob, "Not now")
        assert not Approval.objects.filter(ended_at=None).exists()
        assert AuditEvent.objects.filter(verb="approval.withdrawn").count() == 2


def test_the_database_itself_withdraws_an_addition_with_what_it_rests_on(practice: Signed) -> None:
    practice.add()
    made = practice.sign_added()
    with acting_for(practice.client.pk):
        Approval.objects.filter(pk=practice.first.pk).update(ended_at=made.since, ended_by=practice.bob)
        assert not Approval.objects.filter(ended_at=None).exists()


def test_where_several_sign_all_sign_the_same() -> None:
    practice = Signed(chosen=False)
    practice.ask(ALL, practice.bob, practice.ben)
    practice.sign(practice.bob)
    practice.first = practice.sign(practice.ben)
    practice.choose(True)
    practice.add()
    assert isinstance(practice.sign_added(practice.ben), Cosignature)
    practice.choose(False)
    with pytest.raises(CannotSign, match="others signed something else"):
        practice.sign(practice.bob)
    practice.choose(True)
    made = practice.sign_added(practice.bob)
    assert isinstance(made, Approval)
    assert made.adds_to_id == practice.first.pk


def test_only_the_client_chooses_to_sign_less_and_the_agency_may_ask_for_everything(practice: Signed) -> None:
    mail.outbox.clear()
    practice.choose(False, by=practice.alice)
    with pytest.raises(CannotChange, match="Only Bright Smiles's own compliance contact"):
        practice.choose(True, by=practice.alice)
    with acting_for(practice.client.pk), pytest.raises(DatabaseError, match="only the client chooses"):
        AdditionRule.objects.create(client=practice.client, only_added=True, set_by=practice.alice)


def test_the_database_refuses_an_addition_that_lasts_longer(practice: Signed) -> None:
    practice.add()
    assert isinstance(practice.first, Approval)
    longer = practice.first.expires_at + timedelta(days=1)
    with pytest.raises(DatabaseError, match="lasts no longer"):
        practice.row(Approval, practice.ben, adds_to=practice.first, expires_at=longer)


def test_the_database_refuses_an_addition_to_what_does_not_stand(practice: Signed) -> None:
    practice.add()
    with acting_for(practice.client.pk):
        change_words(practice)
        practice.campaign.refresh_from_db()
        refresh(practice.campaign)
    practice.ask_again()
    with pytest.raises(DatabaseError, match="everything must be signed here"):
        practice.row(Approval, practice.ben, adds_to=practice.first)


def test_the_review_folds_what_stands_and_signs_what_is_new(practice: Signed, client: Browser) -> None:
    practice.add()
    token = practice.token()
    opened(client, token)
    shown = client.get(f"/a/{token}/").content.decode()
    assert "Only what was added is signed now." in shown
    assert "See message 1" in shown
    assert "See message 2" in shown
    assert "See message 3" not in shown
    page = client.get(f"/a/{token}/sign/").content.decode()
    assert "Approve 1 added message to 3 people" in page
    secret = enrol(practice.bob)
    client.post(f"/a/{token}/sign/", signature(secret, rests_on=str(practice.first.pk)))
    facts = client.get(f"/a/{token}/").content.decode()
    assert f"only message 3; the rest rests on approval {practice.first.pk}" in facts


def test_the_contact_chooses_on_the_page_and_strangers_do_not(practice: Signed, client: Browser) -> None:
    page = f"/c/{practice.client.slug}/signing/"
    bob = people.sign_in(Browser(), practice.bob)
    answer = bob.post(f"{page}additions/", {"only_added": "no"}, follow=True).content.decode()
    assert "everything is signed again" in answer
    people.sign_in(client, practice.vera)
    assert client.post(f"{page}additions/", {"only_added": "yes"}).status_code == 403
    stranger = people.sign_in(
        Browser(), people.member("Mallory", Role.APPROVER, client=people.rival_clinic())
    )
    assert stranger.post(f"{page}additions/", {"only_added": "yes"}).status_code == 404


def test_the_day_of_the_earlier_signature_is_the_clients(practice: Signed) -> None:
    practice.add()
    assert isinstance(practice.first, Approval)
    practice.first.since = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    practice.request.client.time_zone = "America/Los_Angeles"
    with acting_for(practice.client.pk):
        assert "approved it on November 22, 2026" in additions.statement_for(practice.request, practice.first)
