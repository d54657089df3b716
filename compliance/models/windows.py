"""Quiet hours as rows: when each set of candidate places may be texted. No row means closed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from tenants.models.base import ClientOwned, ClockNow
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


class Closure(models.Model):
    """Days on end in which the law leaves no hour for a window key, so nobody is made to wait for one. Global, no client's data."""

    window_key = models.TextField()
    closed_from = models.DateTimeField()
    closed_until = models.DateTimeField(help_text="The next lawful hour, or how far the windows are drawn.")
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window_key", "closed_from"], name="closed_once"),
            models.CheckConstraint(condition=Q(closed_from__lt=F("closed_until")), name="closed_for_a_while"),
        ]

    def __str__(self) -> str:
        return self.reason


class FreezeRows(models.QuerySet["Freeze"]):
    def in_force(self, at: Any) -> FreezeRows:
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), since__lte=at)


class Freeze(models.Model):
    """No texts to anybody who may be in a state, while an emergency is declared there (rule STATE-EMERGENCY). Global."""

    state = models.CharField(max_length=2)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    objects = FreezeRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(ended_at=None), name="frozen_once")
        ]

    def __str__(self) -> str:
        return f"freeze of {self.state}"
