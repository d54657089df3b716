"""Why, of a day: the messages there were for a person then, and the gate as its dated rows stood at the end of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from campaigns.wording import day as written
from consent.models import Contact
from messaging.models import Attempt, Message
from messaging.why_answers import Sentence
from tenants.clock import db_now
from tenants.models import Client

NEWEST = 20  # campaigns a person is asked about at once
# Kept without their history: of a past day they are asked as they are today.
NOT_KNOWN = (
    "Opt-outs, consents, agreements, signatures, stops and contacts before are asked as they stood at that moment. Not kept by day, and so "
    "as they are today: the person’s own data (last visit, segment, site), which addresses they have, and the draft of a campaign."
)


@dataclass(frozen=True)
class Day:
    """A day of the client's, and its two ends; today's is now."""

    day: date
    begins: datetime
    ends: datetime

    @property
    def says(self) -> str:
        return written(self.day)


def day_of(typed: str, client: Client) -> Day | None:
    """The day somebody asks about; None for what is no day, or one that has not begun."""
    try:
        day = date.fromisoformat(typed)
        begins, next_one = (
            datetime.combine(day + timedelta(days=more), time(0), ZoneInfo(client.time_zone))
            for more in (0, 1)
        )
    except (ValueError, OverflowError):
        return None
    now = db_now()
    if day.year < 2000:
        return None
    return Day(day, begins, min(next_one, now)) if begins <= now else None


def messages_of(contact: Contact, on: Day) -> QuerySet[Message]:
    """Those that were planned by the end of the day and not at rest before it began."""
    at_rest = Q(settled_at__isnull=False, settled_at__lt=on.begins)
    rows: QuerySet[Message] = Message.objects.filter(contact=contact, planned_at__lt=on.ends).exclude(at_rest)
    return rows


def sentence(contact: Contact, on: Day) -> Sentence:
    """Whether they were contacted that day."""
    name = contact.name or "This person"
    left = times(contact, on)
    if left:
        return Sentence(
            "clear", f"{name} was contacted on {on.says}: {left} message{'s' if left > 1 else ''} left."
        )
    there = messages_of(contact, on).count()
    if there:
        many = f"{there} messages were" if there > 1 else "one message was"
        return Sentence(
            "held",
            f"{name} was not contacted on {on.says}: {many} planned for them by then, and none left that day.",
        )
    return Sentence("held", f"{name} was not contacted on {on.says}: no message existed for them then.")


def times(contact: Contact, on: Day) -> int:
    """How many messages left for the person that day."""
    tried = Attempt.objects.filter(
        message__contact=contact, claimed_at__gte=on.begins, claimed_at__lt=on.ends
    )
    return int(tried.exclude(outcome=Attempt.Outcome.NOT_SENT).count())


def without(contact: Contact, on: Day | None = None) -> list[Campaign]:
    """The newest campaigns that planned nothing for this person: those there are, or those there were by the end of a day."""
    theirs = Message.objects.filter(contact=contact, campaign__isnull=False).values("campaign")
    rows = Campaign.objects.filter(client=contact.client_id).exclude(pk__in=theirs).select_related("client")
    rows = rows.filter(created_at__lt=on.ends) if on else rows.filter(archived_at=None)
    return list(rows.order_by("-pk")[:NEWEST])
