"""What every provider is to the rest of the product: a place to hand messages to, and to ask about them later.

`send` makes one hand-off and tells only what it knows for certain. Nothing here tries a second time:
whether to try again is decided on the ledger (messaging.recording), never inside a library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import UUID

from tenants.models import ProviderAccount

if TYPE_CHECKING:
    from messaging.providers.hooks import Answered, Shunned


@dataclass(frozen=True, repr=False)
class Outgoing:
    """One message as it is to leave. Its words are personal data, so its repr shows the attempt only."""

    attempt_id: UUID
    to: str  # canonical: E.164, or a lower-cased mail address
    sender_address: str
    sender_name: str = ""  # the From name of a mail
    messaging_service: str = ""  # Twilio's MG…; empty sends from `sender_address` itself
    subject: str = ""
    text: str = ""
    html: str = ""
    unsubscribe_url: str = ""  # for List-Unsubscribe; the words carry their own link
    valid_for: int = 14_400  # seconds the provider may keep trying (Twilio's ValidityPeriod: 1 to 36,000)

    def __repr__(self) -> str:
        return f"Outgoing({self.attempt_id})"


class Outcome(Enum):
    """What is known about a hand-off; the values are those of `Attempt.Outcome`."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # the provider said no, with a reason: never again
    NOT_SENT = "not_sent"  # certainly nothing arrived: may be tried again
    UNKNOWN = "unknown"  # anything unclear: never tried again by the machine


LATE = "late"  # code of a NOT_SENT whose two seconds were over before it could begin


@dataclass(frozen=True)
class Receipt:
    """What became of one message of a hand-off."""

    attempt_id: UUID
    outcome: Outcome
    provider_id: str = ""  # SM…; X-Message-Id and the attempt; the Message-ID
    code: str = ""  # the provider's error code, or a word of ours such as `connect`, `timeout`, `http_502`
    opted_out: bool = False  # Twilio 21610: the person opted out there and we missed it
    pause_sender: bool = False  # credentials or registration are wrong: every further message would fail too
    retry_after: float | None = None  # seconds, when the provider named a pause (429)


@dataclass(frozen=True, repr=False)
class Asked:
    """An attempt whose outcome is unknown, as a question to the provider."""

    attempt_id: UUID
    to: str
    sender_address: str
    text: str  # as handed over; compared by its SHA-256
    claimed_at: datetime
    deadline: datetime
    messaging_service: str = ""
    bound: frozenset[str] = field(default_factory=frozenset)  # provider ids that belong to other attempts

    def __repr__(self) -> str:
        return f"Asked({self.attempt_id})"


@dataclass(frozen=True)
class Found:
    """The provider has it, exactly once."""

    provider_id: str
    status: str  # the provider's own word for where it is now


class Answer(Enum):
    """The other answers of `find`. Neither binds anything."""

    NOT_FOUND = "not_found"  # the provider knows of none such, so far
    SEVERAL = "several"  # more than one fits: a person decides


NOT_FOUND = Answer.NOT_FOUND
SEVERAL = Answer.SEVERAL


class NotConnected(Exception):
    """The provider cannot be reached, so nothing may be claimed for it. Its text is a code, never an address."""


TOO_MANY = "too_many"  # a list that does not end: its beginning is no answer


class Provider(Protocol):
    """An account at a provider. Thread-safe: up to 64 threads call `send` at once."""

    name: ClassVar[str]
    channel: ClassVar[str]
    most_at_once: ClassVar[int]  # messages in one hand-off; their fate is one

    def __init__(self, account: ProviderAccount) -> None: ...

    def connect(self) -> None:
        """Open and keep a connection, so that DNS, refusal and TLS fail before any claim; raises `NotConnected`."""

    def groups(self, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
        """The same messages, parted into as few calls as this provider can carry them in."""

    def send(self, batch: Sequence[Outgoing], *, begin_by: float = float("inf")) -> list[Receipt]:
        """Hand over one group; a receipt for each message, in order.

        After `begin_by` (time.monotonic()) nothing begins: what has not begun is `NOT_SENT`, code `late`, also
        when connecting took too long. Never raises for what the network or the provider did.
        """

    def find(self, asked: Asked) -> Found | Answer | None:
        """Ask about an unknown. None: this provider cannot be asked. Raises `NotConnected`: ask again later."""

    def replies(self, numbers: Sequence[str], since: datetime) -> list[Answered]:
        """What people wrote to these numbers of ours since then. Raises `NotConnected` or `NotOffered`."""

    def listed(self, numbers: Sequence[str], since: datetime, until: datetime) -> list[Listed]:
        """What these numbers of ours sent between two moments. Raises `NotConnected` or `NotOffered`."""

    def shunned(self, since: datetime) -> list[Shunned]:
        """Whom the provider put on its lists of those it writes to no more, since then. Raises as the others."""

    def opt_out(self, sender: str, addresses: Sequence[str]) -> dict[str, str]:
        """Have the provider refuse these addresses from now on. What it says of each: empty where it has confirmed, else a code,
        also where it gave no answer. Raises `NotOffered`."""

    def opt_in(self, addresses: Sequence[str]) -> dict[str, str]:
        """Have it carry to these addresses again, after a fresh yes of each. Answers as `opt_out`."""

    def blank(self, provider_id: str) -> bool:
        """Have the provider forget the words of one message. False: it has none such, or refuses. Raises as the others."""

    def given_up(self, day: date) -> set[str]:
        """The numbers that carriers took back on a day, everybody's. Raises as the others."""

    def pictures(self, provider_id: str) -> list[str]:
        """The provider's ids of what came with a reply. Raises as the others."""

    def picture(self, provider_id: str, picture_id: str) -> bytes | None:
        """One of them as it came; None: the provider has none such. Raises as the others."""

    def forget_picture(self, provider_id: str, picture_id: str) -> None:
        """Have it deleted there; deleting again changes nothing. Raises as the others."""


@dataclass(frozen=True, repr=False)
class Listed:
    """A message of ours as the provider's own list has it."""

    provider_id: str
    to: str
    text: str  # as it begins
    at: datetime


class NotOffered(Exception):
    """This provider has no such list, or takes no such order."""
