"""Facts that change between the client's signature and the launch: kept with their day, told by mail once, shown on the flight check.

Only what keeps the whole campaign back; what keeps one person back is told by the funnel. Of a launched campaign messaging tells,
by what its waiting messages say.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns.models import Approval, Campaign
from campaigns.state import State, states_of
from compliance import flight
from compliance.acting import who_acts
from compliance.checks import BY_CODE
from compliance.flight_words import title_of
from compliance.models import FactChange
from compliance.preview import steps_of
from tenants.clock import db_now
from tenants.models import Client, Membership, Role
from tenants.models.member import AGENCY_ROLES
from tenants.scope import acting_for

log = logging.getLogger(__name__)
LOOKED_BACK = timedelta(days=35)  # an approval holds for 30
BEFORE_LAUNCH = frozenset({State.APPROVED, State.DRAFT})
# Who stopped something knows of it; what people wrote is asked for every few minutes, and watched by the machine's own alarms.
KNOWN = frozenset({"campaign_stopped", "client_stopped", "everything_stopped", "replies_not_checked"})


def look(client: Client) -> int:
    """Ask the checks of one client's signed campaigns again and tell what is new; returns how many mails were taken.

    Marked before they leave: a mail server that is down costs a mail, never a second one of each.
    """
    with acting_for(client.pk):
        at = db_now()
        news = [change for campaign in _signed(client, at) for change in _changed(campaign, at)]
        FactChange.objects.filter(pk__in=[each.pk for each in news]).update(told_at=at)
        people = sorted(_people(client)) if news else []
    taken = 0
    for to in people:
        try:
            taken += bool(_letter(client, news, to).send())
        except Exception:
            log.warning("a mail about changed facts was not taken", exc_info=True)
    return taken


def standing(campaign: Campaign) -> list[dict[str, object]]:
    """What changed since the signature and is not in order again, for the page."""
    rows = FactChange.objects.filter(campaign=campaign, ended_at=None).order_by("since", "pk")
    return [_told(row) for row in rows if row.code in BY_CODE]


def _signed(client: Client, at: datetime) -> list[Campaign]:
    """Campaigns that were signed lately and are not launched."""
    approvals = Approval.objects.filter(client=client, ended_at=None, since__gt=at - LOOKED_BACK)
    rows = list(
        Campaign.objects.filter(client=client, pk__in=approvals.values("campaign"))
        .select_related("client", "location")
        .order_by("pk")
    )
    states = states_of(each.pk for each in rows) if rows else {}
    over = [each.pk for each in rows if states[each.pk] not in BEFORE_LAUNCH]
    FactChange.objects.filter(client=client, campaign__in=over).end(at)
    return [each for each in rows if states[each.pk] in BEFORE_LAUNCH]


def _changed(campaign: Campaign, at: datetime) -> list[FactChange]:
    """Keep what is out of order now, close what is in order again; returns what is new."""
    rows = flight.whole_rows(campaign, steps_of(campaign), at)
    wrong = [row.check.code for row in rows if row.answer != "clear" and row.check.code not in KNOWN]
    there = FactChange.objects.filter(campaign=campaign, ended_at=None)
    there.exclude(code__in=wrong).end(at)
    known = set(there.values_list("code", flat=True))
    return FactChange.objects.bulk_create(
        FactChange(client_id=campaign.client_id, campaign=campaign, code=code, since=at)
        for code in wrong
        if code not in known
    )


def _told(row: FactChange) -> dict[str, object]:
    check = BY_CODE[row.code]
    return {
        "since": row.since, "campaign": row.campaign, "title": title_of(row.code), "says": check.says,
        "who": who_acts(row.code), "code": row.code,
    }  # fmt: skip


def _people(client: Client) -> set[str]:
    """The agency's people and the client's compliance contacts: either may be the one who must act."""
    theirs = Q(client=client, role=Role.APPROVER) | Q(agency=client.agency_id, role__in=AGENCY_ROLES)
    members = Membership.objects.in_force().filter(theirs, user__is_active=True).select_related("user")
    return {member.user.email for member in members}


def _letter(client: Client, news: list[FactChange], to: str) -> EmailMessage:
    page = settings.PUBLIC_URL + reverse("readiness", args=[client.slug])
    context = {"client": client, "changes": [_told(each) for each in news], "page": page}
    subject, _, body = render_to_string("emails/facts-changed.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
