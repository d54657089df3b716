"""Two records of one person joined into one, and what is needed to part them again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Merge(ClientOwned):
    """`gone` lives on in `kept`. Holds numbers of rows, and the facts of `kept` from before until one of them is erased."""

    kept = SameClientKey("consent.Contact", models.PROTECT, db_index=False)
    gone = SameClientKey("consent.Contact", models.PROTECT, db_index=False)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    counts = models.JSONField(default=dict)
    moved = models.JSONField(
        default=dict, help_text="By table the ids of the rows that went to the kept contact."
    )
    before = models.JSONField(
        default=dict, help_text="Facts of the kept contact: as they were, and as they became."
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+", db_index=False)
    final_at = models.DateTimeField(null=True, help_text="One of them was erased: there is no way back.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["client", "gone"], condition=Q(undone_at=None), name="joined_once"
            ),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="joined_with_another"),
        ]
        indexes = [models.Index(fields=["client", "kept"], name="joined_into")]

    def __str__(self) -> str:
        return f"merge {self.pk}"
