"""Quiet hours as rows: when each set of candidate places may be texted. No row means closed."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenants.models.base import ClientOwned
from tenants.scope import ClientManager


class WindowRows(models.QuerySet[Any]):
    def open_at(self, at: Any) -> WindowRows:
        return self.filter(opens_at__lte=at, closes_at__gt=at)


class SendingWindow(models.Model):
    """The law's window (federal and every candidate state's, intersected) of one day for one window key. Global, no client's data."""

    window_key = models.TextField()
    rules_version = models.CharField(max_length=16)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    edges = models.JSONField(default=list, help_text="Which rule set each edge.")

    objects = WindowRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["window_key", "opens_at"], name="window_once")]

    def __str__(self) -> str:
        return f"{self.opens_at:%F %H:%M} to {self.closes_at:%H:%M} UTC"


class OwnWindow(ClientOwned):
    """The client's own hours inside the law's, of one day for one window key."""

    window_key = models.TextField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    objects = ClientManager.from_queryset(WindowRows)()

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "window_key", "opens_at"], name="own_window_once")
        ]

    def __str__(self) -> str:
        return f"{self.opens_at:%F %H:%M} to {self.closes_at:%H:%M} UTC"
