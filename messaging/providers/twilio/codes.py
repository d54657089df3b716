"""Twilio's words in ours: error codes (rules 4.2) and message statuses (rules 4.3)."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.models.message import Delivery


@dataclass(frozen=True)
class Meaning:
    """What an error code means for what happens next."""

    not_sent: bool = False  # nothing went out and the message itself is fine: it may go later
    pause_sender: bool = False  # the next message would fail alike
    opted_out: bool = False
    dead_point: str = ""  # why texts can never reach this number: ends the contact point


REFUSED = Meaning()
_SENDER = Meaning(not_sent=True, pause_sender=True)
_LATER = Meaning(not_sent=True)

# Answers to the request itself. A code that is not here refuses this one message and nothing else.
ON_REQUEST: dict[int, Meaning] = {
    20001: REFUSED,
    20003: _SENDER,  # wrong credentials
    20005: _SENDER,  # account not active
    20006: _SENDER,  # access denied
    20403: _SENDER,  # forbidden
    20429: _LATER,  # too many requests
    21211: Meaning(dead_point="not a number"),
    21217: Meaning(dead_point="not a number"),
    21266: REFUSED,  # To and From are the same
    21408: _SENDER,  # the region is not switched on
    21603: _SENDER,  # no sender
    21606: _SENDER,  # the sender is not ours
    21610: Meaning(opted_out=True),
    21611: _LATER,  # the sender's queue is full
    21612: Meaning(dead_point="not reachable by text"),
    21614: Meaning(dead_point="not a mobile number"),
    21617: REFUSED,  # longer than 1,600 characters
    21635: Meaning(dead_point="landline"),
    21701: _SENDER,  # no such messaging service
    21703: _SENDER,  # the messaging service has no number
    21712: _SENDER,  # the number is not in the messaging service
    21717: _SENDER,
    30024: _SENDER,  # the sender is not provisioned
    30032: _SENDER,  # toll-free number not verified
    30034: _SENDER,  # the number is in no approved campaign
    30035: _SENDER,  # the number is still being set up
    30990: _SENDER,  # the campaign is suspended
}

# Codes that come later, with a status: the message is over either way (decisions 2).
ON_STATUS: dict[int, Meaning] = {
    21610: Meaning(opted_out=True),
    30004: Meaning(opted_out=True),  # the person or the carrier blocked the sender
    30005: Meaning(dead_point="not in use"),
    30006: Meaning(dead_point="landline"),
    30024: Meaning(pause_sender=True),
    30032: Meaning(pause_sender=True),
    30034: Meaning(pause_sender=True),
    30035: Meaning(pause_sender=True),
    30990: Meaning(pause_sender=True),
}

# Kind of the event, and what it makes of the message's delivery.
STATUSES: dict[str, tuple[str, Delivery]] = {
    "accepted": ("accepted", Delivery.NONE),
    "scheduled": ("accepted", Delivery.NONE),
    "queued": ("accepted", Delivery.NONE),
    "sending": ("sent", Delivery.SENT),
    "sent": ("sent", Delivery.SENT),
    "delivered": ("delivered", Delivery.DELIVERED),
    "partially_delivered": ("delivered", Delivery.DELIVERED),
    "read": ("delivered", Delivery.DELIVERED),
    "undelivered": ("failed", Delivery.FAILED),
    "failed": ("failed", Delivery.FAILED),
    "canceled": ("failed", Delivery.FAILED),
}
