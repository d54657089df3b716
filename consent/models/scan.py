"""The paper, or what else shows a consent: kept encrypted beside the record."""

from __future__ import annotations

from django.db import models

from tenants.encryption import EncryptedText
from tenants.models.base import ClientOwned, ClockNow


class ConsentScan(ClientOwned):
    """A scan, a photo or an export of a form, or the recording of a call. Consents to several purposes given on one sheet share it."""

    sha256 = models.CharField(max_length=64)
    content = EncryptedText(help_text="The file itself, base64.")
    added_by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(db_default=ClockNow())

    def __str__(self) -> str:
        return f"scan {self.pk}"
