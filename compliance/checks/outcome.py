"""What a campaign is for: who has booked hears no more of it, and who is held out never hears of it at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.lookups import LessThan

from campaigns.models import Booking, Campaign, Launch
from compliance.checks.applying import HOLD, WAIT
from compliance.facts import Facts, Group, forbid
from consent.models import Contact
from tenants.models import Purpose

HELD_OUT = "held_out"
# Of a booking of which only the day is known, its first instant is kept: it may be up to a day later.
LATEST = Case(
    When(day_only=True, then=F("booked_at") + timedelta(days=1)),
    default=F("booked_at"),
    output_field=DateTimeField(),
)
# It may be at any hour of a day of which nothing more is known.
OVER = Case(
    When(for_day_only=True, then=F("for_at") + timedelta(days=1)),
    default=F("for_at"),
    output_field=DateTimeField(),
)


def _standing(m: Facts) -> QuerySet[Booking]:
    rows: QuerySet[Booking] = (
        Booking.objects.in_force(m.at).filter(client=m.client).exclude(status=Booking.Status.CANCELLED)
    )
    return rows


@forbid(
    "booked",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="stop when the aim is reached",
    among=lambda m: _standing(m).filter(contact=m.contact),
)
def has_booked(m: Facts) -> QuerySet[Booking]:
    """This person has booked since the campaign was launched, or has an appointment ahead, so nothing more of it is sent."""
    aims = Campaign.objects.filter(client=m.inner.client, pk=m.inner.campaign).exclude(purpose=Purpose.CARE)
    since = Launch.objects.filter(
        client=m.inner.client, campaign=m.inner.campaign, at__lte=m.inner.at, at__lt=OuterRef("latest")
    )
    return (
        _standing(m)
        .alias(latest=LATEST, over=OVER)
        .filter(Q(over__gt=m.at) | Exists(since), Exists(aims), contact=m.contact)
    )


def _of_a_stage(m: Facts) -> QuerySet[Campaign]:
    rows: QuerySet[Campaign] = Campaign.objects.filter(client=m.client, pk=m.campaign, joins=True)
    return rows.exclude(segments=[])


@forbid(
    "left_label", effect=WAIT, group=Group.PEOPLE, cites="GOAL-REACHED", fix="contacts", among=_of_a_stage
)
def left_label(m: Facts) -> QuerySet[Contact]:
    """This evergreen campaign is for people with certain labels, and this person bears none of them any more."""
    theirs = _of_a_stage(m.inner).filter(segments__contains=[OuterRef("segment")])
    rows: QuerySet[Contact] = Contact.objects.filter(client=m.client, pk=m.contact)
    return rows.filter(Exists(_of_a_stage(m.inner)), ~Exists(theirs))


class Lot(Func):
    """What a household drew in a campaign, from 0 to 9,999: SHA-256 over `seed:household`, its first four bytes."""

    template = "mod(('x' || encode(substr(sha256(convert_to(%(expressions)s, 'UTF8')), 1, 4), 'hex'))::bit(32)::bigint, 10000)"
    arg_joiner = " || ':' || "
    output_field = BigIntegerField()


def _drawing(m: Facts) -> QuerySet[Campaign]:
    rows: QuerySet[Campaign] = Campaign.objects.filter(client=m.client, pk=m.campaign, hold_out__gt=0)
    return rows.exclude(purpose=Purpose.CARE)


def _drawn(m: Facts) -> Q:
    """The same draw with the seed and the share read once for everybody."""
    seed, share = (_drawing(m).values(name)[:1] for name in ("hold_out_seed", "hold_out"))
    return Q(LessThan(Lot(Subquery(seed), _as_text(m.outer.household)), Subquery(share) * 100))


def _as_text(household: Any) -> Cast:
    given = household if hasattr(household, "resolve_expression") else Value(household, BigIntegerField())
    return Cast(given, TextField())


@forbid(HELD_OUT, effect=HOLD, group=Group.PEOPLE, cites="HOLD-OUT", fix="campaign", among=_drawn)
def held_out(m: Facts) -> QuerySet[Campaign]:
    """This person is in the share of people whom this campaign never writes to, so that its effect can be measured."""
    return (
        _drawing(m)
        .alias(lot=Lot(F("hold_out_seed"), _as_text(m.household)))
        .filter(lot__lt=F("hold_out") * 100)
    )
