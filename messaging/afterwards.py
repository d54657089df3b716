"""What people did after a message of a campaign: opted out, answered. One rule each, for the live page, the list of people,
the reports and the two wordings.

- **Opted out**: an address said no, to everything or to one purpose, within thirty days of the newest message that the campaign
  handed over to it before: as long as the way out in a mail must work. Told by whomever; a bounce, a complaint, an imported
  list and a legal hold are no wish of the person, as the breakers have it. It counts after that one message.
- **Answered**: somebody wrote back in words of their own. Words that stop, start or ask for help are commands, not answers. The
  database keeps which those are (`messaging.models.Answered`), so none of them is looked for among a million messages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Min, QuerySet

from campaigns.models import Campaign, Launch
from messaging.breakers.counting import NOT_AN_OPT_OUT
from messaging.models import Answered, Message, Tally

AFTER = timedelta(days=30)
A_QUARTER = timedelta(minutes=15)

# Begins with the opt-outs, which are few, and asks of each address once.
NOES = """
SELECT n.client_id, n.since, n.enforced_at, n.everything, (n.since AT TIME ZONE c.time_zone)::date, m.id, m.step_id, m.wording, m.contact_id
FROM (
    SELECT client_id, address_id, since, enforced_at, true AS everything FROM consent_suppression
    WHERE client_id = ANY(%(clients)s) AND since >= %(begins)s AND since < %(over)s AND source <> ALL(%(no_wish)s)
    UNION ALL
    SELECT client_id, address_id, since, NULL, false FROM consent_purposeoptout
    WHERE client_id = ANY(%(clients)s) AND since >= %(begins)s AND since < %(over)s
) AS n
JOIN tenants_client AS c ON c.id = n.client_id
CROSS JOIN LATERAL (
    SELECT id, step_id, wording, contact_id FROM (
        SELECT id, step_id, wording, contact_id, campaign_id, claimed_at FROM messaging_message
        WHERE client_id = n.client_id AND address_id = n.address_id
            AND claimed_at <= n.since AND claimed_at >= n.since - %(after)s
        OFFSET 0  -- the address's few messages first, never everybody's by the index of times
    ) AS theirs
    WHERE {of}
    ORDER BY claimed_at DESC, id DESC LIMIT 1
) AS m
"""
# Opt-outs in force after which a hand-over of the campaign to that address began, asked of each address by the index.
TOO_LATE = """
SELECT count(*) FROM consent_suppression AS n
WHERE n.client_id = %(client)s AND n.enforced_at IS NOT NULL AND n.ended_at IS NULL AND EXISTS (
    SELECT 1 FROM (
        SELECT campaign_id FROM messaging_message
        WHERE client_id = n.client_id AND address_id = n.address_id AND claimed_at > n.enforced_at
        OFFSET 0
    ) AS theirs WHERE campaign_id = %(campaign)s
)
"""
OF_ONE, OF_ANY = (NOES.format(of=of) for of in ("campaign_id = %(campaign)s", "campaign_id IS NOT NULL"))
LEFT = f"SELECT step_id, count(DISTINCT id) FROM ({OF_ONE}) AS noes GROUP BY step_id"  # noqa: S608 - ours


@dataclass(frozen=True)
class No:
    """One opt-out and the message it came after."""

    client: int
    since: datetime
    enforced_at: datetime | None
    everything: bool  # or one purpose
    day: date  # by the client's own clock
    message: int
    step: int
    wording: str
    contact: int


def noes_to(campaign: Campaign) -> list[No]:
    """Who opted out after a message of this campaign since its launch, inside its client's scope: three queries."""
    given = _given(campaign)
    return [No(*row) for row in _rows(OF_ONE, given)] if given else []


def left_by_step(campaign: Campaign) -> dict[int, int]:
    """After how many messages of each step that was, counted by the database: of a large campaign they are tens of thousands."""
    given = _given(campaign)
    return dict(_rows(LEFT, given)) if given else {}


def too_late(campaign: Campaign) -> int:
    """To how many addresses a hand-over began although an opt-out held: none, or something is wrong."""
    ((number,),) = _rows(TOO_LATE, {"client": campaign.client_id, "campaign": campaign.pk})
    return int(number)


def noes_to_any(client_ids: Collection[int], begins: datetime, over: datetime) -> list[No]:
    """The same of whatever campaigns, each opt-out after the newest message of any, between two instants: one query."""
    return [No(*row) for row in _rows(OF_ANY, _between(client_ids, begins, over))]


def _given(campaign: Campaign) -> dict[str, Any]:
    """What is asked of this campaign's opt-outs; empty while nothing of it was handed over."""
    launched = Launch.objects.filter(campaign=campaign).aggregate(first=Min("at"))["first"]
    last = Tally.objects.filter(campaign=campaign.pk).aggregate(quarter=Max("quarter"))["quarter"]
    if launched is None or last is None:
        return {}
    over = last + A_QUARTER + AFTER  # nothing is counted of those who left later
    return _between([campaign.client_id], launched, over) | {"campaign": campaign.pk}


def _between(client_ids: Collection[int], begins: datetime, over: datetime) -> dict[str, Any]:
    return {
        "clients": list(client_ids), "begins": begins, "over": over, "after": AFTER,
        "no_wish": [each.value for each in NOT_AN_OPT_OUT],
    }  # fmt: skip


def _rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def opted_out_messages(campaign: Campaign) -> QuerySet[Message]:
    """The messages after which somebody opted out, from everything or from one purpose."""
    rows: QuerySet[Message] = Message.objects.filter(pk__in={each.message for each in noes_to(campaign)})
    return rows


def replied_messages(campaign: Campaign) -> QuerySet[Message]:
    """Messages of this campaign that somebody answered."""
    rows: QuerySet[Message] = Message.objects.filter(pk__in=answers_to(campaign).values("message"))
    return rows


def answers_to(campaign: Campaign) -> QuerySet[Answered]:
    """What people wrote back to this campaign, each reply a row."""
    rows: QuerySet[Answered] = Answered.objects.filter(campaign=campaign.pk).order_by()
    return rows
