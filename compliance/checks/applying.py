"""What a check says of itself in one word: its effect, and the messages it applies to."""

from __future__ import annotations

from django.db.models import Q

from compliance.facts import Effect
from tenants.models import Channel

HOLD, WAIT = Effect.HOLD, Effect.WAIT
SMS, EMAIL = Q(channel=Channel.SMS), Q(channel=Channel.EMAIL)
# What a member writes in answer to a person belongs to no campaign: nobody signed it, and the person began.
BY_HAND = Q(campaign=None)
PLANNED = ~BY_HAND
# The one text that may follow an opt-out says which it confirms (messaging.confirming). All else does not.
CONFIRMS_NOTHING = Q(confirms=None)
CONFIRMS = ~CONFIRMS_NOTHING


def may_be_in(*states: str) -> Q:
    """Messages to people who may be in one of these states; whoever may be anywhere may be there too."""
    found = Q(window_key="?")
    for state in states:
        found |= Q(window_key__contains=f"{state}/")
    return found
