"""A launch at a day and hour: put down, changed, called off, and begun by beat under the conditions of that moment.

The time stands in PostgreSQL and beat looks every fifteen seconds. Whoever comes first holds the campaign's row, so two
workers, or a worker and a member who presses the button, make one launch. What is not in order then is not launched, and
nothing is tried again by itself: whoever scheduled it is told, and decides.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from campaigns.models import Approval, Campaign, ScheduledLaunch
from campaigns.state import State, state_of
from messaging import bell, holding, launching
from messaging.locks import alone
from tenants import agency_mail, audit
from tenants.clock import db_now
from tenants.models import User
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
Outcome = ScheduledLaunch.Outcome
LATE = timedelta(
    hours=1
)  # a server that comes back later than this does not begin what nobody expects any more
TELL = timedelta(days=1)  # as long as a mail that was not taken is tried again
OWN = {
    "late": "At that time no worker was running, and more than an hour had passed when one was",
    "put_away": "The campaign was put away",
    "stopped_for_good": "The campaign was stopped for good",
    holding.RESTORED: "A backup was restored, and the time between the backup and the loss is forgotten: it may have been launched, "
    "moved or called off then. Look in the provider's own log whether its messages were sent before you launch it or choose "
    "another time",
}


class CannotSchedule(Exception):
    """Nothing was put down; the message is a sentence for the person who tried."""


def schedule(campaign: Campaign, at: datetime, approval: Approval | None, by: User) -> ScheduledLaunch:
    """Have the campaign launched then; what was put down before is replaced. Inside the client's scope."""
    now = db_now()
    if at <= now:
        raise CannotSchedule("That time has passed. Choose a later one, or launch now.")
    if approval is None:
        raise CannotSchedule("The client has not signed exactly this campaign.")
    if at >= approval.expires_at:
        raise CannotSchedule(
            "The client's signature runs out before that. Choose an earlier time, or ask for it again."
        )
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    before = _open(campaign).update(ended_at=now, outcome=Outcome.CHANGED)
    made: ScheduledLaunch = ScheduledLaunch.objects.create(
        client_id=campaign.client_id, campaign=campaign, at=at, by=by
    )
    audit.record(
        "launch.scheduled",
        campaign,
        client_id=campaign.client_id,
        by=by,
        at=at.isoformat(),
        instead=bool(before),
    )
    return made


def call_off(campaign: Campaign, by: User) -> bool:
    """Whether there was anything left to call off."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    ended = _open(campaign).update(ended_at=db_now(), outcome=Outcome.CANCELLED)
    if ended:
        audit.record("launch.called_off", campaign, client_id=campaign.client_id, by=by)
    return bool(ended)


def newest(campaign: Campaign) -> ScheduledLaunch | None:
    """What was put down last, open or not."""
    found: ScheduledLaunch | None = (
        ScheduledLaunch.objects.filter(campaign=campaign).select_related("by").order_by("-pk").first()
    )
    return found


def sentences(why: list[str]) -> list[str]:
    """What stood in the way, and who can change it."""
    return [
        sentence for code in why for sentence in (launching.sentences([code]) or [f"{OWN.get(code, code)}."])
    ]


@shared_task
def launch_due() -> int:
    """Begin what is due; returns how many were launched. None while our history may have gaps."""
    if not holding.history_is_ours():
        return 0
    with acting_for_every_client():
        due = list(
            ScheduledLaunch.objects.filter(ended_at=None, at__lte=db_now(), client__closed_at=None)
            .order_by("at", "pk")
            .values_list("client_id", "campaign_id")
        )
    launched = 0
    for client_id, campaign_id in due:
        try:
            launched += _begin(client_id, campaign_id)
        except Exception:  # one launch's trouble is not another's; the next bell tries it again
            log.exception("a scheduled launch failed", extra={"client": client_id, "campaign": campaign_id})
    return launched


def _begin(client_id: int, campaign_id: int) -> bool:
    with acting_for(client_id):
        held = Campaign.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
            "client", "location"
        )
        campaign = held.filter(pk=campaign_id).first()
        if campaign is None:
            return False  # somebody else is at it; if it stays open, the next bell comes
        row = _open(campaign).filter(at__lte=db_now()).select_related("by").first()
        if row is None:
            return False
        try:
            _launch(campaign, row)
        except launching.NotInOrder as refused:
            if refused.why == [launching.NOT_COUNTED]:
                return False  # a worker is at it; the next bell comes, until it is too late
            _end(row, Outcome.REFUSED, refused.why)
            audit.record("launch.refused", campaign, client_id=client_id, by=row.by, why=refused.why)
            return False
        _end(row, Outcome.LAUNCHED, [])
        transaction.on_commit(lambda: bell.ring_planning(client_id))
        return True


def _launch(campaign: Campaign, row: ScheduledLaunch) -> None:
    """The same launch as by the button, at its time."""
    if db_now() - row.at > LATE:
        raise launching.NotInOrder(["late"])
    state = state_of(campaign)
    if state in (State.ARCHIVED, State.STOPPED):
        raise launching.NotInOrder(["put_away" if state == State.ARCHIVED else "stopped_for_good"])
    launching.set_in_motion(campaign, row.by)


def _end(row: ScheduledLaunch, outcome: str, why: list[str]) -> None:
    ScheduledLaunch.objects.filter(pk=row.pk).update(ended_at=db_now(), outcome=outcome, why=why)


@shared_task
def tell_refused() -> int:
    """Write to whoever scheduled what was not launched; returns how many mails were taken.

    Marked as told when the mail server took one, so a mail may come twice after a crash and never not at all.
    """
    told = 0
    with alone("refused launches") as ours:
        if not ours:
            return 0
        with acting_for_every_client():
            rows = list(
                ScheduledLaunch.objects.filter(
                    outcome=Outcome.REFUSED, told_at=None, ended_at__gt=db_now() - TELL
                ).values_list("client_id", "pk")
            )
        for client_id, pk in rows:
            told += _tell(client_id, pk)
    return told


def _tell(client_id: int, pk: int) -> int:
    with acting_for(client_id):
        row = ScheduledLaunch.objects.select_related("campaign__client__agency", "by").get(pk=pk)
        client = row.campaign.client
        of_agency = agency_mail.addresses(client)
        # Who has left the agency is not written to; the others must know all the same.
        people = [row.by.email] if row.by.email in of_agency else of_agency
        page = settings.PUBLIC_URL + reverse("launch", args=[client.slug, row.campaign_id])
        at = row.at.astimezone(ZoneInfo(client.time_zone))
        said = f"{at:%A}, {at.day} {at:%B %Y, %H:%M %Z}"
        context = {"client": client, "row": row, "at": said, "why": sentences(row.why), "page": page}
        letters = [agency_mail.letter("emails/launch-refused.txt", each, **context) for each in people]
    taken = agency_mail.post(letters)
    if taken:
        with acting_for(client_id):
            ScheduledLaunch.objects.filter(pk=pk).update(told_at=db_now())
    return taken


def _open(campaign: Campaign) -> QuerySet[ScheduledLaunch]:
    rows: QuerySet[ScheduledLaunch] = ScheduledLaunch.objects.filter(campaign=campaign, ended_at=None)
    return rows
