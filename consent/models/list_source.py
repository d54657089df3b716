"""Where a client's lists are looked for, under whose standing statement, and what was found there."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class ListSource(ClientOwned):
    """One folder or SFTP server. Never edited: new settings end it and begin another."""

    class Kind(models.TextChoices):
        FOLDER = "folder", "A folder of this installation"
        SFTP = "sftp", "The client’s SFTP server"

    class Every(models.IntegerChoices):
        HOUR = 1, "Every hour"
        DAY = 24, "Every day"
        WEEK = 168, "Every week"

    name = models.CharField(max_length=80, help_text="What the members call it.")
    kind = models.CharField(max_length=6, choices=Kind)
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=22)
    user_name = models.CharField(max_length=80, blank=True)
    folder = models.CharField(max_length=200, blank=True, help_text="On the client's server.")
    host_key = models.TextField(
        blank=True, help_text="The server's public key: another server is not spoken to."
    )
    secret = EncryptedText(blank=True, help_text="A password, or a private key in PEM.")
    every = models.PositiveSmallIntegerField(choices=Every, default=Every.DAY, help_text="Hours.")
    # The standing statement that an upload asks for each time: by whom, in their own name, and how long it holds.
    attested_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    attested_name = models.CharField(max_length=120)
    attested_at = models.DateTimeField()
    attested_until = models.DateTimeField()
    made_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(db_default=ClockNow())
    ended_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="When it was last looked at, or a look began.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last look failed.")
    failing_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True, help_text="When the agency was mailed about the failure.")

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "id"], name="list_sources_of_client")]

    def __str__(self) -> str:
        return f"list source {self.pk}"

    @property
    def next_at(self) -> object:
        """When it is looked at again."""
        return self.looked_at + timedelta(hours=self.every) if self.looked_at else None


class ListFetch(ClientOwned):
    """One file that was found: by what it is known again, so that it is taken once, and what became of it."""

    class State(models.TextChoices):
        TAKEN = "taken", "Taken"
        WAITS = "waits", "Waits for its columns to be checked"
        KNOWN = "known", "Known already"
        REFUSED = "refused", "Refused"

    source = SameClientKey(ListSource, models.CASCADE, db_index=False)
    file_name = models.CharField(max_length=200)
    mark = models.CharField(max_length=64, help_text="SHA-256 of its name, size and time: not read again.")
    sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of its bytes, when they were read to the end."
    )
    size = models.BigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State)
    problem = models.CharField(max_length=300, blank=True)
    made = SameClientKey("consent.Import", models.SET_NULL, null=True, db_index=False)
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "source", "mark"], name="list_read_once"),
            models.UniqueConstraint(
                fields=["client", "source", "sha256"],
                condition=models.Q(state__in=["taken", "waits"]),
                name="list_taken_once",
            ),
        ]
        indexes = [models.Index(fields=["client", "source", "-id"], name="lists_of_source")]

    def __str__(self) -> str:
        return f"list {self.pk} of a source"
