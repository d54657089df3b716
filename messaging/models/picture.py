"""Pictures people sent: looked at and drawn anew before they are kept, encrypted."""

from __future__ import annotations

from django.db import models

from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Picture(ClientOwned):
    """One attachment of a reply. `file` is a JPEG of our own making, base64; empty when it was no picture, or is gone."""

    reply = SameClientKey("messaging.Inbound", models.CASCADE, related_name="shown", db_index=False)
    provider_id = models.CharField(max_length=40)
    file = EncryptedText(blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of what is kept.")
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    refused = models.CharField(
        max_length=20, blank=True, help_text="Why it was not taken in: a word of ours."
    )
    fetched_at = models.DateTimeField(db_default=ClockNow())
    gone_there_at = models.DateTimeField(null=True, help_text="When the provider deleted its own.")
    emptied_at = models.DateTimeField(null=True, help_text="When it was thrown away.")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["client", "reply", "provider_id"], name="picture_once"),
            models.CheckConstraint(
                condition=models.Q(refused="", width__gt=0, height__gt=0)
                | models.Q(width=0, height=0) & ~models.Q(refused=""),
                name="a_picture_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"picture {self.pk}"

    @property
    def why_not(self) -> str:
        """Why it cannot be looked at, for people; empty when it can."""
        if self.refused:
            return WHY_NOT.get(self.refused, "It could not be read.")
        return "No longer kept." if self.emptied_at else ""


WHY_NOT = {
    "not_a_picture": "It is no picture (JPEG, PNG, GIF or WebP), so it was not taken in. It is still with the provider.",
    "too_large": "It is too large to be a picture somebody took, so it was not taken in. It is still with the provider.",
    "gone": "The provider does not have it any more.",
}
