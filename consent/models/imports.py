"""An upload of a client's list, and what became of each of its lines."""

from __future__ import annotations

from django.db import models

from tenants.encryption import EncryptedChar
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Import(ClientOwned):
    """One file. Its contacts can be sent to only once it is `done`."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded, columns to be checked"
        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Reading"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped"
        UNDONE = "undone", "Undone"

    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    # Where the encrypted upload lies (var/uploads/…); emptied when the import is done.
    stored_as = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    mapping = models.JSONField(
        default=dict, help_text="Our field by column number; columns left out are dropped."
    )
    attested_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    problem = models.CharField(max_length=300, blank=True, help_text="A sentence, when it stopped.")
    lines_total = models.IntegerField(null=True)
    lines_read = models.IntegerField(default=0, help_text="Committed so far: where a restart goes on.")
    taken = models.IntegerField(default=0)
    merged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=ClockNow())
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    # When the report's phones and e-mails were emptied (consent.retention).
    addresses_emptied_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "-id"])]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportRow(ClientOwned):
    """One line of the report."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken"
        MERGED = "merged", "Merged"
        REFUSED = "refused", "Refused"

    # The key to the import holds the client too; checking it a second time costs imports a tenth.
    client = models.ForeignKey(
        "tenants.Client", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    of_import = SameClientKey(Import, models.CASCADE, related_name="rows", db_index=False)
    line = models.IntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=400, blank=True)
    # Whom the line became, told and never joined: a key would cost an import a check for every row.
    contact_id = models.BigIntegerField(null=True)
    phone = EncryptedChar(max_length=20, blank=True)
    email = EncryptedChar(max_length=320, blank=True)

    class Meta(ClientOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["client", "of_import", "line"], name="line_once")]

    def __str__(self) -> str:
        return f"line {self.line} of import {self.of_import_id}"
