"""What went wrong with what was sent, against the limits: on a campaign's live page, and for all campaigns of a client."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncHour, TruncMinute
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from campaigns.models import Campaign, Launch, Step
from compliance.allowance import allowances
from messaging.breakers.counting import TRIED, Tallies, opted_out, tallies, what_became
from messaging.breakers.mailboxes import NAMES
from messaging.breakers.measures import BY_CODE, MEASURES, Measure
from messaging.breakers.measures import Count as Of
from messaging.launch_pages import campaign_of
from messaging.live_pages import launch_of
from messaging.models import Message, Status, Trip
from messaging.models.message import Delivery
from messaging.models.trip import Scope
from messaging.running import running
from messaging.stop_times import stop_times
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, Sender

BY_MINUTE_FOR = timedelta(hours=3)  # of a launch; afterwards the picture goes by hours
SHOWN = 50
HIGHEST = 300.0  # percent of a limit: the first few messages would dwarf everything after them
IN_A_ROW = {"bounced", "complained", "opted_out"}
# The colour of each line, and whether it is dashed, so that seven are told apart by four.
LINES = {
    "bounced": ("held", False), "complained": ("waiting", False), "filtered": ("clear", False), "opted_out": ("accent", False),
    "blocked": ("held", True), "missed": ("accent", True), "failing": ("soft", False),
}  # fmt: skip


@client_page()
@require_GET
def live_rates(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """One campaign against the limits: numbers, a picture, mailbox providers, the pace of its numbers, what tripped."""
    found = campaign_of(client, campaign)
    launched = launch_of(found)
    if launched is None:
        raise Http404
    at = db_now()
    counted = tallies(at, Message.objects.filter(campaign=found))
    channels = set(Step.objects.filter(campaign=found).values_list("channel", flat=True))
    measures = [measure for measure in MEASURES if measure.channel in {"", *channels}]
    return render(
        request,
        "messaging/_live_rates.html",
        {
            "campaign": found,
            "measures": measures,
            "rows": [
                _cell(measure, _of(counted, Scope.CAMPAIGN, str(found.pk), measure)) for measure in measures
            ],
            "mailboxes": _mailboxes(counted),
            "mail_measures": _for_mail(),
            "data": picture(found, launched, at, client.time_zone),
            "pace": _pace(found, at),
            "trips": _trips(Trip.objects.filter(Q(campaign=found) | Q(campaign=None))),
        },
    )


@client_page()
@require_GET
def rates(request: MemberRequest, client: Client) -> HttpResponse:
    """Every campaign of the client that sent lately, beside each other; its senders and mailbox providers too."""
    at = db_now()
    counted = tallies(at)
    campaigns = Campaign.objects.in_bulk(_keys(counted, Scope.CAMPAIGN))
    senders = Sender.objects.in_bulk(_keys(counted, Scope.SENDER))
    return render(
        request,
        "messaging/rates.html",
        {
            "measures": MEASURES,
            "campaigns": [
                (campaigns[pk], _cells(counted, Scope.CAMPAIGN, str(pk)))
                for pk in sorted(campaigns, reverse=True)
            ],
            "senders": [(senders[pk], _cells(counted, Scope.SENDER, str(pk))) for pk in sorted(senders)],
            "mailboxes": _mailboxes(counted),
            "mail_measures": _for_mail(),
            "stops": stop_times(at),
            "whole": _cells(counted, Scope.CLIENT, ""),
            "trips": _trips(Trip.objects.all()),
        },
    )


@client_page()
@require_GET
def client_row(request: MemberRequest, client: Client) -> HttpResponse:
    """For the agency's list of clients: how far its campaigns are, and how its sending stands against the limits."""
    whole = _cells(tallies(db_now()), Scope.CLIENT, "")
    values = {
        "running": running([client.pk]),
        "rates": [cell for cell in whole if cell["count"].whole and cell["measure"].code in IN_A_ROW],
    }
    return render(request, "messaging/_client_row.html", values)


def _keys(counted: Tallies, scope: str) -> list[int]:
    return [int(key) for kind, key in counted if kind == scope]


def _of(counted: Tallies, scope: str, key: str, measure: Measure) -> Of:
    there = counted.get((str(scope), key))
    return there[measure.code] if there else Of()


def _cells(counted: Tallies, scope: str, key: str) -> list[dict[str, Any]]:
    return [_cell(measure, _of(counted, scope, key, measure)) for measure in MEASURES]


