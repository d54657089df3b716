"""What is planned for the days of a month: messages that wait, scheduled launches, first days of what is not launched.

By each client's own clock; a fixed number of queries, whatever the number of clients and campaigns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef

from campaigns.audience import due_at
from campaigns.models import AudienceCount, Campaign, Launch, ScheduledLaunch, Step
from campaigns.state import State, states_of
from messaging.models import Status
from messaging.reports.usage import Month
from tenants.clock import db_now
from tenants.models import Channel, Client

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)  # before every first day


@dataclass(frozen=True)
class Entry:
    """One step of one campaign on one day."""

    client: Client
    campaign: Campaign
    step: Step
    kind: str  # running: messages wait; scheduled: a launch is put off to it; draft: a first day that nobody launched yet
    people: int | None  # exact for what runs, else as counted last; None: not counted yet
    begins: datetime | None  # none: some time of the day
    paused: bool = False

    @property
    def is_text(self) -> bool:
        return bool(self.step.channel == Channel.SMS)


@dataclass
class Desk:
    """How many people one client's front desk is to hear of on a day, and how many it can answer."""

    client: Client
    people: int = 0

    @property
    def over(self) -> int:
        """How many more than it can answer; they wait for the next days."""
        return max(0, self.people - (self.client.first_a_day or 0))


@dataclass
class Day:
    """One day of the month."""

    day: date
    entries: list[Entry] = field(default_factory=list)

    @property
    def desks(self) -> list[Desk]:
        """Of the clients that set how many they can answer and have first messages on this day."""
        found: dict[int, Desk] = {}
        for each in self.entries:
            if each.client.first_a_day is not None and each.step.position == 1 and each.people:
                found.setdefault(each.client.pk, Desk(each.client)).people += each.people
        return list(found.values())


def month_of(client_ids: Collection[int], month: Month) -> list[Day]:
    """Every day of the month, with what is planned; inside the clients' scope."""
    clients = {each.pk: each for each in Client.objects.filter(pk__in=client_ids)}
    days = {day: Day(day) for day in _days(month)}
    for day, entry in [*_running(clients, month), *_to_come(clients)]:
        if day in days:
            days[day].entries.append(entry)
    for each in days.values():
        each.entries.sort(
            key=lambda one: (one.client.name, one.campaign.name, one.campaign.pk, one.step.position)
        )
    return list(days.values())


def _days(month: Month) -> Iterable[date]:
    return (month.first + timedelta(days=n) for n in range((month.after.first - month.first).days))


def _running(clients: dict[int, Client], month: Month) -> list[tuple[date, Entry]]:
    """Messages in the queue by the day they fall due; what is due already stands under today."""
    now = db_now()
    end = datetime.combine(
        month.after.first, time(12), tzinfo=UTC
    )  # noon: behind the month's end in every zone
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.client_id, m.step_id, (greatest(m.due_at, %s) AT TIME ZONE c.time_zone)::date, count(*), min(greatest(m.due_at, %s)) "
            "FROM messaging_message m JOIN tenants_client c ON c.id = m.client_id WHERE m.client_id = ANY(%s) AND m.status = %s "
            "AND m.step_id IS NOT NULL AND m.due_at < %s GROUP BY 1, 2, 3",
            [now, now, list(clients), Status.QUEUED, end],
        )
        rows = cursor.fetchall()
    steps = Step.objects.select_related("campaign").in_bulk({row[1] for row in rows})
    states = states_of({each.campaign_id for each in steps.values()})
    return [
        (
            day,
            Entry(clients[client], steps[step].campaign, steps[step], "running", people, begins,
                  states[steps[step].campaign_id] == State.PAUSED),
        )
        for client, step, day, people, begins in rows
    ]  # fmt: skip


def _to_come(clients: dict[int, Client]) -> list[tuple[date, Entry]]:
    """Scheduled launches, and drafts that name a first day."""
    starts = dict(
        ScheduledLaunch.objects.filter(client__in=clients, ended_at=None).values_list("campaign", "at")
    )
    drafts = Campaign.objects.filter(
        ~Exists(Launch.objects.filter(campaign=OuterRef("pk"))), client__in=clients, archived_at=None, starts_on__isnull=False
    )  # fmt: skip
    ids = {*starts, *drafts.values_list("pk", flat=True)}
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(campaign__in=ids).select_related("campaign__client").order_by("position"):
        steps[step.campaign_id].append(step)
    counts = {
        each.campaign_id: each
        for each in AudienceCount.objects.filter(campaign__in=ids)
        .order_by("campaign", "-at")
        .distinct("campaign")
    }
    found = []
    for pk, theirs in steps.items():
        at, client = starts.get(pk), clients[theirs[0].client_id]
        for step in theirs:
            due = due_at(step, at or BEFORE_ALL)
            # A first day begins at midnight, which is nobody's hour: only a time that somebody chose is told.
            begins = due if at and due == at + timedelta(days=step.delay_days) else None
            entry = Entry(
                client,
                step.campaign,
                step,
                "scheduled" if at else "draft",
                _people(counts.get(pk), step),
                begins,
            )
            found.append((due.astimezone(ZoneInfo(client.time_zone)).date(), entry))
    return found


def _people(count: AudienceCount | None, step: Step) -> int | None:
    if count is None:
        return None
    told = count.steps.get(str(step.position), {})
    return int(told.get("clear", 0)) + int(told.get("waiting", 0)) if told else int(count.people)
