"""The counters that the database keeps with messages and replies, beside plain loops over the rows."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from messaging.models import Answered, Entry, EntryTally, Inbound, Message, Tally
from tenants.models import Client
from tenants.scope import acting_for
from tests.messaging.reports.recount import HANDED

Name = tuple[int, int, str, int]  # of a count: campaign, step, wording, month


def same_as_recounted(of: Client) -> None:
    """How many messages of each kind, who entered which count when, and who answered what: by the counters and by the rows."""
    with acting_for(of.pk):
        messages = list(Message.objects.order_by("pk"))
        _messages_are_the_same(messages)
        _people_are_the_same(messages, ZoneInfo(Client.objects.get(pk=of.pk).time_zone))
        _answers_are_the_same(messages)


def _messages_are_the_same(messages: list[Message]) -> None:
    kept: Counter[tuple[object, ...]] = Counter()
    for row in Tally.objects.all():
        kind = (row.campaign, row.step, row.channel, row.provider, row.status, row.delivery, *row.failed)
        kept[*kind, row.quarter, "messages"] += row.number
        kept[*kind, row.quarter, "segments"] += row.segments
    there: Counter[tuple[object, ...]] = Counter()
    for one in messages:
        at = one.claimed_at and quarter_of(one.claimed_at)
        kind = (one.campaign_id, one.step_id, one.channel, one.provider, one.status, one.delivery, *one.failed)  # fmt: skip
        there[*kind, at, "messages"] += 1
        there[*kind, at, "segments"] += one.segments
    assert something(kept) == something(there)


def _people_are_the_same(messages: list[Message], zone: ZoneInfo) -> None:
    moments: dict[tuple[int, Name], list[tuple[bool, datetime]]] = {}
    for one in messages:
        for name, held, at in _moments(one, zone):
            moments.setdefault((one.contact_id, name), []).append((held, at))
    entered = {pair: min(each) for pair, each in moments.items()}  # a hand-over comes before being held out
    rows = Entry.objects.values_list("contact", "campaign", "step", "wording", "month", "held", "at")
    assert {(contact, tuple(name)): (held, at) for contact, *name, held, at in rows} == entered
    kept: Counter[tuple[object, ...]] = Counter()
    for row in EntryTally.objects.all():
        kept[(row.campaign, row.step, row.wording, row.month), row.held, row.quarter] += row.number
    there = Counter((name, held, quarter_of(at)) for (_, name), (held, at) in entered.items())
    assert something(kept) == there


def _moments(one: Message, zone: ZoneInfo) -> list[tuple[Name, bool, datetime]]:
    if one.campaign_id is None:
        return []
    whole = (one.campaign_id, 0, "", 0)
    if one.status == "held" and one.failed == ["held_out"] and one.settled_at:
        return [(whole, True, one.settled_at)]
    if one.status not in HANDED or one.claimed_at is None:
        return []
    here = one.claimed_at.astimezone(zone)
    names: list[Name] = [whole, (0, 0, "", here.year * 100 + here.month)]
    if one.wording in ("a", "b") and one.step_id:
        names.append((one.campaign_id, one.step_id, one.wording, 0))
    return [(name, False, one.claimed_at) for name in names]


def _answers_are_the_same(messages: list[Message]) -> None:
    by_id = {one.pk: one for one in messages if one.campaign_id}
    rows = Answered.objects.values_list("reply", "message", "campaign", "step", "wording", "contact")
    there = [
        (reply.pk, one.pk, one.campaign_id, one.step_id, one.wording, one.contact_id)
        for reply in Inbound.objects.filter(label__in=["unsure", "other"])
        if (one := by_id.get(reply.message_id))
    ]
    assert sorted(rows) == sorted(there)


def something(counts: Counter[tuple[object, ...]]) -> dict[tuple[object, ...], int]:
    """What is not nothing."""
    return {kind: number for kind, number in counts.items() if number}


def quarter_of(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
