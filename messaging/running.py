"""Which launched campaigns still have something to do, and how far each is; for one client or many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from campaigns.models import Campaign, Launch
from campaigns.state import State, states_of
from compliance.models import Stop, StopEverything
from messaging.models import Message, Status
from messaging.models.message import Delivery
from tenants.clock import db_now

# While a message is in one of these, the machine still has something to do.
IN_MOTION = (Status.QUEUED, Status.HANDING, Status.UNKNOWN)
SHOWN = 20  # running campaigns in a strip


@dataclass(frozen=True)
class Progress:
    """One running campaign in a few numbers."""

    campaign: Campaign
    state: State
    planned: int
    settled: int  # nothing more will happen by itself
    handed: int
    delivered: int
    unresolved: int

    @property
    def answer(self) -> str:
        """The state as one of the three answers, for its colour."""
        return "waiting" if self.state == State.PAUSED else "clear"


def told(campaign_ids: list[int]) -> dict[int, State]:
    """Which of these campaigns are done (for campaigns.state): planned, and every message at rest."""
    unplanned = Launch.objects.filter(campaign=OuterRef("pk"), planned_at=None)
    moving = Message.objects.filter(campaign=OuterRef("pk"), status__in=IN_MOTION)
    # What takes people in goes on until it is stopped.
    done = Campaign.objects.filter(
        ~Exists(unplanned), ~Exists(moving), pk__in=campaign_ids, greets=False, joins=False
    )
    return dict.fromkeys(done.values_list("pk", flat=True), State.DONE)


def running(client_ids: Iterable[int]) -> list[Progress]:
    """The campaigns of these clients that run or are paused, newest first; a fixed number of queries."""
    launched = Launch.objects.filter(campaign=OuterRef("pk"))
    found = list(Campaign.objects.filter(Exists(launched), client__in=list(client_ids)).order_by("-pk")[:200])
    states = states_of(each.pk for each in found)
    going = [each for each in found if states[each.pk] in (State.RUNNING, State.PAUSED)][:SHOWN]
    at = db_now()
    nobody = StopEverything.objects.in_force(at).exists()
    stopped = set(Stop.objects.in_force(at).filter(campaign=None).values_list("client", flat=True))
    states |= {each.pk: State.PAUSED for each in going if nobody or each.client_id in stopped}
    counts = {
        row["campaign"]: row
        for row in Message.objects.filter(campaign__in=going).order_by().values("campaign").annotate(
            planned=Count("pk"),
            settled=Count("pk", filter=~Q(status__in=IN_MOTION)),
            handed=Count("pk", filter=Q(status=Status.ACCEPTED)),
            delivered=Count("pk", filter=Q(delivery__in=[Delivery.DELIVERED, Delivery.COMPLAINED])),
            unresolved=Count("pk", filter=Q(status=Status.UNRESOLVED)),
        )
    }  # fmt: skip
    return [
        Progress(
            each, states[each.pk],
            **{name: counts.get(each.pk, {}).get(name, 0) for name in ("planned", "settled", "handed", "delivered", "unresolved")},
        )
        for each in going
    ]  # fmt: skip
