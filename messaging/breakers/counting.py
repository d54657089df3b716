"""How many of how many, for every measure and every scope of a client at once: a handful of queries whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import RowNumber

from consent.models import PurposeOptOut, Suppression
from messaging.breakers.measures import BY_CODE, LONGEST, MEASURES, Measure
from messaging.breakers.measures import Count as Of
from messaging.models import Event, Message, Status, Trip
from messaging.models.message import Delivery
from messaging.models.trip import Scope
from messaging.providers.twilio.codes import ON_REQUEST, ON_STATUS
from tenants.models import Channel

Place = tuple[str, str]  # scope and key
Tallies = dict[Place, dict[str, Of]]

TRIED = (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.UNRESOLVED)
# Codes that tell of a person or a number, not of us: no error of the sending.
THEIRS = {"30003", "30007"} | {
    str(code)
    for codes in (ON_REQUEST, ON_STATUS)
    for code, meaning in codes.items()
    if meaning.dead_point or meaning.opted_out
}
NOT_AN_OPT_OUT = (
    Suppression.Source.HARD_BOUNCE,
    Suppression.Source.COMPLAINT,
    Suppression.Source.IMPORT,
    Suppression.Source.LEGAL,
)
_BAD = {
    "bounced": Q(delivery=Delivery.BOUNCED),
    "complained": Q(delivery=Delivery.COMPLAINED),
    "missed": Q(delivery_code="21610"),
}
_LONG = ("bounced", "complained", "opted_out", "missed")


class Armed:
    """From when on things count again: what was sent in a scope before its pause was released counts nowhere any more."""

    def __init__(self, at: datetime) -> None:
        released = Trip.objects.filter(stop__ended_at__gt=at - LONGEST, stop__ended_at__lte=at)
        self.since: dict[tuple[str, str, str], datetime] = {}
        for measure, scope, key, ended in released.values_list("measure", "scope", "key", "stop__ended_at"):
            self.since[measure, scope, key] = max(ended, self.since.get((measure, scope, key), ended))

    def window(self, measure: Measure, at: datetime) -> Q:
        """The messages that count, as a condition."""
        counts = Q(claimed_at__gt=at - measure.span, claimed_at__lte=at)
        if measure.channel:
            counts &= Q(channel=measure.channel)
        for (code, scope, key), since in self.since.items():
            if code == measure.code:
                there = Q() if scope == Scope.CLIENT else Q(**{scope: key})
                counts &= ~(there & Q(claimed_at__lte=since))
        return counts

    def counts(self, measure: Measure, places: list[Place], claimed_at: datetime) -> bool:
        """The same for one message."""
        return all(
            claimed_at > since
            for place in places
            if (since := self.since.get((measure.code, *place))) is not None
        )


def tallies(at: datetime, only: QuerySet[Message] | None = None) -> Tallies:
    """Everything counted as of `at`, inside the client's scope. `only`: a part of the messages, as one campaign's."""
    messages: QuerySet[Message] = Message.objects.all() if only is None else only
    armed = Armed(at)
    found: Tallies = defaultdict(lambda: {measure.code: Of() for measure in MEASURES})
    _long_windows(messages, armed, at, found)
    _opt_outs(messages, armed, at, found)
    _newest(messages, armed, at, found)
    return found


def _places(campaign: int | None, sender: int, mailbox: str) -> list[Place]:
    found: list[Place] = [("sender", str(sender)), ("client", "")]
    if campaign is not None:  # an answer by hand belongs to none
        found.insert(0, ("campaign", str(campaign)))
    return [*found, ("mailbox", mailbox)] if mailbox else found


def _long_windows(messages: QuerySet[Message], armed: Armed, at: datetime, found: Tallies) -> None:
    """Bounces, complaints, opt-outs that only the provider knew of, and what opt-outs are a share of."""
    asked: dict[str, Any] = {}
    for code in _LONG:
        window = armed.window(BY_CODE[code], at)
        if code != "missed":  # what was refused for it counts there alone
            window &= Q(status=Status.ACCEPTED)
        asked[f"whole_{code}"] = Count("pk", filter=window)
        if code in _BAD:
            asked[f"part_{code}"] = Count("pk", filter=window & _BAD[code])
    handed = messages.filter(
        claimed_at__gt=at - LONGEST, status__in=[Status.ACCEPTED, Status.REFUSED]
    ).order_by()
    for row in handed.values("campaign", "sender", "mailbox").annotate(**asked):
        for place in _places(row["campaign"], row["sender"], row["mailbox"]):
            for code in _LONG:
                found[place][code].add(Of(row.get(f"part_{code}", 0), row[f"whole_{code}"]))


def opted_out(since: datetime) -> Any:
    """The ids, for a subquery: for everybody who opted out since then, the last message handed over to them before."""
    before = Message.objects.filter(
        client=OuterRef("client"), address=OuterRef("address"), claimed_at__lte=OuterRef("since")
    )
    last = Subquery(before.order_by("-claimed_at").values("pk")[:1])
    said_no = Suppression.objects.filter(since__gte=since).exclude(source__in=NOT_AN_OPT_OUT)
    to_one_kind = PurposeOptOut.objects.filter(since__gte=since)
    asked, chose = (rows.annotate(sent=last).filter(sent__isnull=False) for rows in (said_no, to_one_kind))
    return asked.values("sent").union(chose.values("sent"))


def _opt_outs(messages: QuerySet[Message], armed: Armed, at: datetime, found: Tallies) -> None:
    measure = BY_CODE["opted_out"]
    answered = messages.filter(
        armed.window(measure, at),
        pk__in=opted_out(at - measure.span),
        status=Status.ACCEPTED,
    )
    for row in answered.order_by().values("campaign", "sender", "mailbox").annotate(number=Count("pk")):
        for place in _places(row["campaign"], row["sender"], row["mailbox"]):
            found[place]["opted_out"].part += row["number"]


def _newest(messages: QuerySet[Message], armed: Armed, at: datetime, found: Tallies) -> None:
    """Blocks, filters and errors: the share of the last few hundred, each scope's own."""
    measures = [measure for measure in MEASURES if measure.last]
    for claimed_at, channel, places, news in _news(messages, at):
        for measure in measures:
            if measure.channel not in ("", channel) or claimed_at <= at - measure.span:
                continue
            if (measure.code != "failing" and news == "open") or not armed.counts(
                measure, places, claimed_at
            ):
                continue
            for place in places:
                count = found[place][measure.code]
                if count.whole < (measure.last or 0):
                    count.add(Of(int(news == measure.code), 1))


