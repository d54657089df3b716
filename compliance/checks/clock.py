"""The clock: lawful hours, the client's own, and how often somebody was contacted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Concat, StrIndex
from django.db.models.lookups import Exact

from compliance.checks.applying import HOLD, PLANNED, SMS, WAIT
from compliance.closures import LONGEST_WAIT
from compliance.facts import Facts, Group, forbid, require
from compliance.models import Closure, Freeze, OwnWindow, SendingWindow, SentSegments, SmsRegistration
from compliance.pace import LONGEST_TEXT
from consent.models import ConsentRecord, Touch
from consent.places import UNKNOWN
from tenants.models import Channel, Client

# A text waits at the provider: its validity ends five minutes before the window, and must be 15 minutes or more
# (rule TCPA-QUIET-LATENCY).
TEXT_MAY_TAKE = timedelta(minutes=20)
DAY, WEEK, MONTH, YEAR = (timedelta(days=days) for days in (1, 7, 30, 365))


@forbid("no_lawful_hour", effect=HOLD, group=Group.CLOCK, cites="TZ-RESOLVE; NO_LAWFUL_WINDOW", applies=SMS)
def no_hour_at_all(m: Facts) -> QuerySet[Closure]:
    """Neither this day nor the three after it have an hour that is lawful everywhere this person may be."""
    rows: QuerySet[Closure] = Closure.objects.filter(
        window_key=m.window_key, closed_from__lte=m.when, closed_until__gt=m.when + LONGEST_WAIT
    )
    return rows


@forbid(
    "state_frozen",
    effect=WAIT,
    group=Group.CLOCK,
    cites="La. R.S. 45:844.14; N.Y. GBL 399-z; STATE-EMERGENCY",
    applies=SMS,
    among=lambda m: Freeze.objects.in_force(m.at),
)
def frozen(m: Facts) -> QuerySet[Freeze]:
    """An emergency is declared in a state where this person may be, and texts there are frozen."""
    key = m.window_key if hasattr(m.window_key, "resolve_expression") else Value(m.window_key)
    there = Freeze.objects.in_force(m.at).annotate(
        unknown=ExpressionWrapper(Exact(key, Value(UNKNOWN)), output_field=BooleanField()),
        found=StrIndex(key, Concat("state", Value("/"))),
    )
    return there.filter(Q(unknown=True) | Q(found__gt=0))


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
    applies=SMS & PLANNED,
    opens=_next_own,
)
def own_hour(m: Facts) -> QuerySet[OwnWindow]:
    """It is outside the client's own sending hours where this person may be."""
    return OwnWindow.objects.open_at(m.when).filter(client=m.client, window_key=m.window_key)


@forbid("daily_limit", effect=WAIT, group=Group.CLOCK, cites="A2P-VOLUME", fix="readiness", applies=SMS)
def day_used_up(m: Facts) -> QuerySet[SmsRegistration]:
    """This number may send only so many texts a day, and they are used up; more as soon as the earliest are a day old."""
    sent = SentSegments.objects.of_day(m.at).filter(client=m.inner.client, key=OuterRef("day_key")).order_by()
    used = Coalesce(Subquery(sent.values("key").annotate(sum=Sum("segments")).values("sum")), 0)
    rows: QuerySet[SmsRegistration] = SmsRegistration.objects.good(m.at).filter(
        client=m.client, sender=m.sender, a_day__lt=used + LONGEST_TEXT
    )
    return rows


class _Looked(Func):
    """The time of a touch as no index has it. PostgreSQL thinks that hardly any touch is of this day, the statistics being older,
    and would read all of them for each person of a wave, more and more as a campaign goes on, instead of the person's own."""

    template = "(%(expressions)s + interval '0')"
    output_field = DateTimeField()


def _touches(m: Facts, span: Any) -> QuerySet[Touch]:
    rows: QuerySet[Touch] = Touch.objects.filter(client=m.client, voided_at=None)
    if m.few:
        looked = rows.alias(looked=_Looked(F("at")))
        # The newest first, because of the evidence a few are kept, and the newest frees the person last.
        return looked.filter(looked__gt=m.when - span, looked__lte=m.when).order_by("-looked")
    return rows.filter(at__gt=m.when - span, at__lte=m.when)


