"""Exactly what was signed is sent: random edits after an approval, by any way, leave nothing that could go out under it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from campaigns import editing
from campaigns.audience import subjects
from campaigns.fingerprint import derive, refresh, refresh_client
from campaigns.models import Approval, ApprovalRequest, AudienceCount, Campaign, Launch, Step
from compliance import many
from messaging import outbox
from messaging.outbox import NotApproved
from tenants.clock import db_now
from tenants.models import Agreement, Client, Location, PostalAddress, Sender, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
GATE = 20  # edits between two questions to the whole gate: it takes a hundred times as long as an edit
LETTERS = "abc xyzÄß0.,!? "


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

    def clear(self) -> int:
        """How many messages the gate would let out now, with the campaign's words and rule as they stand."""
        at = db_now()
        steps = Step.objects.filter(campaign=self.campaign).select_related(
            "campaign__client", "campaign__location", "sender"
        )
        return sum(many.tally(subjects(step, at), at).clear for step in steps)


def words(dice: random.Random, before: str) -> str:
    """The text with something put in, taken out or changed, never the same."""
    place, letter = dice.randrange(len(before) + 1), dice.choice(LETTERS)
    made = dice.choice(
        [
            before[:place] + letter + before[place:],
            before[:place] + letter + before[place + 1 :],
            before[:place],
        ]
    )
    return made if made.strip() != before.strip() else before + "!"


def by_editor(
    change: Callable[[Campaign, Step, random.Random], None],
) -> Callable[[World, random.Random], None]:
    """An edit as the pages make it."""

    def edit(world: World, dice: random.Random) -> None:
        with editing.change(world.campaign, None, world.alice) as held:
            change(held.campaign, dice.choice(list(Step.objects.filter(campaign=held.campaign))), dice)

    return edit


def body(_: Campaign, step: Step, dice: random.Random) -> None:
    step.body = words(dice, step.body)
    step.save()


def subject(campaign: Campaign, _: Step, dice: random.Random) -> None:
    mail = Step.objects.get(campaign=campaign, channel="email")
    mail.subject = words(dice, mail.subject)
    mail.save()


def delay(_: Campaign, step: Step, dice: random.Random) -> None:
    step.delay_days += dice.randint(1, 30)
    step.save()


def removed(_: Campaign, step: Step, dice: random.Random) -> None:  # noqa: ARG001
    step.delete()


def rule(campaign: Campaign, _: Step, dice: random.Random) -> None:
    match dice.randrange(4):
        case 0:
            campaign.last_visit_before = date(2025, 1, 1) + timedelta(days=dice.randint(1, 400))
        case 1:
            campaign.last_visit_after = date(2020, 1, 1) + timedelta(days=dice.randint(0, 400))
        case 2:
            campaign.segments = [words(dice, "Hygiene")]
        case _:
            campaign.location = Location.objects.get(client=campaign.client_id)


def schedule(campaign: Campaign, _: Step, dice: random.Random) -> None:
    if dice.random() < 0.5:
        campaign.starts_on = date(2027, 1, 1) + timedelta(days=dice.randint(0, 300))
    else:
        campaign.days_valid += dice.randint(1, 20)


def purpose(campaign: Campaign, _: Step, dice: random.Random) -> None:
    campaign.purpose = dice.choice(["care", "recall"])


def second(_: Campaign, step: Step, dice: random.Random) -> None:
    """Another wording for half of the households."""
    step.other_body, step.split_seed = words(dice, step.body), f"{dice.random()}"
    step.save()


def merged(_: Campaign, step: Step, dice: random.Random) -> None:
    """One more value of the person's in the words."""
    step.body = (
        f"{step.body} {{{{ {dice.choice(['last_name', 'location_name', 'guardian_first_name', 'hello'])} }}}}"
    )
    step.save()


def measured(campaign: Campaign, _: Step, dice: random.Random) -> None:
    if dice.random() < 0.5:
        campaign.hold_out = dice.randint(1, 50)
    else:
        campaign.counts_for += dice.randint(1, 20)


