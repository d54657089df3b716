"""The clock: lawful hours, the client's own, and how often somebody was contacted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.checks.applying import SMS, WAIT
from compliance.facts import Facts, Group, forbid, require
from compliance.models import OwnWindow, SendingWindow
from consent.models import Touch

# A text waits at the provider: its validity ends five minutes before the window, and must be 15 minutes or more
# (rule TCPA-QUIET-LATENCY).
TEXT_MAY_TAKE = timedelta(minutes=20)


def _next_lawful(m: Facts) -> QuerySet[Any]:
    return (
        SendingWindow.objects.filter(window_key=m.window_key, opens_at__gt=m.when)
        .order_by("opens_at")
        .values("opens_at")[:1]
    )


def _next_own(m: Facts) -> QuerySet[Any]:
    return (
        OwnWindow.objects.filter(client=m.client, window_key=m.window_key, opens_at__gt=m.when)
        .order_by("opens_at")
        .values("opens_at")[:1]
    )


@require(
    "quiet_hours",
    effect=WAIT,
    group=Group.CLOCK,
    cites="47 CFR 64.1200(c)(1); state law",
    applies=SMS,
    opens=_next_lawful,
)
def lawful_hour(m: Facts) -> QuerySet[SendingWindow]:
    """It is outside the hours the law allows where this person may be, or they end too soon for the text to arrive in time."""
    return SendingWindow.objects.open_at(m.when).filter(
        window_key=m.window_key, closes_at__gt=m.when + TEXT_MAY_TAKE
    )


@require(
    "own_hours",
    effect=WAIT,
    group=Group.CLOCK,
    cites="SEND-WINDOW-HOUSE",
    fix="settings",
    applies=SMS,
    opens=_next_own,
)
def own_hour(m: Facts) -> QuerySet[OwnWindow]:
    """It is outside the client's own sending hours where this person may be."""
    return OwnWindow.objects.open_at(m.when).filter(client=m.client, window_key=m.window_key)


def _touches(m: Facts, span: timedelta) -> QuerySet[Touch]:
    rows: QuerySet[Touch] = Touch.objects.filter(
        client=m.client, voided_at=None, at__gt=m.when - span, at__lte=m.when
    )
    return rows


@forbid("one_a_day", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT; STATE-FREQ-24H")
def one_a_day(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel in the last 24 hours."""
    return _touches(m, timedelta(hours=24)).filter(address=m.address, channel=m.channel)


@forbid("three_a_week", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT")
def three_a_week(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel three times in the last seven days."""
    later = _touches(m.inner, timedelta(days=7)).filter(
        address=OuterRef("address"), channel=OuterRef("channel")
    )
    later = later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))).order_by()
    third = Exists(later.order_by("pk")[1:2])
    return _touches(m, timedelta(days=7)).filter(third, address=m.address, channel=m.channel)


def _household_touches(m: Facts) -> QuerySet[Touch]:
    return _touches(m, timedelta(hours=24)).filter(household=m.household)


@forbid("household_today", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT", among=_household_touches)
def household_today(m: Facts) -> QuerySet[Touch]:
    """Someone in this household was contacted in the last 24 hours."""
    return _household_touches(m).exclude(address=m.address, channel=m.channel)
