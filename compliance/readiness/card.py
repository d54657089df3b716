"""A fact about a client as a card of evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenants.models import Sender, SubProcessor

CLEAR, WAITING, HELD = "clear", "waiting", "held"


@dataclass
class Card:
    """One fact: its answer, what was seen and when, what it should be, where to change it."""

    key: str
    kind: str  # baa, chain, hosting, company, address, certificate, covered, domain, number, account
    title: str
    answer: str
    says: str
    checked_at: datetime | None = None
    good_until: datetime | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    facts: list[tuple[str, str]] = field(default_factory=list)
    falls_at: datetime | None = None  # from when on what was signed on it has ended, while it is not in order
    fell: bool = False
    about: Any = None  # the row behind it
    company: SubProcessor | None = None
    senders: list[Sender] = field(default_factory=list)  # From addresses of a domain
