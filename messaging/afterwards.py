"""What people did after a message of a campaign: opted out, answered. One rule each, for the live page, the list of people,
the report and its two wordings.

- **Opted out**: an address said no, to everything or to one purpose, within thirty days of the newest message that the campaign
  handed over to it before: as long as the way out in a mail must work. Told by whomever; a bounce, a complaint, an imported
  list and a legal hold are no wish of the person, as the breakers have it. It counts after that one message.
- **Answered**: somebody wrote back in words of their own. Words that stop, start or ask for help are commands, not answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from campaigns.models import Campaign, Launch
from consent.models import PurposeOptOut, Suppression
from messaging.breakers.counting import NOT_AN_OPT_OUT
from messaging.models import Inbound, Message

AFTER = timedelta(days=30)
ANSWERS = (Inbound.Label.UNSURE, Inbound.Label.OTHER)


def said_no(campaign: Campaign) -> QuerySet[Any]:
    """The opt-outs from everything that count, each with the message it came after (`sent`)."""
    return _after_campaign(campaign, Suppression.objects.exclude(source__in=NOT_AN_OPT_OUT))


def opted_out_messages(campaign: Campaign) -> QuerySet[Message]:
    """The messages after which somebody opted out, from everything or from one purpose."""
    return _messages(said_no(campaign), _after_campaign(campaign, PurposeOptOut.objects.all()))


def opted_out_of_any(chosen: Callable[[QuerySet[Any]], QuerySet[Any]]) -> QuerySet[Message]:
    """The same of whatever campaigns, each opt-out after the newest message of any, of the opt-outs that `chosen` leaves."""
    any_campaign = Q(campaign__isnull=False)
    everything = chosen(Suppression.objects.exclude(source__in=NOT_AN_OPT_OUT))
    return _messages(
        _after(any_campaign, everything), _after(any_campaign, chosen(PurposeOptOut.objects.all()))
    )


def replied_messages(campaign: Campaign) -> QuerySet[Message]:
    """Messages of this campaign that somebody answered."""
    answers = Inbound.objects.filter(message__campaign=campaign, label__in=ANSWERS)
    rows: QuerySet[Message] = Message.objects.filter(pk__in=answers.values("message"))
    return rows


def _messages(*opt_outs: QuerySet[Any]) -> QuerySet[Message]:
    first, *others = (rows.order_by().values("sent") for rows in opt_outs)
    rows: QuerySet[Message] = Message.objects.filter(pk__in=first.union(*others))
    return rows


def _after_campaign(campaign: Campaign, rows: QuerySet[Any]) -> QuerySet[Any]:
    first = Launch.objects.filter(campaign=campaign).order_by("at").values("at")[:1]
    there = rows.filter(client=campaign.client_id, since__gte=Subquery(first))
    return _after(Q(campaign=campaign), there)


def _after(sent_by: Q, rows: QuerySet[Any]) -> QuerySet[Any]:
    before = Message.objects.filter(
        sent_by,
        client=OuterRef("client"),
        address=OuterRef("address"),
        claimed_at__lte=OuterRef("since"),
        claimed_at__gte=OuterRef("since") - AFTER,
    )
    last = Subquery(before.order_by("-claimed_at", "-pk").values("pk")[:1])
    found: QuerySet[Any] = rows.annotate(sent=last).filter(sent__isnull=False)
    return found
