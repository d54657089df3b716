"""Throwing away what is older than its time: for each client and kind, never what a hold covers, with a certificate."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import QuerySet

from messaging.evidence import erase_list
from messaging.evidence.certifying import certify
from messaging.evidence.holding import held, whole_client_held
from messaging.models import (
    Answer,
    Attempt,
    Certificate,
    Inbound,
    Kind,
    Message,
    Picture,
    RetentionRule,
    Status,
)
from tenants import audit
from tenants.clock import db_now
from tenants.models import Client, User
from tenants.scope import acting_for

log = logging.getLogger(__name__)
AT_MOST = 3650


@dataclass(frozen=True)
class Time:
    """How long a kind is kept, in days: unless said otherwise, and at the least."""

    default: int
    least: int
    why: str


TIMES = {
    # Within a month the provider may still tell what became of a message.
    Kind.WORDS: Time(90, 30, "Their fingerprint stays and proves what was sent."),
    # 28 USC 1658(a): suits under 47 USC 227 come within four years.
    Kind.REPLIES: Time(2190, 1461, "What the reply was taken for stays, and so does an opt-out."),
    # A provider repeats a delivery for three days at the most.
    Kind.HOOKS: Time(
        30, 7, "What they told (events, replies, opt-outs) stays. One that was not read yet stays, too."
    ),
    Kind.LISTS: Time(
        30, 7, "A list that was read is deleted at once. Line, outcome and reason of a report stay."
    ),
    Kind.TOLD: Time(30, 7, "They hold numbers of ours and no words. One that is still tried stays."),
}


class WrongTime(ValueError):
    """A time that the law or sense does not allow; the message is a sentence."""


def days_of(client_id: int) -> dict[Kind, int]:
    """How long each kind of a client's data is kept, in its scope."""
    own = dict(RetentionRule.objects.filter(client=client_id).values_list("kind", "days"))
    return {kind: own.get(kind, time.default) for kind, time in TIMES.items()}


def told(client_id: int) -> list[str]:
    """The same in sentences, for the data-handling plan."""
    return [f"{kind.label} are thrown away after {days:,} days." for kind, days in days_of(client_id).items()]


def set_days(client: Client, kind: Kind, days: int, by: User) -> None:
    """Keep one kind so long from now on. Raises WrongTime."""
    least = TIMES[kind].least
    if not least <= days <= AT_MOST:
        raise WrongTime(f"{kind.label}: keep them at least {least} days and at most {AT_MOST:,}.")
    was = days_of(client.pk)[kind]
    RetentionRule.objects.update_or_create(
        client=client, kind=kind, defaults={"days": days, "set_by": by, "set_at": db_now()}
    )
    audit.record("retention.set", client, client_id=client.pk, by=by, kind=kind.value, was=was, days=days)


def purge(client_id: int) -> list[Certificate]:
    """Throw away words that are too old, inside the client's scope; a certificate for each kind of which there was some. What only
    carried them goes by rounds of its own (messaging.retention)."""
    if whole_client_held(client_id):
        return []
    made, days = [], days_of(client_id)
    for kind, sweep in ((Kind.WORDS, _words), (Kind.REPLIES, _replies)):
        before = db_now() - timedelta(days=days[kind])
        if gone := sweep(client_id, before):
            made.append(certify(client_id, kind, {"rows": gone}, before=before))
    return made


def _words(client_id: int, before: datetime) -> int:
    settled: QuerySet[Message] = Message.objects.filter(client=client_id, claimed_at__lt=before).exclude(
        status__in=[Status.HANDING, Status.UNKNOWN, Status.UNRESOLVED]
    )
    old = settled.exclude(held("contact", "campaign"))
    Answer.objects.filter(message__in=old.values("pk"), emptied_at=None).update(words="", emptied_at=db_now())
    rows = Attempt.objects.filter(message__in=old.values("pk"), emptied_at=None)
    return int(rows.update(content="", emptied_at=db_now()))


def _replies(client_id: int, before: datetime) -> int:
    rows = Inbound.objects.filter(client=client_id, received_at__lt=before, emptied_at=None)
    kept = rows.filter(held("contact", "message__campaign")).values("pk")
    old = rows.exclude(pk__in=kept)
    Picture.objects.filter(reply__in=old.values("pk"), emptied_at=None).update(file="", emptied_at=db_now())
    return int(old.update(value="", body="", body_words=[], emptied_at=db_now()))


@shared_task
def purge_all() -> int:
    """The daily round over every client; returns how many certificates were written."""
    made = 0
    for client_id in Client.objects.order_by("pk").values_list("pk", flat=True):
        try:
            with acting_for(client_id):
                made += len(purge(client_id))
        except Exception:
            log.exception("data not purged", extra={"client": client_id})
    erase_list.complete()
    return made
