"""Consent at a glance: may these people be reached, as far as consent, opt-outs and pauses go.

A few queries for any number of people. What may really be sent now is the gate's answer alone (compliance).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from consent.models import (
    AddressPause,
    ConsentRecord,
    Contact,
    ContactPoint,
    Pause,
    Suppression,
    Tier,
    UnsafeMark,
)
from consent.models.suppression import LIFTED_BY_START
from tenants.clock import db_now
from tenants.models import Channel

STAYS = {
    Suppression.Source.LEGAL,
    Suppression.Source.WRONG_NUMBER,
    Suppression.Source.COMPLAINT,
    Suppression.Source.HARD_BOUNCE,
}
STRENGTH = {"number_given": 1, "verbal": 2, "written": 3}


@dataclass
class Reach:
    """One person: points and opt-outs in force, and the answer for each channel with its sentence."""

    points: list[ContactPoint] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)
    pauses: list[Pause | AddressPause] = field(default_factory=list)
    marks: list[tuple[str, str, str]] = field(
        default_factory=list
    )  # channel, answer ("" = no address), sentence

    @property
    def opted_out(self) -> bool:
        return bool(self.suppressions)


def reach_of(contacts: Sequence[Contact], at: datetime | None = None) -> dict[int, Reach]:
    """By contact id. `at`: the instant that counts (default: now, by the database)."""
    at = at or db_now()
    ids = [contact.pk for contact in contacts]
    found: dict[int, Reach] = defaultdict(Reach)
    for point in ContactPoint.objects.in_force(at).filter(contact__in=ids).order_by("id"):
        found[point.contact_id].points.append(point)
    addresses = {point.address_id for reach in found.values() for point in reach.points}
    # What is encrypted and not shown is not fetched: decrypting is most of a list's cost.
    out = (
        Suppression.objects.in_force(at).filter(address__in=addresses).select_related("client").defer("note")
    )
    suppressed = _by(out.order_by("since"), "address_id")
    unsafe = _by(UnsafeMark.objects.in_force(at).filter(address__in=addresses), "address_id")
    # A consent counts for the address it was given for; and by that it is indexed.
    given = (
        ConsentRecord.objects.in_force(at)
        .filter(contact__in=ids, address__in=addresses)
        .defer("evidence", "wording")
    )
    consents = _by(given, "contact_id")
    for pause in Pause.objects.in_force(at).filter(contact__in=ids).order_by("since"):
        found[pause.contact_id].pauses.append(pause)
    paused = _by(AddressPause.objects.in_force(at).filter(address__in=addresses), "address_id")
    for ident in ids:
        reach = found[ident]
        for point in reach.points:
            reach.suppressions += suppressed.get(point.address_id, [])
            said = {pause.reason for pause in reach.pauses}
            reach.pauses += [each for each in paused.get(point.address_id, []) if each.reason not in said]
        reach.marks = [
            (channel, *_mark(channel, reach, suppressed, unsafe, consents.get(ident, [])))
            for channel in (Channel.SMS, Channel.EMAIL)
        ]
    return found


def _mark(
    channel: str,
    reach: Reach,
    suppressed: dict[int, list[Suppression]],
    unsafe: dict[int, list[UnsafeMark]],
    consents: list[ConsentRecord],
) -> tuple[str, str]:
    points = [point for point in reach.points if point.channel == channel]
    if not points:
        return "", "no address"
    open_points = [point for point in points if point.address_id not in suppressed]
    if not open_points:
        return "held", opted_out_sentence(suppressed[points[0].address_id][0])
    if all(point.address_id in unsafe for point in open_points):
        return "held", "unsafe address"
    if reach.pauses:
        return "waiting", f"paused: {reach.pauses[0].reason}"
    if channel == Channel.EMAIL:
        return "clear", "not opted out; mail needs no consent on record"
    usable = {point.address_id for point in open_points if point.address_id not in unsafe}
    given = [each for each in consents if each.address_id in usable]
    if not given:
        return "waiting", "no consent on record"
    best = max(STRENGTH.get(each.tier, 0) for each in given)
    strongest = [each for each in given if STRENGTH.get(each.tier, 0) == best]
    purposes = sorted({each.get_purpose_display().lower() for each in strongest})
    return "clear", f"{tier_words(strongest[0])}, for {', '.join(purposes)}"


def tier_words(record: ConsentRecord) -> str:
    """How strong the proof is, in words that fit the channel."""
    if record.channel == Channel.EMAIL and record.tier == Tier.NUMBER_GIVEN:
        return "Address given to the practice"
    return record.get_tier_display()


def opted_out_sentence(suppression: Suppression) -> str:
    """As in: Opted out of texts on 3 Mar 2026: replied with a stop word. The day is the client's; select it along."""
    what = "texts" if suppression.channel == Channel.SMS else "mail"
    since = suppression.since.astimezone(ZoneInfo(suppression.client.time_zone))
    day = f"{since.day} {since:%b} {since.year}"
    reason = suppression.get_source_display()
    return f"Opted out of {what} on {day}: {reason[0].lower()}{reason[1:]}"


def way_back(suppression: Suppression) -> str:
    """Who can lift this opt-out, if anybody."""
    if suppression.channel == Channel.SMS and suppression.source in LIFTED_BY_START:
        return "Only the person can lift it, by texting START."
    if suppression.source in STAYS:
        return "Nobody can lift it."
    return "Only a fresh yes of the person can lift it; nobody here can."


def _by(rows: Any, name: str) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups
