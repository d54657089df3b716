"""What the carrier says of a number: its kind of line, and whether somebody else has it now (47 CFR 64.1200(m))."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class LookupRun(ClientOwned):
    """Somebody had numbers looked up, knowing what it costs."""

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    reassigned = models.BooleanField(help_text="Also whether the number was given to somebody else.")
    wanted = models.PositiveIntegerField(help_text="Numbers to look up, as shown when it was asked for.")
    dollars = models.DecimalField(max_digits=10, decimal_places=3, help_text="The list price shown then.")
    asked_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    problem = models.CharField(max_length=300, blank=True)
    # The last address taken in hand: each is asked about once, whatever becomes of a worker.
    taken_to = models.BigIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(state="running"), name="one_lookup_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"look-up of {self.wanted} numbers"


class LookupRows(Interval["NumberLookup"]):
    def same_owner(self, at: Any) -> LookupRows:
        """Numbers that still belonged to the same person, by a look that still counts."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at, reassigned="no", good_until__gt=at
        )


class NumberLookup(ClientOwned):
    """One answer about one number. The kind of line counts until a newer answer, the owner for 30 days."""

    # No constraint: see ContactPoint.address.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    run = SameClientKey(LookupRun, models.PROTECT, db_index=False)
    line_type = models.CharField(
        max_length=20, help_text="Twilio's word: mobile, landline, fixedVoip, unknown…"
    )
    reassigned = models.CharField(
        max_length=20, blank=True, help_text="yes, no, no_data_available; empty: not asked."
    )
    asked_since = models.DateField(null=True, help_text="The day from which a change of owner was asked for.")
    since = models.DateTimeField(db_default=ClockNow())
    good_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(LookupRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address"], condition=Q(ended_at=None), name="one_look_at_a_number"
            )
        ]
        # As of an instant: see MailLookup.
        indexes = [models.Index(fields=["client", "address"], name="number_lookup_of_address")]

    def __str__(self) -> str:
        return f"{self.line_type} {self.reassigned}".strip()
