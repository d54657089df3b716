"""What the national do-not-call registry says of a client's numbers: the file that was read, and the answer on each number.

Of the file itself nothing is kept but its hash: an answer names an address, which is a keyed hash (47 CFR 64.1200(c)(2)).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager

GOOD_FOR = timedelta(days=31)  # the longest that a look at the registry counts (47 CFR 64.1200(c)(2)(i)(D))


class RegistryFile(ClientOwned):
    """A file of the registry, or of a service that looked the list up there, with the proof of where it came from."""

    class Kind(models.TextChoices):
        REGISTRY = "registry", "The registry's own file of some area codes"
        RESULT = "result", "The answer of a service that looked our numbers up"

    class State(models.TextChoices):
        WAITING = "waiting", "Being read"
        DONE = "done", "Read"
        REFUSED = "refused", "Could not be read"

    kind = models.CharField(max_length=8, choices=Kind)
    as_of = models.DateField(help_text="The day of the registry that the file shows.")
    account = models.CharField(max_length=60, help_text="The subscription account number, or the service.")
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, blank=True, help_text="Empty once it was read and deleted.")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    problem = models.CharField(max_length=300, blank=True)
    area_codes = ArrayField(models.CharField(max_length=3), default=list)
    numbers = models.PositiveIntegerField(default=0, help_text="Numbers in the file.")
    listed = models.PositiveIntegerField(default=0, help_text="Of the client's numbers, those it lists.")
    clear = models.PositiveIntegerField(default=0, help_text="Of the client's numbers, those it does not.")
    filed_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-since"])]

    def __str__(self) -> str:
        return f"registry of {self.as_of}"

    @property
    def good_until(self) -> datetime:
        """The end of the last day its answers count."""
        return datetime.combine(self.as_of, time(), UTC) + GOOD_FOR


class AnswerRows(Interval["RegistryAnswer"]):
    def good(self, at: Any) -> AnswerRows:
        """Answers that still count: not replaced by a later file, and of a day that is at most 31 days ago."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at, good_until__gt=at)


class RegistryAnswer(ClientOwned):
    """Whether the registry lists one number. A listing counts until a later file says otherwise, a clearance for 31 days."""

    # No constraint: see ContactPoint.address.
    address = models.ForeignKey(
        "consent.Address", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    file = SameClientKey(RegistryFile, models.PROTECT, db_index=False)
    listed = models.BooleanField()
    good_until = models.DateTimeField()
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(AnswerRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "address"], condition=Q(ended_at=None), name="one_answer_of_the_registry"
            )
        ]
        # As of an instant: see MailLookup.
        indexes = [models.Index(fields=["client", "address"], name="registry_answer_of_address")]

    def __str__(self) -> str:
        return "listed" if self.listed else "not listed"
