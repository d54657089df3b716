"""Every figure of a campaign's report counted again by plain loops over the rows."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Booking, Campaign
from consent.models import PurposeOptOut, Suppression
from messaging.models import Inbound, Message
from tenants.clock import db_now
from tenants.models import Client
from tests.messaging.reports.chances import DAY, NO_WISH
from tests.messaging.reports.counted import window_of

HANDED = ("handing", "accepted", "refused", "unknown", "unresolved")
PAID = ("accepted", "unknown", "unresolved")
MAIL_DOLLARS, SEGMENT_DOLLARS = Decimal("0.0009"), Decimal("0.0125")


class Recount:
    """The rows of a client, and every figure of one campaign's report from them, by nothing that the report uses."""

    def __init__(self, of: Client, made: Campaign) -> None:
        self.zone, self.made, self.at = ZoneInfo(of.time_zone), made, db_now()
        self.everything = list(Message.objects.order_by("pk"))
        self.rows = [row for row in self.everything if row.campaign_id == made.pk]
        self.lengths = dict(Campaign.objects.values_list("pk", "counts_for"))
        self.bookings = [
            each for each in Booking.objects.all() if each.ended_at is None and each.status != "cancelled"
        ]
        self.suppressions = list(Suppression.objects.all())
        self.narrow = list(PurposeOptOut.objects.all())
        self.replies = list(Inbound.objects.all())

    def sent(self) -> tuple[int, int, int, Decimal]:
        texts = [row for row in self.rows if row.status in PAID and row.channel == "sms"]
        mails = [row for row in self.rows if row.status in PAID and row.channel == "email"]
        segments = sum(row.segments for row in texts)
        return len(texts), segments, len(mails), segments * SEGMENT_DOLLARS + len(mails) * MAIL_DOLLARS

    def kinds(self) -> Counter[str]:
        """How many of each status and delivery, as the live page names them."""
        found = Counter(row.status for row in self.rows)
        found["waiting"] = sum(row.status == "queued" and bool(row.failed) for row in self.rows)
        deliveries = Counter(row.delivery for row in self.rows)
        found["delivered"] = deliveries["delivered"] + deliveries["complained"]
        return found + Counter({name: deliveries[name] for name in ("failed", "bounced", "complained")})

    def holds(self) -> Counter[str]:
        held = [row.failed for row in self.rows if row.status == "held"]
        return Counter("opted_out" if "opted_out" in failed else failed[0] for failed in held)

    def answered(self) -> list[Message]:
        ids = {each.message_id for each in self.replies if each.label in ("unsure", "other")}
        return [row for row in self.rows if row.pk in ids]

    def opted_out(self) -> list[Message]:
        wishes = [each for each in self.suppressions if each.source not in NO_WISH]
        noes = [(each.address_id, each.since) for each in wishes]
        noes += [(each.address_id, each.since) for each in self.narrow]
        found = [self._before(*each) for each in noes]
        return [row for row in self.rows if row in found]

    def spans(self) -> tuple[list[timedelta], int]:
        """From a no to its being in force, in order; and how many are not yet."""
        counted = [
            each for each in self.suppressions if each.source not in NO_WISH and self._before(each.address_id, each.since)
        ]  # fmt: skip
        there = sorted(each.enforced_at - each.since for each in counted if each.enforced_at)
        return there, len(counted) - len(there)

    def too_late(self) -> int:
        return sum(
            any(row.address_id == each.address_id and row.claimed_at and row.claimed_at > each.enforced_at for row in self.rows)
            for each in self.suppressions
            if each.enforced_at and each.ended_at is None
        )  # fmt: skip

    def written(self) -> dict[str, int]:
        return self._group(self._entries(self.made.pk), credits_too=True)

    def held_out(self) -> dict[str, int]:
        out = [row for row in self.rows if row.status == "held" and row.failed == ["held_out"]]
        return self._group(_first((row.contact_id, row.settled_at) for row in out))

    def of_wording(self, step: int, letter: str) -> dict[str, int]:
        read = [
            row for row in self.rows if row.step_id == step and row.wording == letter and row.status in HANDED
        ]
        return self._group(_first((row.contact_id, row.claimed_at) for row in read))

    def _entries(self, campaign: int) -> dict[int, datetime]:
        theirs = [row for row in self.everything if row.campaign_id == campaign and row.status in HANDED]
        return _first((row.contact_id, row.claimed_at) for row in theirs)

    def _before(self, address: int, since: datetime) -> Message | None:
        """The campaign's newest message to the address before, if it is at most thirty days old."""
        found = None
        for row in self.rows:
            if row.address_id == address and row.claimed_at and since - 30 * DAY <= row.claimed_at <= since:
                found = row if found is None or row.claimed_at >= found.claimed_at else found
        return found

    def _group(self, entries: dict[int, datetime], credits_too: bool = False) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for contact, first in entries.items():
            ends = window_of(first, self.made.counts_for, self.zone)
            theirs = [
                each
                for each in self.bookings
                if each.contact_id == contact and first <= each.booked_at < ends
            ]
            counts.update(people=1, open=ends > self.at, booked=bool(theirs), bookings=len(theirs))
            for each in theirs:
                kept = each.status == "kept"
                worth = (each.cents or 0) if kept else 0
                counts.update(
                    kept=kept,
                    missed=each.status == "no_show",
                    cents=worth,
                    unpriced=kept and each.cents is None,
                )
                if credits_too and self._owner(each) == self.made.pk:
                    counts.update(credited=1, credited_kept=kept, credited_cents=worth)
        return dict(+counts)

    def _owner(self, booking: Booking) -> int | None:
        """The campaign of the newest message before the booking, of those in whose window it lies."""
        newest: dict[int, tuple[datetime, int]] = {}
        for row in self.everything:
            if (
                row.contact_id == booking.contact_id
                and row.status in HANDED
                and row.claimed_at <= booking.booked_at
            ):
                newest[row.campaign_id] = max(
                    newest.get(row.campaign_id, (row.claimed_at, row.pk)), (row.claimed_at, row.pk)
                )
        counts = {
            when: campaign
            for campaign, when in newest.items()
            if booking.booked_at
            < window_of(self._entries(campaign)[booking.contact_id], self.lengths[campaign], self.zone)
        }
        return counts[max(counts)] if counts else None


def _first(moments: Any) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for contact, at in moments:
        found[contact] = min(at, found.get(contact, at))
    return found


def contacts_of(rows: list[Message]) -> int:
    """People behind these messages."""
    return len({row.contact_id for row in rows})
