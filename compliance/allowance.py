"""What a number is allowed now: its registration in force, and what was sent of its day. For workers, estimates and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from compliance.models import Bucket, SentSegments, SmsRegistration
from compliance.pace import LONGEST_TEXT, opens_again, paid


@dataclass(frozen=True)
class Allowance:
    """Of one number at an instant."""

    registration: SmsRegistration
    paid_until: datetime | None
    sent: list[tuple[datetime, int]] = field(default_factory=list)  # segments of the last day, by minute

    @property
    def room(self) -> int | None:
        """Segments left of the day; None: no limit."""
        limit = self.registration.a_day
        return None if limit is None else max(0, limit - sum(segments for _, segments in self.sent))

    @property
    def used_up(self) -> bool:
        """As the gate has it (check `daily_limit`)."""
        return self.room is not None and self.room < LONGEST_TEXT

    def again(self, at: datetime) -> datetime | None:
        """When a used-up day opens; None while it is open."""
        return opens_again(self.registration.a_day or 0, self.sent, at) if self.used_up else None

    def at_once(self, at: datetime) -> int:
        """Segments that may leave at `at` by the rate, in texts of one."""
        return paid(self.paid_until, at, self.registration.a_second, [1] * 1000)[0]


def registrations_of(client_id: int, sender_ids: Iterable[int], at: datetime) -> dict[int, SmsRegistration]:
    """The newest registration in order of each number; a number without one is refused by the gate. One query."""
    rows = SmsRegistration.objects.good(at).filter(client=client_id, sender__in=list(sender_ids))
    return {row.sender_id: row for row in rows.order_by("sender", "-checked_at", "-pk").distinct("sender")}


def allowances(client_id: int, sender_ids: Iterable[int], at: datetime) -> dict[int, Allowance]:
    """By number, for those with a registration in order: three queries, inside the client's scope."""
    found = registrations_of(client_id, sender_ids, at)
    if not found:
        return {}
    paid_until = dict(
        Bucket.objects.filter(client=client_id, key__in={row.rate_key for row in found.values()}).values_list(
            "key", "paid_until"
        )
    )
    sent = sent_of(client_id, {row.day_key for row in found.values() if row.a_day is not None}, at)
    return {
        sender: Allowance(row, paid_until.get(row.rate_key), sent.get(row.day_key, []) if row.a_day else [])
        for sender, row in found.items()
    }


def sent_of(client_id: int, day_keys: Iterable[str], at: datetime) -> dict[str, list[tuple[datetime, int]]]:
    """By key: what counts of the day that ends at `at`, by minute."""
    by_key: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    rows = SentSegments.objects.of_day(at).filter(client=client_id, key__in=list(day_keys))
    for key, minute, segments in rows.order_by("minute").values_list("key", "minute", "segments"):
        by_key[key].append((minute, segments))
    return by_key
