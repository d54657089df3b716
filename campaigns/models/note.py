"""What members keep in mind about a campaign. Nobody signs it and nobody is sent it."""

from __future__ import annotations

from django.db import models

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class CampaignNote(ClientOwned):
    """One remark. Taken away by whoever wrote it, never changed."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, db_index=False)
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+", db_index=False)
    words = EncryptedText()
    at = models.DateTimeField(db_default=ClockNow())

    class Meta(ClientOwned.Meta):
        indexes = [models.Index(fields=["client", "campaign"], name="notes_of_campaign")]

    def __str__(self) -> str:
        return f"note {self.pk}"
