"""SendGrid's events in our words (rules section 5)."""

from __future__ import annotations

from consent.models import Suppression
from messaging.models.message import Delivery

# Kind of the event, and what it makes of the message's delivery. A bounce is told apart by its type.
EVENTS: dict[str, tuple[str, Delivery]] = {
    "processed": ("sent", Delivery.SENT),
    "delivered": ("delivered", Delivery.DELIVERED),
    "deferred": ("deferred", Delivery.NONE),
    "bounce": ("bounced", Delivery.BOUNCED),
    "blocked": ("blocked", Delivery.FAILED),
    "dropped": ("dropped", Delivery.FAILED),
    "spamreport": ("complained", Delivery.COMPLAINED),
    "unsubscribe": ("unsubscribed", Delivery.NONE),
    "group_unsubscribe": ("unsubscribed", Delivery.NONE),
}
# Nothing is decided by these: opens are made by machines, and a resubscription in SendGrid's own list is no START.
IGNORED = frozenset({"open", "click", "group_resubscribe", "account_status_change"})

SUPPRESSES: dict[str, Suppression.Source] = {
    "bounced": Suppression.Source.HARD_BOUNCE,
    "complained": Suppression.Source.COMPLAINT,
    "unsubscribed": Suppression.Source.ONE_CLICK,
}
# Why SendGrid dropped a mail on its own; other reasons say nothing about the address.
DROPPED: dict[str, Suppression.Source] = {
    "bounced address": Suppression.Source.HARD_BOUNCE,
    "invalid": Suppression.Source.HARD_BOUNCE,
    "unsubscribed address": Suppression.Source.PROVIDER,
    "spam reporting address": Suppression.Source.COMPLAINT,
}
# SendGrid's lists. "Blocked" is no word about the address; groups of unsubscribes are not used by what we send.
LISTS: dict[str, Suppression.Source] = {
    "unsubscribes": Suppression.Source.PROVIDER,  # ours among them, told there (messaging.telling_providers)
    "bounces": Suppression.Source.HARD_BOUNCE,
    "invalid_emails": Suppression.Source.HARD_BOUNCE,
    "spam_reports": Suppression.Source.COMPLAINT,
}
# The person's own no: stored before the webhook is answered.
URGENT = frozenset({"complained", "unsubscribed"})
