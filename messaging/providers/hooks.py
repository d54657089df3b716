"""What every provider's webhook is to the rest of the product: verified first, kept as received, parsed as often as needed.

Each `webhook.py` offers, for each kind of webhook it has:
- `open_…(received, settings, now)`: verify and return what is to be kept; raises `Forged` or `NoKey`;
- `told(kept, received_at)`: what the kept text says about messages;
- `replies(kept)`: what people wrote in it.
The last two are pure: the same text always says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consent.models import Suppression
from messaging.models.message import Delivery
from tenants.models import Channel


class Forged(Exception):
    """Not signed by the provider for this very address: nothing is stored (403). The text is for the log."""


class NoKey(Exception):
    """No key to verify with: the provider is asked to come again (503)."""


@dataclass(frozen=True, repr=False)
class Received:
    """A request as it came; `url` is made from PUBLIC_URL, never from request headers."""

    url: str
    query: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Kept:
    """What is stored of a verified webhook, and the name by which a repeat is known."""

    delivery_id: str
    text: str


@dataclass(frozen=True)
class Notice:
    """One thing a provider tells about a message, in our words."""

    provider: str
    event_id: str
    kind: str
    at: datetime
    delivery: Delivery = Delivery.NONE
    code: str = ""
    attempt: UUID | None = None
    provider_id: str = ""
    channel: str = Channel.EMAIL.value
    address: str = field(default="", repr=False)  # as the provider wrote it
    suppress: Suppression.Source | None = None
    urgent: bool = False  # the person's own no: stored before the webhook is answered
    dead_point: str = ""  # why this address can never be reached on this channel
    pause_sender: bool = False
    handed_over: bool = True  # whether it proves that the provider had accepted the message


@dataclass(frozen=True)
class Told:
    """What a kept webhook says; `problems` are the parts nobody could read, without personal data."""

    notices: list[Notice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class Answered:
    """What a person wrote back."""

    provider_id: str
    channel: str
    sender: str  # as the provider wrote it
    to: str
    text: str
    pictures: int = 0
    provider_says: str = ""  # Twilio's Advanced Opt-Out: STOP, START or HELP
    may_opt_in: bool = True  # a mail's From can be forged: it may say no, never yes
    sent_at: datetime | None = None  # by the provider's clock, where it tells the time
    by_machine: bool = False  # a no in it is looked at by a person; nothing else of it was kept


@dataclass(frozen=True, repr=False)
class Shunned:
    """An address on a provider's own list of those it writes to no more, and why."""

    address: str  # as the provider wrote it
    source: Suppression.Source


class Hook(NamedTuple):
    """One kind of webhook of one provider."""

    provider: str
    kind: str
    open: Callable[[Received, Mapping[str, str], datetime], Kept]
    told: Callable[[str, datetime], Told]
    replies: Callable[[str], list[Answered]]


def nothing_told(kept: str, received_at: datetime) -> Told:  # noqa: ARG001
    """For kinds that tell nothing about messages."""
    return Told()


def no_replies(kept: str) -> list[Answered]:  # noqa: ARG001
    """For kinds that bring nothing people wrote."""
    return []


def key_of(settings: Mapping[str, str], name: str) -> str:
    """The account's key called `name`; raises `NoKey` when there is none."""
    if not settings.get(name):
        raise NoKey(name)
    return settings[name]
