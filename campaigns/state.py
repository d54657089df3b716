"""Where a campaign stands, read from records for many at once; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import F, TextChoices

from campaigns.models import Approval, ApprovalRequest, Campaign, Launch
from tenants.clock import db_now


class State(TextChoices):
    """In the order a campaign goes through them."""

    DRAFT = "draft", "Draft"
    ASKED = "asked", "Awaiting approval"
    APPROVED = "approved", "Approved"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"
    DONE = "done", "Done"
    ARCHIVED = "archived", "Put away"


LAUNCHED = frozenset({State.RUNNING, State.PAUSED, State.STOPPED, State.DONE})
Reader = Callable[[list[int]], dict[int, State]]
_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Let a room to the right tell what it alone knows of launched campaigns: paused, stopped, done.

    A later reader's answer gives way to an earlier one's; register what stops before what ends.
    """
    if reader not in _readers:
        _readers.append(reader)


def states_of(campaign_ids: Iterable[int]) -> dict[int, State]:
    """The state of each of these campaigns (of the clients acted for); a fixed number of queries."""
    ids = list(campaign_ids)
    rows = list(Campaign.objects.filter(pk__in=ids).values_list("pk", "archived_at"))
    launched = set(Launch.objects.filter(campaign__in=ids).values_list("campaign", flat=True))
    asked = set(
        ApprovalRequest.objects.filter(campaign__in=ids, closed_at=None).values_list("campaign", flat=True)
    )
    standing = Approval.objects.in_force(db_now()).filter(
        campaign__in=ids, campaign__fingerprint=F("fingerprint")
    )
    approved = set(standing.values_list("campaign", flat=True))
    told: dict[int, State] = {}
    if launched:
        for reader in reversed(_readers):
            told |= reader(sorted(launched))

    def state(pk: int, archived: bool) -> State:
        if pk in launched:
            return told.get(pk, State.RUNNING)
        if archived:
            return State.ARCHIVED
        if pk in approved:
            return State.APPROVED
        return State.ASKED if pk in asked else State.DRAFT

    return {pk: state(pk, archived_at is not None) for pk, archived_at in rows}


def state_of(campaign: Campaign) -> State:
    """The state of one campaign."""
    return states_of([campaign.pk])[campaign.pk]
