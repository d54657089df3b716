"""No number goes faster than it is registered for, however many workers there are (rule A2P-VOLUME).

What leaves is paid for in the transaction that claims it, on rows that every other claim waits for; time is the database's.
The rate is a bucket (compliance.pace); the day is what was handed over in the last 24 hours, whatever midnight says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from compliance.allowance import allowances, registrations_of, sent_of
from compliance.models import SentSegments, SmsRegistration
from compliance.models.pace import minute_of
from compliance.pace import paid
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Channel, Sender
from tenants.scope import acting_for

AT_A_TIME = 5_000  # messages put off in one statement
KEPT_DAYS = 3


@dataclass(frozen=True)
class Text:
    """A text that is clear, and would leave now."""

    id: int
    sender_id: int
    segments: int


def admit(client_id: int, texts: Sequence[Text], at: datetime) -> set[int]:
    """The ids of those texts, earliest first, that their numbers' rates and days still hold; what they use is written.

    Inside the claim's transaction: until it ends, every other claim with these numbers waits here.
    """
    registered = registrations_of(client_id, {text.sender_id for text in texts}, at)
    paid_until = _locked(client_id, registered.values())
    sent = sent_of(client_id, {row.day_key for row in registered.values() if row.a_day is not None}, at)
    room = {
        row.day_key: row.a_day - sum(segments for _, segments in sent.get(row.day_key, []))
        for row in registered.values()
        if row.a_day is not None
    }
    sharing: defaultdict[str, list[Text]] = defaultdict(list)
    for text in texts:
        if text.sender_id in registered:
            sharing[registered[text.sender_id].rate_key].append(text)
    admitted: set[int] = set()
    used: defaultdict[str, int] = defaultdict(int)
    for key, waiting in sharing.items():
        within = _within_day(waiting, registered, room)
        rate = min(registered[text.sender_id].a_second for text in waiting)
        number, paid_until[key] = paid(paid_until.get(key), at, rate, [text.segments for text in within])
        admitted |= {text.id for text in within[:number]}
        for text in within[:number]:
            used[registered[text.sender_id].day_key] += text.segments
        for text in within[number:]:  # what the rate keeps back does not use the day
            if (day := registered[text.sender_id].day_key) in room:
                room[day] += text.segments
    _spend(client_id, {key: paid_until[key] for key in sharing}, used, at)
    return admitted


def _within_day(
    texts: Sequence[Text], registered: dict[int, SmsRegistration], room: dict[str, int]
) -> list[Text]:
    """Those the day has room for, in their order; takes the room."""
    within = []
    for text in texts:
        day = registered[text.sender_id].day_key
        if day in room:
            if room[day] < text.segments:
                continue
            room[day] -= text.segments
        within.append(text)
    return within


def _locked(client_id: int, rows: Iterable[SmsRegistration]) -> dict[str, datetime | None]:
    """The buckets of these numbers, theirs alone until the transaction ends; always in the same order."""
    keys = sorted({key for row in rows for key in (row.rate_key, row.day_key)})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_bucket (client_id, key) SELECT %s, k FROM unnest(%s::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING",
            [client_id, keys],
        )
        cursor.execute(
            "SELECT key, paid_until FROM compliance_bucket WHERE client_id = %s AND key = ANY(%s) ORDER BY key FOR UPDATE",
            [client_id, keys],
        )
        return dict(cursor.fetchall())


def _spend(
    client_id: int, paid_until: dict[str, datetime | None], used: dict[str, int], at: datetime
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE compliance_bucket b SET paid_until = p.until FROM unnest(%s::text[], %s::timestamptz[]) AS p(key, until) "
            "WHERE b.client_id = %s AND b.key = p.key",
            [list(paid_until), list(paid_until.values()), client_id],
        )
        cursor.execute(
            "INSERT INTO compliance_sentsegments (client_id, key, minute, segments) "
            "SELECT %s, u.key, %s, u.segments FROM unnest(%s::text[], %s::int[]) AS u(key, segments) "
            "ON CONFLICT (client_id, key, minute) DO UPDATE SET segments = compliance_sentsegments.segments + excluded.segments",
            [client_id, minute_of(at), list(used), list(used.values())],
        )


def give_back(client_id: int, message_ids: Sequence[int]) -> None:
    """Texts that certainly did not leave use nothing of the day. The rate they had is past."""
    texts = Message.objects.filter(pk__in=message_ids, channel=Channel.SMS, claimed_at__isnull=False)
    rows = list(texts.values_list("sender_id", "claimed_at", "segments"))
    registered = registrations_of(client_id, {sender for sender, _, _ in rows}, db_now()) if rows else {}
    less: defaultdict[tuple[str, datetime], int] = defaultdict(int)
    for sender, claimed_at, segments in rows:
        if sender in registered:
            less[registered[sender].day_key, minute_of(claimed_at)] += segments
    if less:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE compliance_sentsegments s SET segments = greatest(0, s.segments - l.segments) "
                "FROM unnest(%s::text[], %s::timestamptz[], %s::int[]) AS l(key, minute, segments) "
                "WHERE s.client_id = %s AND s.key = l.key AND s.minute = l.minute",
                [[key for key, _ in less], [minute for _, minute in less], list(less.values()), client_id],
            )


def day_is_over(client_id: int, message_ids: Sequence[int]) -> None:
    """The carrier says that the brand's day is used up (Twilio 30023): others may send for the same brand, past our counting.

    Inside the client's scope. The day counts as full from now on for 24 hours; it opens as every used-up day does.
    """
    at = db_now()
    senders = set(Message.objects.filter(pk__in=message_ids).values_list("sender_id", flat=True))
    with_a_day = [row for row in registrations_of(client_id, senders, at).values() if row.a_day is not None]
    _locked(client_id, with_a_day)
    sent = sent_of(client_id, {row.day_key for row in with_a_day}, at)
    left = {
        row.day_key: row.a_day - sum(segments for _, segments in sent.get(row.day_key, []))
        for row in with_a_day
        if row.a_day is not None
    }
    _spend(client_id, {}, {key: segments for key, segments in left.items() if segments > 0}, at)


def put_off(client_id: int) -> int:
    """What is due from a number whose day is used up waits, with that reason, until the day opens; returns how many.

    One statement for thousands, as often as there are any; opens its own scopes. The gate would say the same of each.
    """
    with acting_for(client_id):
        at = db_now()
        numbers = Sender.objects.filter(client=client_id, channel=Channel.SMS).values_list("pk", flat=True)
        full = {
            sender: (allowed.again(at), str(allowed.registration.pk))
            for sender, allowed in allowances(client_id, numbers, at).items()
            if allowed.used_up
        }
    moved, at_once = 0, AT_A_TIME if full else 0
    while at_once == AT_A_TIME:
        with acting_for(client_id), connection.cursor() as cursor:
            cursor.execute(
                """
                WITH due AS (
                    SELECT m.id, f.until, f.registration
                    FROM unnest(%(senders)s::bigint[], %(untils)s::timestamptz[], %(registrations)s::text[])
                        AS f(sender, until, registration)
                    CROSS JOIN LATERAL (
                        SELECT id FROM messaging_message WHERE client_id = %(client)s AND sender_id = f.sender AND status = 'queued'
                            AND due_at <= %(at)s AND expires_at > %(at)s
                        ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
                    ) m LIMIT %(most)s
                )
                UPDATE messaging_message m SET due_at = least(due.until, m.expires_at), judged_at = %(at)s,
                    failed = ARRAY['daily_limit'], evidence = jsonb_build_object('daily_limit', jsonb_build_array(due.registration))
                FROM due WHERE m.id = due.id AND m.client_id = %(client)s AND m.status = 'queued'
                """,
                {
                    "senders": list(full), "untils": [until for until, _ in full.values()],
                    "registrations": [registration for _, registration in full.values()], "client": client_id, "at": at,
                    "most": AT_A_TIME,
                },
            )  # fmt: skip
            at_once = cursor.rowcount
            moved += at_once
    return moved


def forget_sent(client_id: int) -> int:
    """Minutes that count for no day any more, inside the client's scope; for the sweep."""
    old = SentSegments.objects.filter(client=client_id, minute__lt=db_now() - timedelta(days=KEPT_DAYS))
    return int(old.delete()[0])
