"""Appointments that people made: what a campaign is for. Nothing of what is treated is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class BookingFile(ClientOwned):
    """A file of appointments, and what became of it. Read as a whole or not at all."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being read"
        DONE = "done", "Read"
        REFUSED = "refused", "Could not be read"

    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, blank=True, help_text="Empty once it was read and deleted.")
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=400, blank=True, help_text="A sentence, when it could not be read.")
    columns = models.JSONField(
        default=list, help_text="Of each column its name, our field or nothing, and why it is left out."
    )
    taken = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    made_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    tries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Times the reading broke off by an error of ours."
    )
    since = models.DateTimeField(db_default=ClockNow())
    done_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"])]

    def __str__(self) -> str:
        return f"file of bookings {self.pk}"


class BookingLine(ClientOwned):
    """One line of such a file: what became of it. Holds nothing of what stood in it."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken"
        CHANGED = "changed", "Changed"
        KNOWN = "known", "Known already"
        REFUSED = "refused", "Refused"

    file = SameClientKey(BookingFile, models.CASCADE, related_name="lines", db_index=False)
    line = models.IntegerField()
    outcome = models.CharField(max_length=7, choices=Outcome)
    reason = models.CharField(max_length=400, blank=True)
    contact_id = models.BigIntegerField(null=True, help_text="Whose booking it is: told, never joined.")

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "file", "line"], name="booking_line_once")]

    def __str__(self) -> str:
        return f"line {self.line} of bookings {self.file_id}"


class Booking(ClientOwned):
    """One appointment as it stood from `since` on; what changed is ended and written anew, never overwritten.

    It is known again by the practice's own number of it or, where it has none, by the person and the time it is for.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        KEPT = "kept", "Kept"
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no_show", "Did not come"

    contact = SameClientKey("consent.Contact", models.PROTECT, db_index=False)
    number = models.CharField(
        max_length=80, blank=True, help_text="The practice system's own number of the appointment."
    )
    booked_at = models.DateTimeField()
    day_only = models.BooleanField(
        default=False, help_text="Only the day is known: booked_at is its first instant at the practice."
    )
    for_at = models.DateTimeField(null=True, help_text="When it is for; emptied when the person is erased.")
    for_day_only = models.BooleanField(
        default=False, db_default=False, help_text="Only that day is known: for_at is its first instant."
    )
    location = SameClientKey("tenants.Location", models.PROTECT, null=True, db_index=False)
    cents = models.PositiveIntegerField(null=True, help_text="US cents; empty when nobody said.")
    status = models.CharField(max_length=9, choices=Status)
    by_word = models.BooleanField(
        db_default=False,
        default=False,
        help_text="The person said so in a reply; the practice told of no appointment.",
    )
    file = SameClientKey(BookingFile, models.PROTECT, null=True, db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "number"],
                condition=Q(ended_at=None) & ~Q(number=""),
                name="booking_number_once",
            ),
            models.UniqueConstraint(
                fields=["client", "contact", "for_at"],
                condition=Q(ended_at=None, number=""),
                name="booking_once",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "contact"]),  # the gate, and a report
            models.Index(fields=["client", "-booked_at", "-id"], name="bookings_by_day"),
        ]

    def __str__(self) -> str:
        return f"booking {self.pk}"
