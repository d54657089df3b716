"""Exactly what was signed is sent: random edits after an approval, by any way, leave nothing that could go out under it."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.db import transaction

from campaigns.audience import subjects
from campaigns.fingerprint import derive
from campaigns.models import Approval, ApprovalRequest, AudienceCount, Campaign, Launch, Step
from compliance import many
from compliance.checks import BY_CODE
from compliance.facts import FACTS, Facts
from messaging import outbox
from messaging.outbox import NotApproved
from tenants.clock import db_now
from tenants.models import Agreement, Client, Location, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.random_edits import EDITS

pytestmark = pytest.mark.django_db
GATE = 200  # edits between two questions to the whole gate: it takes a hundred times as long as an edit
SIGNATURE = BY_CODE["not_approved"]


class World:
    """A clinic's signed campaign of a text and a mail, clear for everybody it names."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic(website="https://smiles.example")
        self.alice: User = people.alice()
        signer = people.bob(self.clinic)
        with acting_for(self.clinic.pk):
            people.sms_sender(self.clinic)
            people.mail_sender(self.clinic)
            for _ in range(3):
                phone = people.a_phone()
                people.consent(people.contact(self.clinic, phone=phone, email=f"{phone[1:]}@example.org"))
            self.location = Location.objects.create(
                client=self.clinic, name="North", time_zone="America/New_York"
            )
            self.campaign: Campaign = people.campaign(
                self.clinic, {"channel": "sms"}, {"channel": "email", "delay_days": 3}, by=self.alice,
                last_visit_before=date(2025, 1, 1),
            )  # fmt: skip
            people.ready(self.clinic)
            self.approval: Approval = people.approve(self.campaign, signer)

    def signed(self, as_left: Campaign) -> bool:
        """Whether the gate's check of the signature lets the campaign's messages through as it was left."""
        at = db_now()
        facts = dict.fromkeys(FACTS) | {
            "client": self.clinic.pk, "campaign": as_left.pk, "fingerprint": as_left.fingerprint,
        }  # fmt: skip
        return not SIGNATURE.refuses(list(SIGNATURE.rows(Facts(**facts, at=at, when=at))))

    def clear(self) -> int:
        """How many messages the gate would let out now, with the campaign's words and rule as they stand."""
        at = db_now()
        steps = Step.objects.filter(campaign=self.campaign).select_related(
            "campaign__client", "campaign__location", "sender"
        )
        return sum(many.tally(subjects(step, at), at).clear for step in steps)


def try_out(times: int, seed: int) -> list[str]:
    """That many edits, each from the signed state; those under which something could still be sent or launched."""
    world, dice, leaks = World(), random.Random(seed), []
    with acting_for(world.clinic.pk):
        assert world.clear() > 0, "signed as it stands, it goes out"
        assert world.signed(Campaign.objects.get(pk=world.campaign.pk))
        for number in range(times):
            keep = transaction.savepoint()
            edit = EDITS[number] if number < len(EDITS) else dice.choice(EDITS)  # each kind once at least
            edit(world, dice)
            left = Campaign.objects.get(pk=world.campaign.pk)
            # The stored fingerprint is the gate's, the derived one the worker's; all of the gate is asked now and then.
            if (
                world.approval.fingerprint in {left.fingerprint, derive(left)}
                or world.signed(left)
                or (number % GATE == 0 and world.clear())
            ):
                leaks.append(f"{number}: {edit}")
            with pytest.raises(NotApproved):
                outbox.launch(left, by=None)
            transaction.savepoint_rollback(keep)
        assert world.clear() > 0
    return leaks


def test_five_hundred_random_edits_after_approval_leave_nothing_to_send() -> None:
    assert try_out(500, seed=3) == []


@pytest.mark.reliability
def test_ten_thousand_random_edits_after_approval_leave_nothing_to_send() -> None:
    assert try_out(10_000, seed=4) == []


@pytest.fixture
def world() -> World:
    return World()


def test_an_approval_runs_out_after_thirty_days(world: World) -> None:
    with acting_for(world.clinic.pk):
        at = world.approval.expires_at
        assert (at - world.approval.since).days == 30
        assert Approval.objects.in_force(at - timedelta(seconds=1)).exists()
        assert not Approval.objects.in_force(at).exists()


def test_a_withdrawal_acts_at_the_next_claim(world: World) -> None:
    with acting_for(world.clinic.pk):
        Approval.objects.filter(pk=world.approval.pk).update(ended_at=db_now())
        assert world.clear() == 0


def test_a_fact_it_rested_on_that_falls_stops_it(world: World) -> None:
    with acting_for(world.clinic.pk):
        Client.objects.filter(pk=world.clinic.pk).update(covered="covered")
        assert world.clear() == 0, "no agreement is in force any more"
        assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    "shown, launched, clear", [(100, 110, True), (100, 111, False), (3, 3, True), (0, 1, False)]
)
def test_an_audience_that_grew_by_more_than_a_tenth_waits_for_a_new_signature(
    world: World, shown: int, launched: int, clear: bool
) -> None:
    with acting_for(world.clinic.pk):
        AudienceCount.objects.update(people=shown)
        AudienceCount.objects.create(
            client=world.clinic,
            campaign=world.campaign,
            fingerprint=world.approval.fingerprint,
            people=launched,
            at_launch=True,
        )
        assert bool(world.clear()) is clear
        # Signed again with the larger number in sight, the same words go out.
        again = Approval.objects.get(pk=world.approval.pk)
        count = AudienceCount.objects.create(
            client=world.clinic, campaign=world.campaign, fingerprint=again.fingerprint, people=launched
        )
        request = ApprovalRequest.objects.get(pk=again.request_id)
        request.pk = None
        request.save()
        again.pk, again.count, again.request = None, count, request
        again.save()
        assert world.clear() > 0


def test_a_launch_counts_whom_it_is_for(world: World) -> None:
    with acting_for(world.clinic.pk):
        world.campaign.refresh_from_db()
        outbox.launch(world.campaign, by=None)
        outbox.launch(world.campaign, by=None)
        assert AudienceCount.objects.get(at_launch=True).people == 3
        assert Launch.objects.count() == 1
