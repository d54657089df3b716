"""A campaign of which came, by lot, everything that may come of one."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.db.models import F

from campaigns.models import Campaign, Launch
from consent.models import PurposeOptOut, Suppression
from messaging import outbox
from messaging.models import Inbound, Message
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed, reply
from tests.messaging.reports.counted import at_random, booked
from tests.messaging.world import MAIL, launched

NO_WISH = ("hard_bounce", "complaint", "import", "legal")
SOURCES = (
    *NO_WISH,
    "keyword",
    "free_text",
    "one_click",
    "preferences",
    "provider",
    "wrong_number",
    "staff",
    "api",
)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def came_about(of: Client, step: dict[str, Any], seed: int, persons: int) -> Campaign:
    """A text in two wordings and a mail, sent twenty days ago with every outcome, and all that people did afterwards."""
    dice = random.Random(seed)
    made = launched(of, step, MAIL, texts=persons, hold_out=25, hold_out_seed=str(seed), counts_for=8)
    for provider, limit in (("sendgrid", persons // 3), *[("twilio", 64)] * (persons // 64 + 1)):
        _handed(of, dice, provider, limit)
    with acting_for(of.pk):
        _back(made, timedelta(days=20))
        _settled(made, dice)
        _followed(of, dice)
        _answered(of, made, dice)
        _for_certain(of, made)
    at_random(of, made, seed)
    return made


def _for_certain(of: Client, made: Campaign) -> None:
    """Whatever the lot says: an appointment credited to this campaign and one to the other, an answer and an opt-out."""
    ours, theirs = Message.objects.filter(campaign=made, channel="sms", claimed_at__isnull=False).order_by(
        "pk"
    )[:2]
    both = Message.objects.exclude(campaign=made).filter(contact__in=[ours.contact_id, theirs.contact_id])
    assert ours.claimed_at is not None
    assert theirs.claimed_at is not None
    at = db_now()
    both.filter(status="queued").update(status="handing", claimed_at=at, judged_at=at, failed=[])
    both.filter(contact=ours.contact_id).update(
        claimed_at=ours.claimed_at - DAY, judged_at=ours.claimed_at - DAY
    )
    newer = theirs.claimed_at + 2 * MINUTE
    both.filter(contact=theirs.contact_id).update(claimed_at=newer, judged_at=newer)
    for row in (ours, theirs):
        booked(row.contact_id, row.claimed_at + 3 * MINUTE, number=f"sure-{row.pk}")
    reply(ours, "SM-sure", label="other")
    PurposeOptOut.objects.create(
        client=of,
        address_id=theirs.address_id,
        channel="sms",
        purpose="recall",
        since=theirs.claimed_at + DAY,
    )


def _handed(of: Client, dice: random.Random, provider: str, limit: int) -> None:
    kinds = (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN)
    attempts = claimed(of, limit, provider)
    attempts = attempts[: len(attempts) - dice.randrange(3)]  # the last are being handed over still
    receipts = [
        Receipt(attempt, outcome, f"SM{attempt.hex}" if outcome is Outcome.ACCEPTED else "", "30008")
        for attempt in attempts
        for outcome in [dice.choice(kinds)]
    ]
    with acting_for(of.pk):
        record_outcomes(of.pk, receipts)


def _back(made: Campaign, by: timedelta) -> None:
    Launch.objects.filter(campaign=made).update(at=F("at") - by)
    for row in Message.objects.filter(campaign=made):
        names = ("claimed_at", "judged_at", "settled_at")
        moved = {name: at - by for name in names if (at := getattr(row, name))}
        Message.objects.filter(pk=row.pk).update(**moved)


def _settled(made: Campaign, dice: random.Random) -> None:
    """What providers told, and what became of those that were never sent."""
    never: tuple[tuple[str, list[str]], ...] = (
        ("held", ["opted_out"]), ("held", ["no_consent", "opted_out"]), ("expired", []), ("cancelled", []), ("queued", ["own_hours"]),
        ("queued", []),
    )  # fmt: skip
    for row in Message.objects.filter(campaign=made).order_by("pk"):
        rows = Message.objects.filter(pk=row.pk)
        if row.status == "accepted":
            rows.update(
                delivery=dice.choice(
                    ("", "sent", "delivered", "delivered", "failed", "bounced", "complained")
                )
            )
        elif row.status == "unknown" and dice.random() < 0.5:
            rows.update(status="unresolved")
        elif row.status == "queued":
            status, failed = dice.choice(never)
            rows.update(status=status, failed=failed, settled_at=None if status == "queued" else db_now())


def _followed(of: Client, dice: random.Random) -> None:
    """A second campaign, which wrote to some of them somewhat later, or at the same instant."""
    made = people.campaign(of, name="Autumn", counts_for=3)
    people.approve(made, people.user("Bob"))
    launch = outbox.launch(Campaign.objects.get(pk=made.pk), by=None)
    outbox.plan(launch)
    first = {row.contact_id: row for row in Message.objects.exclude(campaign=made).filter(channel="sms")}
    for row in Message.objects.filter(campaign=made).order_by("pk"):
        at = first[row.contact_id].claimed_at or db_now() - timedelta(days=20)
        at += dice.choice((-2 * DAY, timedelta(0), DAY, 4 * DAY))
        if dice.random() < 0.7:
            rows = Message.objects.filter(pk=row.pk)
            rows.update(status="handing", claimed_at=at, judged_at=at, failed=[])
            rows.update(status=dice.choice(("accepted", "refused")))


def _answered(of: Client, made: Campaign, dice: random.Random) -> None:
    """Answers and commands, and opt-outs of every source, before, soon after, long after and at odds with a hand-over."""
    for row in Message.objects.filter(campaign=made, claimed_at__isnull=False).order_by("pk"):
        assert row.claimed_at is not None
        for each in range(dice.choice((0, 0, 1, 2))):
            label = dice.choice(("opt_out", "opt_in", "help", "unsure", "other"))
            there = reply(row, f"SM{row.pk}-{each}", label=label, received_at=row.claimed_at + each * MINUTE)
            if dice.random() < 0.2:
                Inbound.objects.filter(pk=there.pk).update(contact=None)
        for source in dice.sample(SOURCES, dice.choice((0, 0, 1, 2))):
            since = row.claimed_at + dice.choice((-DAY, timedelta(0), DAY, 30 * DAY, 31 * DAY))
            enforced = since + dice.choice((-2 * DAY, 3 * MINUTE / 60, 5 * MINUTE))
            stamped, ended = dice.choice((None, enforced)), dice.choice((None, None, db_now()))
            Suppression.objects.create(
                client=of, address_id=row.address_id, channel=row.channel, source=source, since=since,
                enforced_at=stamped, ended_at=ended, lifted_by_reply=0 if ended else None,
            )  # fmt: skip
        if dice.random() < 0.2:
            PurposeOptOut.objects.create(
                client=of, address_id=row.address_id, channel=row.channel, purpose="marketing",
                since=row.claimed_at + dice.choice((-DAY, DAY, 31 * DAY)),
            )  # fmt: skip
