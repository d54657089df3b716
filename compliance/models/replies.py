"""When we last asked a provider for what people wrote to us: the back-stop behind webhooks that were lost."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenants.models.base import ClientOwned, ClockNow
from tenants.scope import ClientManager


class ReplyCheckRows(models.QuerySet["ReplyCheck"]):
    def good(self, at: Any) -> ReplyCheckRows:
        """Those that still count at `at`."""
        return self.filter(checked_at__lte=at, valid_until__gt=at)


class ReplyCheck(ClientOwned):
    """A provider was asked for the texts people sent; whatever it knew up to `checked_at` is in the database."""

    provider = models.CharField(max_length=10)
    checked_at = models.DateTimeField(db_default=ClockNow())
    valid_until = models.DateTimeField(help_text="After this no text is handed over (15 minutes).")
    found = models.PositiveIntegerField(default=0, help_text="Texts that no webhook had brought.")

    objects = ClientManager.from_queryset(ReplyCheckRows)()

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "provider", "-checked_at"])]

    def __str__(self) -> str:
        return f"replies asked for at {self.checked_at:%F %H:%M}"
