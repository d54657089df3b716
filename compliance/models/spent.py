"""What a client's messages of a month cost so far: kept only where a limit is set."""

from __future__ import annotations

from django.db import models

from tenants.models.base import ClientOwned
from tenants.scope import ClientManager


class Counted(models.QuerySet["Spent"]):
    def of_now(self, at: object) -> Counted:
        """The month that `at` lies in, if it was counted."""
        return self.filter(since__lte=at, until__gt=at)


class Spent(ClientOwned):
    """One month by the client's own clock. Written by `messaging.spending` alone, while it sends."""

    since = models.DateTimeField()
    until = models.DateTimeField(help_text="Where the next month begins.")
    dollars = models.DecimalField(max_digits=12, decimal_places=4)
    counted_at = models.DateTimeField()
    told_limit = models.PositiveIntegerField(null=True, help_text="The limit whose end was told by mail.")

    objects = ClientManager.from_queryset(Counted)()

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "since"], name="spent_once_a_month")]

    def __str__(self) -> str:
        return f"spent {self.pk}"
