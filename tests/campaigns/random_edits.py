"""Every kind of edit that may follow an approval, each at random: by the editor, the client's settings, its address, its senders."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from campaigns import editing
from campaigns.fingerprint import refresh, refresh_client
from campaigns.models import Campaign, Step
from tenants.clock import db_now
from tenants.models import Client, Location, PostalAddress, Sender

if TYPE_CHECKING:
    from tests.campaigns.test_edits_after_approval import World

LETTERS = "abc xyzÄß0.,!? "


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
            campaign.segments = [words(dice, "Hygiene").strip() or "Implants"]  # an empty one is none
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
    # Without words it would be none.
    step.other_body, step.split_seed = words(dice, step.body).strip() or "Visit us.", f"{dice.random()}"
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
    campaign.greets_known = dice.random() < 0.5


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
