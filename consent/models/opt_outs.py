"""A list of opt-outs that a client brings from elsewhere, and what became of each of its lines. No address stays here."""

from __future__ import annotations

from django.db import models

from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class OptOutList(ClientOwned):
    """One file: whoever stands in it is never written to again."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded, columns to be checked"
        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Reading"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"
        DISCARDED = "discarded", "Deleted before anything was taken"

    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=200, blank=True, help_text="Empty once it was read and deleted.")
    mapping = models.JSONField(default=dict, help_text="What each column holds, by its number.")
    brought_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    problem = models.CharField(max_length=300, blank=True, help_text="A sentence, when it stopped.")
    lines_total = models.IntegerField(null=True)
    lines_read = models.IntegerField(default=0, help_text="Committed so far: where a restart goes on.")
    taken = models.IntegerField(default=0, help_text="Lines that opted somebody out.")
    known = models.IntegerField(default=0, help_text="Lines of people who were opted out already.")
    refused = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=ClockNow())
    done_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"], name="opt_out_lists_of_client")]

    def __str__(self) -> str:
        return f"opt-out list {self.pk}"


class OptOutLine(ClientOwned):
    """One line of the report."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Opted out"
        KNOWN = "known", "Opted out before"
        REFUSED = "refused", "Refused"

    of_list = SameClientKey(OptOutList, models.CASCADE, related_name="lines", db_index=False)
    line = models.IntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=400, blank=True)

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "of_list", "line"], name="opt_out_line_once")
        ]

    def __str__(self) -> str:
        return f"line {self.line} of opt-out list {self.of_list_id}"
