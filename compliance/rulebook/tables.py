"""The tables of dated facts beside the rules: which of them nobody has looked at for half a year."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from compliance.content.licenses import overdue_boards
from compliance.hours import overdue_reviews
from compliance.hours.holidays import HOLIDAYS_FILE
from compliance.rulebook.register import OVERDUE_AFTER
from consent.places.tables import AREA_CODES_FILE, STATES_FILE, ZIPS_FILE

# Tables that carry one day for all their rows.
_WHOLE = {
    HOLIDAYS_FILE: "The table of holidays", STATES_FILE: "The table of states and zones",
    AREA_CODES_FILE: "The table of area codes", ZIPS_FILE: "The table of ZIP codes",
}  # fmt: skip
_REVIEWED = re.compile(r"^# Reviewed: (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def reviewed(table: Path) -> date:
    """The day in a table's header. Raises where it has none, so that no table is without."""
    found = _REVIEWED.search(table.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{table.name} does not say when it was reviewed.")
    return date.fromisoformat(found[1])


def overdue_tables(today: date) -> list[str]:
    """A sentence for each row or table that nobody has looked at for more than 180 days. They still hold."""
    told = [(f"The hours of {law.state}", law.reviewed_at) for law in overdue_reviews(today)]
    told += [
        (f"What boards want in {row.state} of {row.license}", row.reviewed_at)
        for row in overdue_boards(today)
    ]
    told += [
        (name, day) for table, name in _WHOLE.items() if today - (day := reviewed(table)) > OVERDUE_AFTER
    ]
    return [f"{what} was last looked at on {day}, more than 180 days ago." for what, day in told]
