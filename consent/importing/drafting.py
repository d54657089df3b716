"""What a planned chunk comes to, as lines for staging: no database, so that it is done while the database works."""

from __future__ import annotations

from typing import NamedTuple

from tenants.models import Channel, Purpose

from .people import Person
from .planning import KnownContact, Plan
from .spots import Spot
from .staging import day, flag

# What an imported yes speaks for. It proves little (rules section 9: a number given, at most), so never
# marketing by text. Mail needs no opt-in; the answer is kept for the widest purpose it can be asked for.
YES_MEANS = {
    Channel.SMS.value: (Purpose.CARE.value, Purpose.RECALL.value),
    Channel.EMAIL.value: (Purpose.MARKETING.value,),
}


class Points(NamedTuple):
    """The addresses that become people's, as lines for staging."""

    lines: list[str]
    some_end_others: bool


class Answers(NamedTuple):
    """What people answered, as lines for staging."""

    no: list[str]
    told_before: list[
        int
    ]  # ids of addresses that said no: nobody can have said yes on one that this chunk made
    yes: list[str]
    some_end: bool  # whether the list tells of some yes on what day it ends


def points(plan: Plan, address_ids: dict[Spot, int]) -> Points:
    """The addresses of new people, and those that known people take on."""
    lines, some_end_others = [], False
    for person in plan.people:
        stored = plan.known[person.contact_id] if person.known else None
        head = f"{person.contact_id}\t{flag(not person.known)}"
        for spot in person.points.items():
            keep, ends_others = _place(stored, person, spot[0], address_ids[spot])
            some_end_others |= ends_others
            if keep:
                lines.append(
                    f"{head}\t{spot[0]}\t{address_ids[spot]}\t{plan.tokens[spot[1]]}\t{flag(ends_others)}"
                )
    return Points(lines, some_end_others)


def answers(plan: Plan, address_ids: dict[Spot, int]) -> Answers:
    """Every no; each yes that its own person did not take back in the same chunk."""
    no = {spot for person in plan.people for spot in person.no}
    yes = [
        f"{person.contact_id}\t{flag(not person.known)}\t{spot[0]}\t{address_ids[spot]}\t{purpose}\t{day(person.until)}"
        for person in plan.people
        for spot in person.yes
        if spot not in person.no and person.points.get(spot[0]) == spot[1]
        for purpose in YES_MEANS[spot[0]]
    ]
    return Answers(
        [f"{spot[0]}\t{address_ids[spot]}" for spot in sorted(no)],
        sorted({address_ids[spot] for spot in no if spot in plan.spots.known}),
        yes,
        any(person.until for person in plan.people),
    )


def report(plan: Plan) -> list[str]:
    """A line for each line of the file."""
    lines = []
    for row, outcome, reason, person in plan.lines:
        contact = str(person.contact_id) if person else "\\N"
        lines.append(
            f"{row.line}\t{outcome}\t{reason[:400]}\t{contact}\t{plan.tokens[row.phone]}\t{plan.tokens[row.email]}"
        )
    return lines


def maybe_shared(plan: Plan, address_ids: dict[Spot, int]) -> set[int]:
    """Addresses that more than one contact may have now: known before, or twice in this chunk."""
    seen: set[int] = set()
    shared: set[int] = set()
    for person in plan.people:
        for spot in person.points.items():
            address_id = address_ids[spot]
            if spot in plan.spots.known or address_id in seen:
                shared.add(address_id)
            seen.add(address_id)
    return shared


def _place(stored: KnownContact | None, person: Person, channel: str, address_id: int) -> tuple[bool, bool]:
    """Whether this address becomes the person's on this channel, and whether it replaces others."""
    theirs = stored.open_points.get(channel, set()) if stored else set()
    if stored is None or not theirs:
        return True, False
    if address_id in theirs:
        return False, False
    newer = person.outranks(stored.person)
    return newer, newer