@forbid(
    "one_a_day",
    effect=WAIT,
    group=Group.CLOCK,
    cites="FREQ-PRODUCT; STATE-FREQ-24H",
    applies=PLANNED,
    frees=lambda touch: touch.at + DAY,
)
def one_a_day(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel in the last 24 hours."""
    return _touches(m, DAY).filter(address=m.address, channel=m.channel)


@forbid(
    "three_a_week",
    effect=WAIT,
    group=Group.CLOCK,
    cites="FREQ-PRODUCT",
    applies=PLANNED,
    frees=lambda touch: touch.at + WEEK,
)
def three_a_week(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel three times in the last seven days."""
    later = _touches(m.inner, WEEK).filter(address=OuterRef("address"), channel=OuterRef("channel"))
    later = later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))).order_by()
    third = Exists(later.order_by("pk")[1:2])
    return _touches(m, WEEK).filter(third, address=m.address, channel=m.channel)


def _with_a_promise(m: Facts) -> QuerySet[ConsentRecord]:
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.in_force(m.at).filter(
        client=m.client, address=m.address, promised_a_month__isnull=False
    )
    return rows


@forbid(
    "promised_frequency",
    effect=WAIT,
    group=Group.CLOCK,
    cites="FREQ-PRODUCT",
    applies=SMS & PLANNED,
    among=_with_a_promise,
    frees=lambda touch: touch.at + MONTH,
)
def promised(m: Facts) -> QuerySet[Touch]:
    """This person was promised at most so many texts a month, and had them in the last 30 days."""
    least = _with_a_promise(m.inner).order_by("promised_a_month").values("promised_a_month")[:1]
    texts = _touches(m, MONTH).filter(address=m.address, channel=Channel.SMS)
    return texts.alias(number=_number(m, MONTH, channel=Channel.SMS)).filter(number__gte=Subquery(least))


def _number(m: Facts, span: timedelta, **only: Any) -> Any:
    """Which of its address's contacts one is, the newest being the first. At the last that a limit allows the limit is reached,
    and when that one is too old to count the next may go."""
    newer = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
    before = _touches(m.inner, span).filter(newer, address=OuterRef("address"), **only)
    counted = before.order_by().values("address").annotate(newer=Count("pk")).values("newer")
    return Coalesce(Subquery(counted), 0) + 1


def _longer_pause(m: Facts) -> QuerySet[Client]:
    return Client.objects.filter(pk=m.client, days_between__gt=1)


@forbid(
    "too_soon",
    effect=WAIT,
    group=Group.CLOCK,
    cites="the client's own limit",
    fix="settings",
    applies=PLANNED,
    among=_longer_pause,
    frees=lambda touch: touch.at + timedelta(days=touch.client.days_between),
)
def too_soon(m: Facts) -> QuerySet[Touch]:
    """This household was contacted less than the client's own number of days ago."""
    pause = ExpressionWrapper(
        F("client__days_between") * Value(timedelta(days=1)), output_field=DurationField()
    )
    return _touches(m, pause).filter(household=m.household, client__days_between__gt=1)


def _often(m: Facts) -> Q:
    most = Client.objects.filter(pk=m.inner.client).values("most_a_year")
    many = _touches(m, YEAR).order_by().values("address").annotate(sent=Count("pk"))
    return Q(address__in=many.filter(sent__gte=Subquery(most)).values("address"))


@forbid(
    "often_enough",
    effect=WAIT,
    group=Group.CLOCK,
    cites="the client's own limit",
    fix="settings",
    applies=PLANNED,
    among=_often,
    frees=lambda touch: touch.at + YEAR,
)
def often_enough(m: Facts) -> QuerySet[Touch]:
    """This address was contacted as often in the last 365 days as the client's own limit allows."""
    theirs = _touches(m, YEAR).filter(address=m.address)
    return theirs.alias(number=_number(m, YEAR)).filter(number__gte=F("client__most_a_year"))


def _household_touches(m: Facts) -> QuerySet[Touch]:
    return _touches(m, DAY).filter(household=m.household)


@forbid(
    "household_today",
    effect=WAIT,
    group=Group.CLOCK,
    cites="FREQ-PRODUCT",
    applies=PLANNED,
    among=_household_touches,
    frees=lambda touch: touch.at + DAY,
)
def household_today(m: Facts) -> QuerySet[Touch]:
    """Someone in this household was contacted in the last 24 hours."""
    return _household_touches(m).exclude(address=m.address, channel=m.channel)
