"""Evergreen campaigns: who comes to match the rule later joins under the signature that stands, as long as that covers them.

No second way of sending: what is written here are messages like any other, and each is claimed, judged and handed over
like any other. Joining stops as a whole, and says so (messaging.standstill, messaging.needed), when nobody's signature
stands for exactly this, or when those it was signed for and those who came together are more than it covers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from campaigns.audience import due_at, matching_now, subjects
from campaigns.models import Approval, Launch, Step
from compliance.models import Stop
from consent.models import Contact
from messaging.greeting import standing
from messaging.models import Message
from messaging.outbox import write_messages
from tenants.clock import db_now

EVERY = timedelta(minutes=15)  # between two looks at who matches: the rule counts by days
Stopped = Launch.Stopped


def join(client_id: int) -> int:
    """Write the messages of whoever came to match since the last look, inside `acting_for(client)`; returns how many."""
    at = db_now()
    due = Q(looked_at=None) | Q(looked_at__lte=at - EVERY)
    launches = standing(client_id, at, due, campaign__joins=True)
    if not launches:
        return 0
    written = 0
    steps = Step.objects.filter(campaign__in=launches).select_related("campaign__client", "sender")
    by_campaign: dict[int, list[Step]] = {}
    for step in steps.order_by("campaign", "position"):
        by_campaign.setdefault(step.campaign_id, []).append(step)
    signed = _signed(launches, at)
    for pk, launched in launches.items():
        why = _why_not(launched, signed.get(pk))
        if not why:
            written += sum(_write(step, launched, at) for step in by_campaign.get(pk, []))
        Launch.objects.filter(pk=launched.pk).update(looked_at=at, stopped_joining=why)
    return written


def _signed(launches: dict[int, Launch], at: datetime) -> dict[int, Approval]:
    """Of each campaign the newest signature in force for exactly what was launched and stands."""
    rows = Approval.objects.in_force(at).filter(
        campaign__in=launches,
        version__in=[each.version_id for each in launches.values()],
        campaign__fingerprint=F("fingerprint"),
    )
    return {each.campaign_id: each for each in rows.select_related("count").order_by("since")}


def _why_not(launched: Launch, signed: Approval | None) -> str:
    """Why nobody joins; empty when they do."""
    if signed is None:
        return Stopped.UNSIGNED
    people = covered(launched, signed.count.at).count()
    return Stopped.GREW if people * 10 > signed.count.people * 11 else ""


def covered(launched: Launch, shown_at: datetime) -> QuerySet[Contact]:
    """Everybody whom a signature would have to cover: who matches now, and who joined since its number was counted, the people of
    the launch among them if that came later, though they may match no more."""
    theirs = Message.objects.filter(
        client=launched.client_id, campaign_version=launched.version_id, planned_at__gt=shown_at
    )
    matches = Q(matching_now(launched.campaign), merged_into=None)
    joined = Exists(theirs.filter(contact=OuterRef("pk")))  # by the index: see `outbox._already`
    rows: QuerySet[Contact] = Contact.objects.filter(matches | Q(joined), client=launched.client_id)
    return rows


def _write(step: Step, launched: Launch, at: datetime) -> int:
    """Only for whoever had no message of this campaign before this look, at whichever address."""
    before = Message.objects.filter(
        client=step.client_id, campaign=step.campaign_id, planned_at__lt=at, contact=OuterRef("contact")
    )
    joining = subjects(step, at, launched.version).filter(~Exists(before))
    return write_messages(step, launched.version, joining, due_at(step, at))


def stopped_joining(client_ids: Collection[int]) -> QuerySet[Launch]:
    """The newest launches of evergreen campaigns of these clients that take in nobody new."""
    newest = Launch.objects.filter(client=OuterRef("client"), campaign=OuterRef("campaign")).order_by("-at")
    rows: QuerySet[Launch] = Launch.objects.filter(
        pk=Subquery(newest.values("pk")[:1]), client__in=client_ids, campaign__archived_at=None
    )
    stopped = Stop.objects.in_force(db_now()).filter(campaign=OuterRef("campaign"), kind=Stop.Kind.STOP)
    return rows.exclude(stopped_joining="").filter(~Exists(stopped)).select_related("campaign")
