"""What is said of a message while it lies before the client: comments, answers, and whether they are settled."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from campaigns.models.approval import ApprovalRequest
from tenants.encryption import EncryptedText
from tenants.isolation import SameClientKey
from tenants.models.base import ClientOwned, ClockNow


class Comment(ClientOwned):
    """One remark of one round, or the answer to one. Settled and reopened; its words are never changed."""

    campaign = SameClientKey("campaigns.Campaign", models.CASCADE, related_name="comments")
    request = SameClientKey(ApprovalRequest, models.CASCADE, help_text="The round it was made in.")
    answers = SameClientKey("self", models.CASCADE, null=True, related_name="answered")
    # The step may move or be removed; what it was called in that round stays.
    step = SameClientKey("campaigns.Step", models.SET_NULL, null=True)
    position = models.PositiveSmallIntegerField(null=True, help_text="Of the message then; none: all of it.")
    by = models.ForeignKey("tenants.User", models.PROTECT, related_name="+")
    from_agency = models.BooleanField(default=False)
    words = EncryptedText()
    at = models.DateTimeField(db_default=ClockNow())
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("tenants.User", models.PROTECT, null=True, related_name="+")

    class Meta(ClientOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False, answers=None),
                name="a_comment_is_settled_by_somebody",
            )
        ]
        indexes = [models.Index(fields=["client", "campaign"], name="comments_of_campaign")]

    def __str__(self) -> str:
        return f"comment {self.pk}"