def evergreen(campaign: Campaign, _: Step, dice: random.Random) -> None:
    campaign.joins = True
    if dice.random() < 0.5:
        campaign.last_visit_before, campaign.lapsed_months = None, dice.randint(1, 60)


def greeting(campaign: Campaign, _: Step, dice: random.Random) -> None:  # noqa: ARG001
    campaign.greets, campaign.last_visit_before = True, None


def added(campaign: Campaign, step: Step, dice: random.Random) -> None:
    Step.objects.create(
        client_id=campaign.client_id, campaign=campaign, position=3, channel="sms", body=words(dice, step.body),
        sender=Step.objects.get(campaign=campaign, channel="sms").sender, delay_days=dice.randint(1, 90),
    )  # fmt: skip


def reordered(_: Campaign, step: Step, dice: random.Random) -> None:  # noqa: ARG001
    editing.move(step, up=step.position == 2)


def of_client(world: World, dice: random.Random) -> None:
    """The practice's name, phone, website or hours: settings, not the campaign."""
    name = dice.choice(["name", "phone", "website", "hours_until", "time_zone"])
    client = Client.objects.get(pk=world.clinic.pk)
    value: Any = {"phone": "+15742310601", "hours_until": 17, "time_zone": "America/Denver"}.get(name)
    setattr(client, name, value if value is not None else words(dice, getattr(client, name)))
    client.save()
    refresh_client(client)


def of_address(world: World, dice: random.Random) -> None:
    PostalAddress.objects.filter(client=world.clinic).update(ended_at=db_now())
    PostalAddress.objects.create(
        client=world.clinic,
        line=words(dice, "1 Main St"),
        city="South Bend",
        state="IN",
        zip_code="46601",
        confirmed_by=world.alice,
    )
    refresh_client(Client.objects.get(pk=world.clinic.pk))


def of_sender(world: World, dice: random.Random) -> None:
    step = dice.choice(list(Step.objects.filter(campaign=world.campaign).select_related("sender")))
    old = step.sender
    Sender.objects.filter(pk=old.pk).update(ended_at=db_now())
    new = Sender.objects.get(pk=old.pk)
    new.pk, new.ended_at = None, None
    match dice.randrange(3 if old.channel == "sms" else 2):
        case 0:
            new.display_name = words(dice, old.display_name or "x")
        case 1:
            new.provider = (
                "smtp" if old.channel == "email" else "twilio"
            )  # of a text only the record is another
        case _:
            new.messaging_service = f"MG{dice.getrandbits(128):032x}"
    new.save()
    Step.objects.filter(pk=step.pk).update(sender=new)
    refresh(Campaign.objects.select_related("client", "location").get(pk=world.campaign.pk))


EDITS = [
    *[by_editor(each) for each in (body, body, subject, delay, removed, rule, rule, schedule, purpose)],
    *[by_editor(each) for each in (second, merged, measured, evergreen, greeting, added, reordered)],
    of_client, of_address, of_sender,
]  # fmt: skip


def try_out(times: int, seed: int) -> list[str]:
    """That many edits, each from the signed state; those under which something could still be sent or launched."""
    world, dice, leaks = World(), random.Random(seed), []
    with acting_for(world.clinic.pk):
        assert world.clear() > 0, "signed as it stands, it goes out"
        for number in range(times):
            keep = transaction.savepoint()
            edit = EDITS[number] if number < len(EDITS) else dice.choice(EDITS)  # each kind once at least
            edit(world, dice)
            left = Campaign.objects.get(pk=world.campaign.pk)
            # The stored fingerprint is the gate's, the derived one the worker's; the gate itself is asked now and then.
            if world.approval.fingerprint in {left.fingerprint, derive(left)} or (
                number % GATE == 0 and world.clear()
            ):
                leaks.append(f"{number}: {edit}")
            with pytest.raises(NotApproved):
                outbox.launch(left, by=None)
            transaction.savepoint_rollback(keep)
        assert world.clear() > 0
    return leaks


def test_a_hundred_random_edits_after_approval_leave_nothing_to_send() -> None:
    assert try_out(100, seed=3) == []


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