def what_became() -> Case:
    """Of a message that was tried, as an expression: filtered, blocked, failing, open (nothing told yet) or fine."""
    blocked = Event.objects.filter(client=OuterRef("client"), message=OuterRef("pk"), kind="blocked")
    failed = Q(delivery=Delivery.FAILED)
    trouble = Q(status__in=[Status.REFUSED, Status.UNKNOWN, Status.UNRESOLVED]) | failed & Q(
        channel=Channel.SMS
    )
    return Case(
        When(failed & Q(channel=Channel.SMS, delivery_code="30007"), then=Value("filtered")),
        When(failed & Q(channel=Channel.EMAIL) & Exists(blocked), then=Value("blocked")),
        When(trouble & ~Q(delivery_code__in=THEIRS), then=Value("failing")),
        When(Q(delivery__in=[Delivery.NONE, Delivery.SENT]) & ~Q(provider="smtp"), then=Value("open")),
        default=Value("fine"),
    )


def _news(messages: QuerySet[Message], at: datetime) -> Iterator[tuple[datetime, str, list[Place], str]]:
    """The newest hand-overs of every campaign, sender and mailbox provider, with what became of each: as many as any measure
    looks at, so that one of a hundred thousand leaves none of the others out. Open: nothing told yet, though the provider
    does tell; counted apart, because most measures pass them over."""
    most = max((measure.last or 0 for measure in MEASURES), default=0)
    span = max(measure.span for measure in MEASURES if measure.last)
    tried = messages.filter(claimed_at__gt=at - span, claimed_at__lte=at, status__in=TRIED).annotate(
        news=what_became()
    )
    place = Window(
        RowNumber(),
        partition_by=[
            *map(F, ("campaign", "sender", "mailbox", "channel")),
            Case(When(news="open", then=1), default=0),
        ],
        order_by="-claimed_at",
    )
    rows = tried.annotate(place=place).filter(place__lte=most).order_by("-claimed_at")
    for claimed_at, channel, campaign, sender, mailbox, told in rows.values_list(
        "claimed_at", "channel", "campaign", "sender", "mailbox", "news"
    ):
        if claimed_at is not None:
            yield claimed_at, channel, _places(campaign, sender, mailbox), str(told)
