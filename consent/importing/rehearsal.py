"""What an import would do, told before it is done. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from consent.models import Import
from tenants.clock import db_now
from tenants.models import Channel

from . import uploads
from .columns import Mapping
from .planning import Outcome, Planner
from .reading import Table
from .rows import RowReader

MOST = 1_000  # rows rehearsed; what they show, the rest follows
SAMPLES = 8  # refused lines shown


@dataclass
class Rehearsal:
    """The counts of the rehearsed lines, and samples of those that would be refused."""

    read: int = 0
    whole: bool = True  # whether that was the whole file
    taken: int = 0
    merged: int = 0
    refused: int = 0
    texts: int = 0  # lines with a number that can be texted
    mails: int = 0
    opted_out: dict[str, int] = field(default_factory=dict)  # channel: addresses
    remarks: list[tuple[str, int]] = field(default_factory=list)  # the most frequent first
    refused_lines: list[tuple[int, str]] = field(default_factory=list)


def rehearse(made: Import) -> Rehearsal:
    """Plan the first rows of a stored upload by its mapping. Inside `acting_for`; raises `FileNotFoundError`."""
    planner = Planner(made.client_id)
    reader = RowReader(Mapping.from_stored(made.mapping), db_now().date())
    with uploads.opened(made.stored_as) as file:
        rows = list(islice(Table(file).rows(), MOST + 1))
    told = Rehearsal(read=min(len(rows), MOST), whole=len(rows) <= MOST)
    if not told.read:
        return told
    plan = planner.plan(planner.prepare([reader.read(*row) for row in rows[:MOST]]))
    told.taken, told.merged, told.refused = (
        plan.count(outcome) for outcome in (Outcome.TAKEN, Outcome.MERGED, Outcome.REFUSED)
    )
    told.texts = sum(bool(line.row.phone) for line in plan.lines)
    told.mails = sum(bool(line.row.email) for line in plan.lines)
    out = {spot for person in plan.people for spot in person.no}
    told.opted_out = {channel.value: sum(kind == channel for kind, _ in out) for channel in Channel}
    told.remarks = Counter(
        remark for line in plan.lines for remark in [line.row.refused, *line.row.remarks] if remark
    ).most_common()
    refused = [line for line in plan.lines if line.outcome == Outcome.REFUSED]
    told.refused_lines = [(line.row.line, line.reason) for line in refused[:SAMPLES]]
    return told
