"""Words that people text to a practice's number to say yes, each with the wording its poster shows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.models import Purpose
from tenants.models.base import ClientOwned, ClockNow, Interval
from tenants.scope import ClientManager


class Keyword(ClientOwned):
    """One word and its one wording, never changed: a poster that hangs somewhere cannot be changed from here. Holds nobody's data."""

    word = models.CharField(max_length=12, help_text="In capitals.")
    number = models.CharField(max_length=16, help_text="The number it is texted to.")
    language = models.CharField(max_length=2, choices=[("en", "English"), ("es", "Spanish")], default="en")
    wording = models.TextField(help_text="Exactly what stands on the poster beside the code.")
    purposes = ArrayField(models.CharField(max_length=10, choices=Purpose))
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)

    objects = ClientManager.from_queryset(Interval)()

    class Meta(ClientOwned.Meta):
        constraints = [
            # Also when it is closed: an old poster must never ask for a yes to other words.
            models.UniqueConstraint(fields=["client", "word"], name="a_word_means_one_wording"),
        ]

    def __str__(self) -> str:
        return f"keyword {self.pk}"
