"""A running campaign that comes to stand: its approval ran out or will, the audience grew, or a fact it rested on fell.

What it waits for is what the gate wrote on its messages, so the mail, the live page and "why" say the same. A standing welcome,
or an evergreen campaign, may have no message that waits today and somebody to write to tomorrow: of its
signature both sides hear before anybody waits.
They are written to once for each reason; when nothing waits for it any more, the next time is told again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from campaigns import signed_before
from campaigns.models import Approval, Campaign, Launch
from compliance.acting import who_acts
from compliance.checks import CHECKS
from compliance.facts import Group
from compliance.models import Stop
from messaging.evergreen import stopped_joining
from messaging.models import Message, Standstill, Status
from tenants.clock import db_now
from tenants.mail_choices import willing
from tenants.models import MailChoice, Membership, Role
from tenants.models.fault import PASSING
from tenants.scope import acting_clients, acting_for, acting_for_every_client

log = logging.getLogger(__name__)
ENDS, AHEAD = "approval_ends", timedelta(days=3)
WELCOME_ENDS, STANDING_AHEAD = "welcome_ends", timedelta(days=7)
JOINING_ENDS = "joining_ends"
OVER = "not_approved"
# A button that somebody pressed is told by whoever pressed it.
PRESSED = {"campaign_stopped", "client_stopped", "everything_stopped"}
FACTS = {
    each.code: each.says
    for each in CHECKS
    if each.group in (Group.WORDS, Group.CLIENT, Group.SENDERS) and each.code not in PRESSED
}
# What holds messages back at once and ends the signature when it lasts.
PASSING_FAULTS = ("domain_not_ready", "sms_not_registered")
FALLS = (
    f"When it stays out of order for {PASSING.days * 24} hours, or Twilio says that the registration does not hold any more, the client "
    "must also sign anew."
)
# What an evergreen campaign says when it takes in nobody new (messaging.evergreen).
JOINING = {
    f"joining_{Launch.Stopped.UNSIGNED}": "Nobody new joins: the client's signature ran out, was withdrawn, or does not fit any more.",
    f"joining_{Launch.Stopped.GREW}": "Nobody new joins: with those who match now, it would reach more than a tenth more people than "
    "the client was shown.",
}
SAYS = {
    **{code: f"{says} Must act: {who_acts(code)}." for code, says in FACTS.items()},
    **{code: f"{FACTS[code]} {FALLS} Must act: {who_acts(code)}." for code in PASSING_FAULTS},
    **{code: f"{says} Must act: {who_acts(OVER)}." for code, says in JOINING.items()},
    ENDS: "The client's signature runs out within three days, and messages are due after it. "
    f"Must act: {who_acts(OVER)}.",
    JOINING_ENDS: "The client's signature under this campaign runs out within a week. From then on nobody new joins, and what is still "
    f"to go waits, until it is signed again. Must act: {who_acts(OVER)}.",
    WELCOME_ENDS: "The client's signature under this standing welcome runs out within a week. From then on whoever is new "
    f"waits, until it is signed again. Must act: {who_acts(OVER)}.",
}


@dataclass(frozen=True)
class Reason:
    """What a campaign waits for, and how many of its messages."""

    client_id: int
    campaign_id: int
    code: str
    messages: int


@shared_task
def tell_of_standstills() -> int:
    """Tell what is new, end what is over; returns how many mails were taken."""
    with acting_for_every_client():
        found = {(each.campaign_id, each.code): each for each in reasons()}
        told = {(row.campaign_id, row.code): row for row in Standstill.objects.filter(ended_at=None)}
        over = [row.pk for key, row in told.items() if key not in found]
        Standstill.objects.filter(pk__in=over).update(ended_at=db_now())
    new: defaultdict[tuple[int, int], list[Reason]] = defaultdict(list)
    for key, reason in found.items():
        if key not in told:
            new[reason.client_id, reason.campaign_id].append(reason)
    return sum(_tell(client_id, campaign_id, why) for (client_id, campaign_id), why in new.items())


def reasons(campaign_id: int | None = None) -> list[Reason]:
    """What campaigns of the clients acted for wait for now, or will: one campaign's, or all of them."""
    every = [*_welcomes(), *_ending(), *_joining_ending(), *_waiting(campaign_id), *_not_joining()]
    found = {(each.campaign_id, each.code): each for each in every if campaign_id in (None, each.campaign_id)}
    return list(found.values())


