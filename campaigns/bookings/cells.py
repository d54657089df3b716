"""What one cell of a file of appointments says: an instant, a sum, a state. A refusal never repeats the value."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from campaigns.models import Booking
from consent.importing.dates import DateRefused, past_date

MOST_CENTS = 100_000_000  # a million dollars: no appointment costs more, a slipped column does
MOST_OFFSET = timedelta(hours=14)
LONGEST = 60  # characters of a day with its hour
STATES = {
    Booking.Status.BOOKED: "booked, scheduled, confirmed, unconfirmed, pending, new, open, active, made, reserved, accepted, "
    "approved, rescheduled, in progress, checked in, arrived, here, waiting",
    Booking.Status.KEPT: "kept, complete, completed, done, checked out, seen, attended, fulfilled, finished, closed, paid, showed, "
    "show, visited",
    Booking.Status.CANCELLED: "cancelled, canceled, cancel, cancelled by patient, canceled by patient, deleted, void, voided, "
    "declined, withdrawn, removed, late cancel, late cancellation",
    Booking.Status.NO_SHOW: "no show, noshow, no shows, missed, failed, broken, broken appointment, did not come, did not show, dns, "
    "absent",
}
WORDS = {word.strip(): state for state, words in STATES.items() for word in words.split(",")}
_CLOCK = re.compile(
    r"(?P<day>.*?)(?:[T\s]+|^)(?P<h>\d{1,2})(?::(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?)?\s*(?P<half>[ap])?\.?m?\.?"
    r"\s*(?P<zone>Z|UTC|GMT|[+\-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"(?i)\bUSD\b|\bUS\s?\$|\$|\bdollars?\b|\s")


class CellRefused(ValueError):
    """A cell that cannot be used; the text is a sentence that says what is wrong with it."""


def instant(day: str, hour: str, zone: ZoneInfo, latest: date, day_first: bool) -> tuple[datetime, bool]:
    """The instant that a cell (and the cell with its hour) names, and whether only its day was known.

    A time without a zone is the practice's own. A day alone is its first instant there.
    """
    text = f"{day} {hour}".strip()
    if len(text) > LONGEST:
        raise CellRefused("not a date")
    found = _CLOCK.fullmatch(text) if ":" in text or re.search(r"(?i)\d\s*[ap]\.?m\.?\s*$", text) else None
    try:
        on = past_date(found["day"] if found else text, latest, day_first)
    except DateRefused as refused:
        raise CellRefused(refused.why) from None
    if found is None:
        return datetime.combine(on, time(), zone).astimezone(UTC), True
    try:
        clock = time(_hour(int(found["h"]), found["half"]), int(found["m"] or 0), int(found["s"] or 0))
    except ValueError:
        raise CellRefused("no hour of the day") from None
    return datetime.combine(on, clock, _zone(found["zone"]) or zone).astimezone(UTC), False


def cents(value: str, currency: str) -> int | None:
    """US cents; None for a blank cell."""
    if currency and currency.strip().casefold() not in {
        "usd",
        "us$",
        "$",
        "us dollar",
        "us dollars",
        "dollar",
        "dollars",
    }:
        raise CellRefused("Value: only US dollars are taken, and this line is in another currency.")
    plain = _SIGNS.sub("", value)
    if not plain:
        return None
    below = plain.startswith(("-", "−")) or (plain.startswith("(") and plain.endswith(")"))
    plain = plain.strip("()-−+").replace(",", "")
    if re.search(r"[^\W\d_]|[€£¥₹₩₽¢]", plain):
        raise CellRefused("Value: only US dollars are taken, as in 120.00 or $120.")
    try:
        sum_ = Decimal(plain)
    except InvalidOperation:
        raise CellRefused("Value: this is no sum, as in 120.00 or $120.") from None
    if below and sum_:
        raise CellRefused(
            "Value: it is below zero. Bring what the appointment is worth; refunds are not counted."
        )
    if sum_ * 100 != int(sum_ * 100):
        raise CellRefused("Value: it has fractions of a cent.")
    if sum_ * 100 > MOST_CENTS:
        raise CellRefused("Value: it is over a million dollars, so another column is meant.")
    return int(sum_ * 100)


def status(text: str) -> Booking.Status:
    """The state a word means; a blank cell means booked."""
    word = " ".join(re.sub(r"[^a-z]+", " ", text.casefold()).split())
    if not word and not text.strip():
        return Booking.Status.BOOKED
    if word not in WORDS:
        raise CellRefused(
            "Status: this word is not known here. Understood are booked, kept, cancelled, no show and their like."
        )
    return WORDS[word]


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    return hour % 12 + (12 if half.casefold() == "p" else 0)


def _zone(text: str | None) -> tzinfo | None:
    if not text or text[0] not in "+-":
        return UTC if text else None
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    if offset > MOST_OFFSET:
        raise CellRefused("no time zone is so far from UTC")
    return timezone(offset if text[0] == "+" else -offset)
