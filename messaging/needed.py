"""What waits for a person, of one client or of many at once: each as a sentence, for whom, since when, and where to go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.urls import reverse

from campaigns.models import ApprovalRequest, Comment, Launch
from compliance import other_names
from compliance.models import Stop
from messaging.evergreen import stopped_joining
from messaging.hand_off import overdue_before
from messaging.models import Inbound, Message, Status
from tenants.clock import db_now
from tenants.models import Agreement, Client
from tenants.sealing import refusals

RENAMED = timedelta(days=365)
AHEAD = timedelta(days=60)  # as the letters about agreements that run out
MOST = 20  # of each kind: a list that a person reads
AGENCY = "The agency"


@dataclass(frozen=True)
class Needed:
    """One thing that goes on only when somebody acts. `until`: when it is too late, in place of since when it waits."""

    client: Client
    word: str
    says: str
    whom: str
    href: str
    since: datetime | None = None
    until: datetime | None = None


def needed(clients: Mapping[int, Client]) -> list[Needed]:
    """What waits at these clients, inside their scope, what stands still first; as many queries whatever their number."""
    at = db_now()
    return [
        *_tampered(clients),
        *_stopped(clients, at),
        *_unresolved(clients),
        *_replies(clients, at),
        *_comments(clients),
        *_requests(clients),
        *_renamed(clients, at),
        *_not_joining(clients),
        *_agreements(clients, at),
    ]


def _tampered(clients: Mapping[int, Client]) -> Iterator[Needed]:
    """Records on which nothing is sealed any more, because somebody changed them in the database."""
    for client_id, why in refusals(clients).items():
        client = clients[client_id]
        says = f"The record was tampered with and is not sealed any more. {why}"
        yield Needed(client, "Record", says, "Whoever runs the system", _page("records", client))


def _stopped(clients: Mapping[int, Client], at: datetime) -> Iterator[Needed]:
    rows = Stop.objects.in_force(at).filter(client__in=clients, kind=Stop.Kind.PAUSE)
    for row in rows.select_related("campaign").order_by("-since")[:MOST]:
        client, campaign = clients[row.client_id], row.campaign
        if campaign is None:
            says, href = "Sending is paused for the whole client.", _page("readiness", client)
        else:
            says, href = f"{campaign.name} is paused.", _page("live", client, campaign.pk)
        yield Needed(client, "Paused", says, AGENCY, href, row.since)


def _unresolved(clients: Mapping[int, Client]) -> Iterator[Needed]:
    launched = Launch.objects.filter(client__in=clients)
    rows = Message.objects.filter(status=Status.UNRESOLVED, campaign__in=launched.values("campaign"))
    for row in _by_campaign(rows, since=Min("changed_at")):
        client, number = clients[row["client"]], row["number"]
        says = f"{_many(number, 'message')} of {row['campaign__name']}: nobody knows whether {'it' if number == 1 else 'they'} went out."
        yield Needed(client, "Unresolved", says, AGENCY, _page("live", client, row["campaign"]), row["since"])


def _replies(clients: Mapping[int, Client], at: datetime) -> Iterator[Needed]:
    late = _late(clients, at)
    rows = Inbound.objects.filter(client__in=clients, handled_at=None).order_by()
    counted = rows.values("client").annotate(
        number=Count("pk"), since=Min("received_at"), urgent=Count("pk", filter=Q(urgent=True)),
        overdue=Count("pk", filter=late),
    )  # fmt: skip
    for row in counted.order_by("-urgent", "-overdue", "since")[:MOST]:
        client, number = clients[row["client"]], row["number"]
        says = f"{_many(number, 'reply', 'replies')} to read."
        if row["urgent"]:
            says += f" {row['urgent']:,} of them may be an emergency: now."
        if row["overdue"]:
            says += f" {row['overdue']:,} overdue: unread for {_many(client.hand_off_minutes, 'minute')} of the practice’s hours."
        yield Needed(client, "Waiting", says, "Front desk or agency", _page("inbox", client), row["since"])


def _late(clients: Mapping[int, Client], at: datetime) -> Q:
    """What is overdue: of most clients the same instant decides, so the condition stays short."""
    by: dict[datetime, list[int]] = defaultdict(list)
    for client in clients.values():
        by[overdue_before(client, at)].append(client.pk)
    late = Q(pk=None)
    for instant, theirs in by.items():
        late |= Q(client__in=theirs, received_at__lte=instant)
    return late


def _comments(clients: Mapping[int, Client]) -> Iterator[Needed]:
    rows = Comment.objects.filter(
        client__in=clients, answers=None, resolved_at=None, campaign__archived_at=None
    )
    for row in _by_campaign(rows, since=Min("at")):
        client = clients[row["client"]]
        says = f"{_many(row['number'], 'open comment')} on {row['campaign__name']}."
        href = _page("approval_status", client, row["campaign"])
        yield Needed(client, "Waiting", says, AGENCY, href, row["since"])


def _requests(clients: Mapping[int, Client]) -> Iterator[Needed]:
    rows = ApprovalRequest.objects.filter(client__in=clients, closed_at=None).select_related("campaign")
    for row in rows.order_by("asked_at")[:MOST]:
        client = clients[row.client_id]
        href = _page("approval_status", client, row.campaign_id)
        says = f"{row.campaign.name} waits for a signature."
        yield Needed(client, "Waiting", says, "Compliance contact", href, row.asked_at)


def _renamed(clients: Mapping[int, Client], at: datetime) -> Iterator[Needed]:
    """Clients with a new name whose people agreed to the former one; who was never renamed is not counted."""
    rows = other_names.were_renamed(clients).filter(at__gt=at - RENAMED)
    since = dict(rows.order_by().values_list("client").annotate(last=Max("at")))
    for client_id, number in other_names.people_by_client(since, at).items():
        client = clients[client_id]
        says = f"{_many(number, 'person', 'people')} said yes to another name than {client.name}: ask anew, or have counsel look at it."
        yield Needed(
            client, "Renamed", says, "Agency and client", _page("cleaning", client), since[client_id]
        )


def _not_joining(clients: Mapping[int, Client]) -> Iterator[Needed]:
    """Evergreen campaigns that take in nobody new until they are signed again."""
    for row in stopped_joining(clients).order_by("looked_at")[:MOST]:
        client, why = clients[row.client_id], row.get_stopped_joining_display()
        says = f"{row.campaign.name} takes in nobody new. {why}"
        href = _page("flight_check", client, row.campaign_id)
        yield Needed(client, "Waiting", says, "Agency and client", href, row.looked_at)


def _agreements(clients: Mapping[int, Client], at: datetime) -> Iterator[Needed]:
    """Those that run out soon and have no successor on file."""
    later = Q(expires_at=None) | Q(expires_at__gt=OuterRef("expires_at"))
    next_one = Agreement.objects.in_force(at).filter(
        later, client=OuterRef("client"), kind=OuterRef("kind"), provider=OuterRef("provider")
    )
    rows = Agreement.objects.in_force(at).filter(
        ~Exists(next_one), client__in=clients, expires_at__lte=at + AHEAD
    )
    for row in rows.defer("file").order_by("expires_at")[:MOST]:
        client = clients[row.client_id]
        named = row.get_provider_display() or row.get_kind_display()
        href = _page("readiness", client)
        yield Needed(
            client, "Runs out", f"The agreement: {named}.", "Agency and client", href, until=row.expires_at
        )  # fmt: skip


def _by_campaign(rows: Any, **more: Any) -> Any:
    counted = rows.order_by().values("client", "campaign", "campaign__name")
    return counted.annotate(number=Count("pk"), **more).order_by("since")[:MOST]


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _page(name: str, client: Client, campaign: int | None = None) -> str:
    return reverse(name, kwargs={"client": client.slug, **({"campaign": campaign} if campaign else {})})
