"""The mailed link by which the client's compliance contact reads, signs or objects."""

from __future__ import annotations

from django.db import models

from campaigns.models.approval import ApprovalRequest
from tenants.models.base import ClockNow


class ReviewLink(models.Model):
    """One person's way to one request. Read before a client is known: no row-level security, no personal data.

    The link alone shows nothing: a mailed code opens it for one browser, for half an hour.
    """

    token_hash = models.BinaryField(max_length=32, unique=True)
    client = models.ForeignKey("tenants.Client", models.CASCADE, related_name="+")
    request = models.ForeignKey(ApprovalRequest, models.CASCADE, related_name="links")
    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="+")
    inside = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Never mailed: opened from the campaign's page by who was signed in.",
    )
    made_at = models.DateTimeField(db_default=ClockNow())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="A newer link took its place.")
    # The one-time code now valid, and the browser (a nonce in its session, hashed) that asked for it. Whoever has the link can
    # ask: what is open in another browser stays so until the code was typed.
    code_hash = models.BinaryField(max_length=32, null=True)
    code_until = models.DateTimeField(null=True)
    code_browser = models.BinaryField(max_length=32, null=True)
    code_tries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Wrong ones for the code now valid."
    )
    codes_mailed = models.PositiveSmallIntegerField(default=0, help_text="In the hour since `codes_since`.")
    codes_since = models.DateTimeField(null=True)
    # The browser in which it is open, and wrong second factors there.
    browser = models.BinaryField(max_length=32, null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong codes since the last right one.")
    open_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True, help_text="When it was first opened with a code.")

    def __str__(self) -> str:
        return f"review link {self.pk}"
