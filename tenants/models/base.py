"""What every client-owned row has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from tenants.scope import ClientManager

M = TypeVar("M", bound=models.Model)


class ClockNow(Now):
    """`clock_timestamp()`: facts are stamped with the instant, not with the transaction's start."""

    template = "clock_timestamp()"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="clock_timestamp()", **extra)


class ClientOwned(models.Model):
    """A row that belongs to exactly one client. Read only inside `acting_for`; see `tenants.scope`."""

    client = models.ForeignKey("tenants.Client", models.PROTECT, related_name="+", db_index=False)

    objects: Any = ClientManager()

    class Meta:
        abstract = True
        default_manager_name = "objects"
        base_manager_name = "objects"


def in_force(at: Any) -> Q:
    """True at `at` (a datetime or an expression): since then, and not ended by then."""
    return Q(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at)


class Interval(models.QuerySet[M]):
    """Facts that hold from `since` until `ended_at`; never overwritten, so any past instant can be asked."""

    def in_force(self, at: Any) -> Interval[M]:
        """Rows true at `at` (a datetime or an expression)."""
        return self.filter(in_force(at))

    def end(self, at: datetime, **because: Any) -> int:
        """Close the rows that are still open; returns how many."""
        return self.filter(ended_at=None).update(ended_at=at, **because)
