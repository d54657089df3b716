"""A file of appointments into the database of a client with campaigns: the most that one file may bring, and far too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from campaigns.bookings.loading import MAX_LINES, load, receive
from campaigns.models import BookingFile
from consent.importing.decoding import FileRefused
from consent.models import Contact
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks.measuring import Clock, peak_memory

HEAD = "Patient ID,Appointment ID,Booked at,Appointment date,Status,Value\n"


def read(rows: int) -> dict[str, Any]:
    """Upload and read a file of so many lines, or be refused; the clock runs for both."""
    of, answer = Client.objects.first(), {"rows": rows, "refused": ""}
    assert of is not None
    with acting_for(of.pk):
        people = Contact.objects.count()
    with acting_for(of.pk), Clock() as upload:
        try:
            made = receive(of, _pieces(rows, people), "appointments.csv", by=None)
        except FileRefused as refused:
            answer["refused"] = refused.sentence
    answer |= {"upload_seconds": upload.wall, "seconds": 0.0, "rows_a_second": 0.0, "ms_a_row": 0.0}
    if not answer["refused"]:
        assert rows <= MAX_LINES
        with Clock() as took:
            assert load(of.pk, made.pk)
        with acting_for(of.pk):
            done = BookingFile.objects.get(pk=made.pk)
        assert (done.state, done.taken) == (BookingFile.State.DONE, rows), done.problem
        answer |= {
            "seconds": took.wall,
            "rows_a_second": rows / took.wall,
            "ms_a_row": took.cpu / rows * 1000,
        }
    return answer | {"peak_mb": peak_memory()}


def _pieces(rows: int, people: int) -> Iterator[bytes]:
    """Everybody in turn, each appointment with its own number, booked lately for some day to come."""
    today = db_now()
    booked = f"{today - timedelta(days=1):%Y-%m-%d %H:%M}"
    days = [f"{today + timedelta(days=each):%Y-%m-%d} 10:00" for each in range(1, 301)]
    yield HEAD.encode()
    for first in range(0, rows, 1000):
        yield "".join(
            f"P{each % people + 1},A-{each},{booked},{days[each % 300]},Scheduled,120.00\n"
            for each in range(first, min(first + 1000, rows))
        ).encode()
