"""Numbers that their carrier took back, from Twilio's list of each day (rule TCPA-RND): whoever gets them next never said yes."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClientOwned, ClockNow


class GivenUpList(ClientOwned):
    """The list of one day was read for this client."""

    provider = models.CharField(max_length=10)
    day = models.DateField()
    numbers = models.PositiveIntegerField(help_text="On the list, of everybody's.")
    found = models.PositiveIntegerField(help_text="Of this client's people.")
    read_at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "provider", "day"], name="given_up_list_once")
        ]

    def __str__(self) -> str:
        return f"given-up numbers of {self.day}"


class GivenUpNumber(ClientOwned):
    """A number of this client's people that was on a list; the newest day counts."""

    # No constraint: see ContactPoint.address.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(help_text="When the carrier took it back.")
    since = models.DateTimeField(db_default=ClockNow(), help_text="When we read it.")

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "address"], name="given_up_once")]

    def __str__(self) -> str:
        return f"given up on {self.day}"
