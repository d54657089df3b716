"""A row of a file, or a body of the API, as one appointment; what is wrong with it is a sentence at its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.bookings import cells
from campaigns.bookings.cells import CellRefused
from campaigns.bookings.columns import Columns
from campaigns.models import Booking
from consent.importing.cells import read_email, read_phone
from consent.importing.dates import EARLIEST
from tenants.models import Client, Location

AHEAD = timedelta(days=3 * 366)  # further off no appointment is made
OVER = {Booking.Status.KEPT, Booking.Status.NO_SHOW}
CLOCKS_DIFFER = timedelta(minutes=15)
NO_PERSON = "Nobody is named on this line: no patient number, phone or e-mail that can be read."
NO_BOOKED = "There is no day on which it was booked."
NO_DAY = "There is no day for which it was booked."
FROM_THE_FUTURE = "It was booked in the future by the clock here."
TOO_FAR = "It is for a day more than three years ahead."
TOO_LONG_AGO = f"It was booked, or is for a day, before {EARLIEST}."
NOT_YET = "Its day has not come, so it counts as booked until you bring it again."
NO_PLACE = "Its location is not known here and was left out."
LONG_NUMBER = "The appointment number is longer than 80 characters."


@dataclass
class Line:
    """One appointment as it was told. `refused`: why it cannot be taken."""

    line: int
    external_id: str = ""
    phone: str = ""
    email: str = ""
    contact_id: int | None = None  # where the caller knows the person by our own id
    number: str = ""
    booked_at: datetime | None = None
    day_only: bool = False
    for_at: datetime | None = None
    for_day_only: bool = False
    status: Booking.Status = Booking.Status.BOOKED
    cents: int | None = None
    location_id: int | None = None
    refused: str = ""
    remarks: list[str] = field(default_factory=list)


class LineReader:
    """Reads the rows of one client's file."""

    def __init__(self, client: Client, columns: Columns, at: datetime, day_first: bool = False) -> None:
        self.columns, self.at, self.day_first = columns, at, day_first
        self.zone = ZoneInfo(client.time_zone)
        self.places = places_of(client)

    def read(self, number: int, row: Sequence[str], refused: str) -> Line:
        """The appointment on one line."""
        line = Line(number, refused=refused)
        if not refused:
            try:
                self._fill(line, row)
            except CellRefused as wrong:
                line.refused = str(wrong)
        return line

    def _fill(self, line: Line, row: Sequence[str]) -> None:
        def cell(name: str) -> str:
            return self.columns.cell(row, name)

        line.external_id = cell("external_id")[:80]
        line.phone, said_phone = read_phone(cell("phone"))
        line.email, said_email = read_email(cell("email"))
        line.remarks += [said for said in (said_phone, said_email) if said]
        zone = self._place(line, cell("location"))
        line.number = cell("number")
        line.booked_at, line.day_only = self._instant(
            "Booked", NO_BOOKED, cell("booked_at"), cell("booked_time"), zone
        )
        line.for_at, line.for_day_only = self._instant(
            "For when", NO_DAY, cell("for_at"), cell("for_time"), zone
        )
        line.status = cells.status(cell("status"))
        line.cents = cells.cents(cell("value"), cell("currency"))
        line.refused = wrong_with(line, self.at)

    def _instant(self, what: str, missing: str, day: str, hour: str, zone: ZoneInfo) -> tuple[datetime, bool]:
        if not day:
            raise CellRefused(missing)
        try:
            return cells.instant(day, hour, zone, (self.at + AHEAD).date(), self.day_first)
        except CellRefused as refused:
            raise CellRefused(f"{what}: {refused}.") from None

    def _place(self, line: Line, name: str) -> ZoneInfo:
        if not name:
            return self.zone
        found = self.places.get(name.casefold())
        if found is None:
            line.remarks.append(NO_PLACE)
            return self.zone
        line.location_id = found.pk
        return ZoneInfo(found.time_zone) if found.time_zone else self.zone


def wrong_with(line: Line, at: datetime) -> str:
    """Why an appointment cannot be one, whoever told of it; empty when it can. What is said to be over before its day is booked."""
    if not (line.external_id or line.phone or line.email or line.contact_id):
        return NO_PERSON
    if line.booked_at is None or line.booked_at > at + CLOCKS_DIFFER:
        return FROM_THE_FUTURE if line.booked_at else NO_BOOKED
    if line.for_at is None or line.for_at > at + AHEAD:
        return TOO_FAR if line.for_at else NO_DAY
    if min(line.booked_at.year, line.for_at.year) < EARLIEST:
        return TOO_LONG_AGO
    if line.status in OVER and line.for_at > at + CLOCKS_DIFFER:
        # Refused, it would not stop what is still to be sent to the person.
        line.status = Booking.Status.BOOKED
        line.remarks.append(NOT_YET)
    return LONG_NUMBER if len(line.number) > 80 else ""


def places_of(client: Client) -> dict[str, Location]:
    """The client's locations by name, in lower case."""
    return {each.name.casefold(): each for each in Location.objects.filter(client=client)}