def _cell(measure: Measure, count: Of) -> dict[str, Any]:
    """One share in words: its state is one of the three answers."""
    answer = "held" if count.over(measure) else "waiting" if count.near(measure) else "clear"
    return {
        "measure": measure, "count": count, "answer": answer if count.whole else "",
        "share": f"{count.share:.2f} %" if count.part else "0 %",
        "low": f"{count.at_least:.2f} %" if count.part and count.whole < measure.full else "",
    }  # fmt: skip


def _for_mail() -> list[Measure]:
    """What is counted of mails, and so for each mailbox provider."""
    return [measure for measure in MEASURES if measure.channel in ("", Channel.EMAIL)]


def _mailboxes(counted: Tallies) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (name, [_cell(measure, _of(counted, Scope.MAILBOX, key, measure)) for measure in _for_mail()])
        for key, name in NAMES.items()
        if (Scope.MAILBOX.value, key) in counted
    ]


def _trips(rows: Any) -> list[dict[str, Any]]:
    found = rows.select_related("stop__ended_by", "campaign").order_by("-at", "-pk")[:SHOWN]
    return [
        {
            "trip": trip,
            "label": BY_CODE[trip.measure].label if trip.measure in BY_CODE else "Refused by the provider",
        }
        for trip in found
    ]


def _pace(campaign: Campaign, at: datetime) -> list[dict[str, Any]]:
    """How fast the campaign's numbers may go, and what is left of their day: what the workers go by."""
    numbers = Sender.objects.filter(
        pk__in=Step.objects.filter(campaign=campaign, channel=Channel.SMS).values("sender")
    )
    by_number = {sender.pk: sender for sender in numbers}
    return [
        {
            "sender": by_number[pk], "a_second": allowed.registration.a_second, "a_day": allowed.registration.a_day,
            "sent": sum(segments for _, segments in allowed.sent), "again": allowed.again(at),
        }
        for pk, allowed in allowances(campaign.client_id, by_number, at).items()
    ]  # fmt: skip


def picture(campaign: Campaign, launched: Launch, at: datetime, zone: str) -> dict[str, Any] | None:
    """Each share as it stood from hour to hour, in percent of its own limit; None while nothing went wrong."""
    cut = TruncMinute if at - launched.at < BY_MINUTE_FOR else TruncHour
    tried = (
        Message.objects.filter(campaign=campaign, status__in=TRIED, claimed_at__isnull=False)
        .annotate(news=what_became(), time=cut("claimed_at"))
        .order_by("time")
    )
    handed, mails, texts = (
        Q(status=Status.ACCEPTED),
        Q(status=Status.ACCEPTED, channel=Channel.EMAIL),
        Q(channel=Channel.SMS),
    )
    bad = {
        "bounced": (Q(delivery=Delivery.BOUNCED), mails),
        "complained": (Q(delivery=Delivery.COMPLAINED), mails),
        "filtered": (Q(news="filtered"), texts & handed),
        "opted_out": (Q(pk__in=opted_out(launched.at)), handed),
        "blocked": (Q(news="blocked"), mails),
        "missed": (Q(delivery_code="21610"), texts & ~Q(status__in=[Status.UNKNOWN, Status.UNRESOLVED])),
        "failing": (Q(news="failing"), Q()),
    }
    asked: dict[str, Any] = {}
    for code, (part, whole) in bad.items():
        asked |= {code: Count("pk", filter=part & whole), f"of_{code}": Count("pk", filter=whole)}
    rows = list(tried.values("time").annotate(**asked))
    shown = [code for code in bad if any(row[code] for row in rows)]
    if not shown:
        return None
    lines = [
        {
            "label": BY_CODE[code].label,
            "tone": LINES[code][0],
            "dashed": LINES[code][1],
            "values": _of_limit([(row[code], row[f"of_{code}"]) for row in rows], BY_CODE[code].limit),
        }
        for code in shown
    ]
    limit = {"label": "The limit", "tone": "ink", "values": [100] * len(rows)}
    return {"zone": zone, "times": [int(row["time"].timestamp()) for row in rows], "lines": [limit, *lines]}


def _of_limit(numbers: list[tuple[int, int]], limit: float) -> list[float]:
    total, values = Of(), []
    for part, whole in numbers:
        total.add(Of(part, whole))
        values.append(min(HIGHEST, round(100 * total.share / limit, 1)))
    return values