def _waiting(campaign_id: int | None) -> list[Reason]:
    """What the gate wrote on messages that wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.client_id, m.campaign_id, why.code, count(*) FROM messaging_message m, unnest(m.failed) AS why(code) "
            "WHERE m.status = %s AND m.campaign_id = coalesce(%s, m.campaign_id) AND why.code = ANY(%s) GROUP BY 1, 2, 3",
            [Status.QUEUED, campaign_id, list(FACTS)],
        )
        return [Reason(*row) for row in cursor.fetchall()]


def _ending() -> list[Reason]:
    """Signatures that still hold and run out before what is due under them."""
    at = db_now()
    later = Message.objects.filter(
        client=OuterRef("client"), campaign=OuterRef("campaign"), status=Status.QUEUED, due_at__gte=OuterRef("expires_at")
    )  # fmt: skip
    rows = _last_signatures().filter(
        Exists(later), expires_at__lte=at + AHEAD, campaign__greets=False, campaign__joins=False
    )
    return [Reason(client, campaign, ENDS, 0) for client, campaign in rows.values_list("client", "campaign")]


def sentences(campaign_id: int, why: list[Reason]) -> list[tuple[str, int]]:
    """Each reason in words, with how many messages wait for it; of a signature that fell also what ended under it."""
    fell = signed_before.fell([campaign_id]) if any(each.code == OVER for each in why) else {}
    newest = fell[max(fell)] if fell else ""
    return [
        (f"{SAYS[each.code]} {newest}".strip() if each.code == OVER else SAYS[each.code], each.messages)
        for each in why
    ]


def _welcomes() -> list[Reason]:
    """Standing welcomes that were not stopped: those whose signature ran out, and those where it will."""
    at = db_now()
    stopped = Stop.objects.in_force(at).filter(campaign=OuterRef("pk"), kind=Stop.Kind.STOP)
    rows = Campaign.objects.filter(
        Exists(Launch.objects.filter(campaign=OuterRef("pk"))),
        ~Exists(stopped),
        greets=True,
        client__closed_at=None,
    )
    signed = dict(_last_signatures().filter(campaign__greets=True).values_list("campaign", "expires_at"))
    found = []
    for client, campaign in rows.values_list("client", "pk"):
        until = signed.get(campaign)
        if until is None:
            found.append(Reason(client, campaign, OVER, 0))
        elif until <= at + STANDING_AHEAD:
            found.append(Reason(client, campaign, WELCOME_ENDS, 0))
    return found


def _joining_ending() -> list[Reason]:
    """Evergreen campaigns that were not stopped and whose signature runs out."""
    at = db_now()
    stopped = Stop.objects.in_force(at).filter(campaign=OuterRef("campaign"), kind=Stop.Kind.STOP)
    rows = _last_signatures().filter(
        Exists(Launch.objects.filter(campaign=OuterRef("campaign"))),
        ~Exists(stopped),
        expires_at__lte=at + STANDING_AHEAD,
        campaign__joins=True,
        campaign__archived_at=None,
        client__closed_at=None,
    )
    return [
        Reason(client, campaign, JOINING_ENDS, 0)
        for client, campaign in rows.values_list("client", "campaign")
    ]


def _last_signatures() -> QuerySet[Approval]:
    """What holds now over a campaign as it stands: of several signatures the one that holds longest."""
    standing = Approval.objects.in_force(db_now()).filter(campaign__fingerprint=F("fingerprint"))
    longer = standing.filter(campaign=OuterRef("campaign"), expires_at__gt=OuterRef("expires_at"))
    found: QuerySet[Approval] = standing.filter(~Exists(longer))
    return found


def _not_joining() -> list[Reason]:
    """Evergreen campaigns that take in nobody new."""
    rows = stopped_joining(acting_clients()).values_list("client", "campaign", "stopped_joining")
    return [Reason(client, campaign, f"joining_{why}", 0) for client, campaign, why in rows]


def _tell(client_id: int, campaign_id: int, why: list[Reason]) -> int:
    """Written down before the mails leave, so that they leave once; when none is taken it is tried again."""
    with acting_for(client_id):
        rows = [
            Standstill(client_id=client_id, campaign_id=campaign_id, code=each.code, messages=each.messages)
            for each in why
        ]
        Standstill.objects.bulk_create(rows, ignore_conflicts=True)
        letters = _letters(campaign_id, why)
    taken = sum(_sent(letter) for letter in letters)
    with acting_for(client_id):
        mine = Standstill.objects.filter(
            campaign=campaign_id, code__in=[each.code for each in why], ended_at=None
        )
        if taken:
            mine.update(people=taken)
        else:
            mine.delete()
    return taken


def _letters(campaign_id: int, why: list[Reason]) -> list[EmailMessage]:
    campaign = Campaign.objects.select_related("client__agency", "created_by").get(pk=campaign_id)
    client = campaign.client
    theirs = Q(client=client, role=Role.APPROVER) | Q(agency=client.agency_id, role=Role.OWNER)
    people = set(Membership.objects.in_force().filter(theirs).values_list("user__email", flat=True))
    if campaign.created_by is not None:
        people.add(campaign.created_by.email)
    to = willing(MailChoice.Kind.STANDSTILL, sorted(people))
    context = {
        "client": client,
        "campaign": campaign,
        "stands": any(each.code not in (ENDS, WELCOME_ENDS, JOINING_ENDS) for each in why),
        "reasons": sentences(campaign_id, why),
        "page": settings.PUBLIC_URL + reverse("approval_status", args=[client.slug, campaign.pk]),
    }
    subject, _, body = render_to_string("emails/standstill.txt", context).partition("\n")
    return [EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[each]) for each in to]


def _sent(letter: EmailMessage) -> bool:
    try:
        return bool(letter.send())
    except Exception:
        log.warning("a mail about a standstill was not taken", exc_info=True)
        return False
