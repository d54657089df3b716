"""What a provider knows and a restored record has forgotten: what people wrote, whom it writes to no more, what was handed over.

May be done again after any crash: a reply, an opt-out and a text that was found are each taken once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Least

from consent.models import ContactPoint, Suppression, Touch
from consent.suppressing import Wish, suppress_many
from messaging.canaries import to_ourselves
from messaging.models import Attempt, Message, Recovered, Status
from messaging.models.message import BEFORE_RESTORE
from messaging.polling import numbers_of
from messaging.providers import provider_for
from messaging.providers.base import Listed, NotOffered, Provider
from messaging.providers.hooks import Shunned
from messaging.replying import take_reply
from messaging.telling import addresses_of
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Channel, ProviderAccount, Purpose
from tenants.scope import acting_for

# A provider's times are whole seconds of its own clock: what was sent at once is dated before it was due.
AFTER = timedelta(minutes=5)
A_DAY = timedelta(days=1)
AT_ONCE = 5_000
# What a text that was found may be: waiting again, or under way when the backup was made.
MAY_BE = (Status.QUEUED, Status.HANDING, Status.UNKNOWN, Status.UNRESOLVED)
Row = TypeVar("Row")


class Waiting(NamedTuple):
    """A message that a text may have been."""

    pk: int
    status: str
    address_id: int
    household: int
    purpose: str
    was_due: datetime
    written_since: bool  # after the restore, and due: of a campaign that people join by themselves


def recover(account: ProviderAccount, since: datetime) -> None:
    """Ask one account for everything since then and write it. Opens its own scopes. Raises NotConnected."""
    client_id, hands = account.client_id, provider_for(account)
    with acting_for(client_id):
        numbers = numbers_of([account]).get(account.provider, [])
    with suppress(NotOffered):
        shunned = hands.shunned(since)
        for part in _parts(shunned):
            with acting_for(client_id):
                _stay_away(client_id, hands.channel, part)
    if numbers:
        with suppress(NotOffered):
            _ask_about_texts(client_id, hands, numbers, since)


def _ask_about_texts(client_id: int, hands: Provider, numbers: list[str], since: datetime) -> None:
    answers = hands.replies(numbers, since)
    with acting_for(client_id):
        at = db_now()
        for answer in answers:
            take_reply(client_id, answer, at)
    day = since
    while day < at + A_DAY:  # a day at a time: a large number sends hundreds of thousands
        sent = hands.listed(numbers, day, day + A_DAY)
        for part in _parts(sorted(sent, key=lambda each: each.at)):
            with acting_for(client_id):
                _believe(client_id, part, since)
        day += A_DAY


def _parts(rows: list[Row]) -> list[list[Row]]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


def _stay_away(client_id: int, channel: str, shunned: list[Shunned]) -> None:
    """The provider's lists become ours. Whom it refuses because we told it so has our own no already."""
    ids = addresses_of(channel, {each.address for each in shunned})
    out = set(
        Suppression.objects.in_force(db_now())
        .filter(address__in=set(ids.values()))
        .values_list("address", flat=True)
    )
    wishes = {
        Wish(ids[each.address], channel, each.source)
        for each in shunned
        if each.source != Suppression.Source.PROVIDER or ids[each.address] not in out
    }
    if wishes:
        suppress_many(client_id, wishes)


def _believe(client_id: int, sent: list[Listed], since: datetime) -> None:
    """What the provider sent and we have forgotten is not sent again: for each text, earliest first, the message to that person
    that was due first ends. It counts for how often the person is written to, whether a message was waiting for it or not."""
    ids = [each.provider_id for each in sent]
    known = {
        *Attempt.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
        *Recovered.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True),
    }
    forgotten = {
        each.provider_id: each
        for each in sent
        if each.provider_id not in known and not to_ourselves(each.text)
    }
    if not forgotten:
        return
    addresses = addresses_of(Channel.SMS, {each.to for each in forgotten.values()})
    waiting = _waiting(set(addresses.values()), since)
    ended: dict[str, Waiting | None] = {}
    for provider_id, text in forgotten.items():
        message = _taken(waiting[addresses[text.to]], text.at)
        # One that was under way has an attempt of its own, which is asked about by its words.
        if message is None or message.status == Status.QUEUED:
            ended[provider_id] = message
    Message.objects.filter(pk__in=[each.pk for each in ended.values() if each], status=Status.QUEUED).update(
        status=Status.CANCELLED, settled_at=db_now(), delivery_code=BEFORE_RESTORE
    )
    _touch(
        client_id,
        [(addresses[forgotten[each].to], forgotten[each], message) for each, message in ended.items()],
    )
    Recovered.objects.bulk_create(
        [
            Recovered(
                client_id=client_id,
                provider_id=each,
                message_id=message.pk if message else None,
                sent_at=forgotten[each].at,
            )
            for each, message in ended.items()
        ]
    )
    audit(
        "messages.found_at_provider",
        client_id=client_id,
        found=len(ended),
        ended=sum(each is not None for each in ended.values()),
    )


def _taken(waiting: deque[Waiting], at: datetime) -> Waiting | None:
    """The first that was due by then; else one that was written since, whose person may have joined the same campaign before."""
    for each in waiting:
        if each.was_due <= at + AFTER or each.written_since:
            waiting.remove(each)
            return each
    return None


def _waiting(addresses: set[int], since: datetime) -> defaultdict[int, deque[Waiting]]:
    """By address, what a text to it may have been, due first first. What was judged had been due by then, wherever it was put off to."""
    written_since = ExpressionWrapper(
        Q(planned_at__gt=since, due_at__lte=db_now()), output_field=BooleanField()
    )
    rows = (
        Message.objects.filter(status__in=MAY_BE, channel=Channel.SMS, address__in=addresses)
        .annotate(was_due=Least(F("due_at"), F("judged_at")), written_since=written_since)
        .select_for_update(of=("self",))
        .order_by("was_due", "pk")
        .values_list(*Waiting._fields)
    )
    found: defaultdict[int, deque[Waiting]] = defaultdict(deque)
    for row in rows:
        message = Waiting(*row)
        found[message.address_id].append(message)
    return found


def _touch(client_id: int, found: list[tuple[int, Listed, Waiting | None]]) -> None:
    households = dict(
        ContactPoint.objects.filter(address__in={address for address, _, _ in found}).values_list(
            "address", "contact__household"
        )
    )
    Touch.objects.bulk_create(
        [
            Touch(
                client_id=client_id, address_id=address, household=message.household if message else households.get(address, 0),
                channel=Channel.SMS, purpose=message.purpose if message else Purpose.MARKETING, at=text.at,
                message_id=message.pk if message else 0,
            )
            for address, text, message in found
        ]
    )  # fmt: skip
