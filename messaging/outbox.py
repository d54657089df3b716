"""Launch and planning: from an approval to one message row for everyone, refused ones too."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.http import HttpRequest

from campaigns.audience import due_at, people, subjects
from campaigns.models import Approval, AudienceCount, Campaign, CampaignVersion, Launch, ScheduledLaunch, Step
from compliance.facts import FACTS
from consent.models import ContactPoint
from messaging.models import Message, Status
from messaging.models.message import may_have_left
from tenants import statistics
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.failpoints import reach
from tenants.hashing import lock_key
from tenants.models import User
from tenants.scope import acting_for, acting_for_every_client

WRITTEN = [name for name in FACTS if name != "confirms"]  # what a step sends confirms nothing
RANGE = 10_000  # contact points a statement: short transactions, a stable plan, progress to show
AT_ONCE = 2  # ranges: the database works at them on two of its cores
WORTH_COUNTING = 100  # messages; of fewer any plan of PostgreSQL is quick

logger = logging.getLogger(__name__)


class NotApproved(Exception):
    """There is no signature in force for exactly what stands now."""


def launch(campaign: Campaign, by: User | None, request: HttpRequest | None = None) -> Launch:
    """Set the approved version in motion, inside `acting_for(client)`. Twice is the same launch.

    Raises `NotApproved`. Planning is done by the task `plan`, rung after the commit; should that bell be lost,
    the sweep rings it again.
    """
    at = db_now()
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    approval = (
        Approval.objects.in_force(at)
        .filter(campaign=campaign, fingerprint=campaign.fingerprint)
        .order_by("-since")
        .first()
    )
    if approval is None:
        raise NotApproved("The client has not signed exactly this campaign.")
    launched: Launch
    launched, made = Launch.objects.get_or_create(
        client_id=campaign.client_id,
        version_id=approval.version_id,
        defaults={"campaign": campaign, "by": by, "at": at},
    )
    if made:
        AudienceCount.objects.create(
            client_id=campaign.client_id, campaign=campaign, fingerprint=campaign.fingerprint, people=people(campaign).count(),
            at_launch=True,
        )  # fmt: skip
        older = Message.objects.filter(campaign=campaign, status=Status.QUEUED).exclude(
            campaign_version=approval.version_id
        )
        cancelled = older.update(status=Status.CANCELLED, settled_at=at)
        ScheduledLaunch.objects.filter(campaign=campaign, ended_at=None).update(
            ended_at=at, outcome=ScheduledLaunch.Outcome.LAUNCHED
        )
        audit("campaign.launched", campaign, client_id=campaign.client_id, by=by, request=request, version=approval.version_id,
              cancelled=cancelled)  # fmt: skip
    return launched


def plan(launched: Launch) -> int:
    """Write the rows that are still missing; returns how many. Safe to repeat after any crash.

    Called outside a transaction, inside no scope: each range opens its own.
    """
    return sum(_ranges(launched))


def _ranges(launched: Launch) -> Iterator[int]:
    """Plan range by range; yields the rows each one wrote, so that launches can take turns."""
    client_id = launched.client_id
    with acting_for(client_id):
        steps = list(
            Step.objects.filter(campaign=launched.campaign_id)
            .select_related("campaign__client", "sender")
            .order_by("position")
        )
        version = CampaignVersion.objects.get(pk=launched.version_id)
        span = ContactPoint.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if span["first"] is not None:
        for step in steps:
            begin = int(launched.progress.get(str(step.pk), span["first"]))
            while begin <= span["last"]:
                reach("plan.before_insert")
                written = _side_by_side(step, version, launched, begin, span["last"])
                begin += AT_ONCE * RANGE
                with acting_for(client_id):  # only what is written for good counts as progress
                    launched.progress[str(step.pk)] = begin
                    launched.planned = (
                        Message.objects.filter(campaign_version=version).count()
                        if begin > span["last"]
                        else launched.planned
                    )
                    launched.save(update_fields=["progress", "planned"])
                yield written
    with acting_for(client_id):
        launched.planned_at = db_now()
        launched.save(update_fields=["planned_at"])
    if launched.planned >= WORTH_COUNTING and statistics.outgrown(Message, launched.planned):
        # Else the waves that follow at once are planned for the few messages PostgreSQL knew before, and take seconds.
        statistics.gather(Message)
    reach("plan.after")


def _side_by_side(step: Step, version: CampaignVersion, launched: Launch, begin: int, last: int) -> int:
    """The next ranges, each in a transaction and on a connection of its own; returns the rows written.

    They never wait for each other in a circle: addresses are written in order. Inside a surrounding transaction, which no
    other connection could see, one after the other.
    """

    def write(first: int) -> int:
        with acting_for(launched.client_id):
            written = _insert(step, version, launched, first)
            reach("plan.mid")
        return written

    def write_beside(first: int) -> int:
        try:
            return write(first)
        finally:
            connection.close()

    begins = range(begin, min(begin + AT_ONCE * RANGE, last + 1), RANGE)
    if connection.in_atomic_block:
        return sum(map(write, begins))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        others = [threads.submit(write_beside, each) for each in begins[1:]]
        return write(begins[0]) + sum(each.result() for each in others)


def _insert(step: Step, version: CampaignVersion, launched: Launch, begin: int) -> int:
    """One range of contact points into messages; an address that has its message for this step gets no second one."""
    subject = subjects(step, launched.at, version).filter(pk__gte=begin, pk__lt=begin + RANGE)
    return write_messages(step, version, subject, due_at(step, launched.at))


def write_messages(
    step: Step, version: CampaignVersion, subject: QuerySet[ContactPoint], due: datetime
) -> int:
    """These subjects of a step as messages of this version; one an address, and none where the step has one already. Returns how many."""
    if earlier := list(
        CampaignVersion.objects.filter(campaign=step.campaign_id)
        .exclude(pk=version.pk)
        .values_list("pk", flat=True)
    ):
        subject = subject.filter(~Exists(_already(step, earlier)))
    rows = subject.order_by("address_id", "contact_id").distinct("address_id").values_list(*WRITTEN)
    sql, params = rows.query.sql_with_params()
    columns = ", ".join(f'"{Message._meta.get_field(name).column}"' for name in WRITTEN)  # type: ignore[union-attr]
    inner = ", ".join(f"f{number}" for number in range(len(WRITTEN)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO messaging_message ({columns}, expires_at) SELECT {inner}, %s FROM ({sql}) AS s ({inner}) ON CONFLICT DO NOTHING",  # noqa: S608
            [_expiry(step, due), *params],
        )
        return int(cursor.rowcount)


def _already(step: Step, earlier: Sequence[int]) -> Any:
    """What this step handed over to an address, or may have, under one of these earlier versions. (Of the same version there is but
    one: `message_once`.) Asked of each address, by all the columns of that index, so that PostgreSQL takes it though it knows
    nothing of the table yet: by any other it goes through the messages of the campaign for each address, and a list of all that
    does not fit into `work_mem` (some 300,000) would be gone through too."""
    return Message.objects.filter(
        may_have_left(),
        client=step.client_id,
        campaign_version__in=earlier,
        step=step,
        address=OuterRef("address"),
    )


def _expiry(step: Step, due: datetime) -> datetime:
    return due + timedelta(days=step.campaign.days_valid)


def finish_planning() -> int:
    """Plan every launch that is not planned yet; for the task and the sweep. Returns launches finished.

    A range of each in turn, so that a small list need not wait for a long one; a launch that another worker is at is left to it.
    """
    with acting_for_every_client():
        waiting = list(Launch.objects.filter(planned_at=None).order_by("pk"))
    mine, failed = [each for each in waiting if _try_lock("pg_try_advisory_lock", each)], 0
    try:
        with acting_for_every_client():  # another worker may have ended one before the lock was ours
            open_still = Launch.objects.filter(pk__in=[each.pk for each in mine], planned_at=None).order_by(
                "pk"
            )
            turns = deque((each, _ranges(each)) for each in open_still)
        while turns:
            launched, ranges = turns.popleft()
            try:
                more = next(ranges, None) is not None
            except Exception:  # one launch's trouble is not another's; the next sweep tries it again
                logger.exception(
                    "a launch is not planned", extra={"client": launched.client_id, "launch": launched.pk}
                )
                failed += 1
                continue
            if more:
                turns.append((launched, ranges))
    finally:
        for each in mine:
            _try_lock("pg_advisory_unlock", each)
    return len(mine) - failed


def _try_lock(how: str, launched: Launch) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {how}(%s)", [lock_key("plan", launched.pk)])
        return bool(cursor.fetchone()[0])
