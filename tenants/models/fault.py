"""What went out of order after it had been in order: a number's registration, a mail domain. A signature may rest on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow
from tenants.models.sender import Sender
from tenants.scope import ClientManager

# How long a look-up may fail, without one good answer in between, before what was signed on it has ended. Name servers that answer
# wrongly, a record lost in a move, a provider that reviews anew: such things are seen and mended within a weekend. Looked again at
# least every 20 hours, it has failed four times by then.
PASSING = timedelta(hours=72)


class FaultRows(models.QuerySet["Fault"]):
    """Faults, asked by what they ended."""

    def fallen(self, at: Any) -> FaultRows:
        """Those that were no passing fault by `at` (a datetime or an expression)."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gte=F("falls_at")), falls_at__lte=at)


class Fault(ClientOwned):
    """From when to when a number or a domain was out of order that had been in order before; never changed but by its end.

    Written by whatever looks (compliance.falling), one open at a time of each kind.
    """

    class Kind(models.TextChoices):
        FAILS = "fails", "The look-up fails"
        REFUSED = "refused", "The provider says that it does not hold any more"
        CHANGED = "changed", "Another registration stands in its place"

    kind = models.CharField(max_length=10, choices=Kind)
    sender = SameClientKey(Sender, models.CASCADE, null=True, db_index=False, help_text="Of a registration.")
    domain = models.CharField(max_length=253, blank=True, help_text="Of mail senders.")
    says = models.TextField(help_text="What was found, as a sentence.")
    since = models.DateTimeField(db_default=ClockNow())
    falls_at = models.DateTimeField(help_text="From then on what was signed before has ended.")
    ended_at = models.DateTimeField(null=True, help_text="In order again.")

    objects = ClientManager.from_queryset(FaultRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "sender", "domain", "kind"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="faulty_once",
            ),
            models.CheckConstraint(
                condition=Q(sender=None) & ~Q(domain="") | Q(sender__isnull=False, domain=""),
                name="fault_of_a_number_or_a_domain",
            ),
        ]
        indexes = [models.Index(fields=["client", "falls_at"])]  # the gate's approval check

    def __str__(self) -> str:
        return f"fault {self.pk}"
