"""What a beginning of a campaign is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One step of a starter, with its other wordings where somebody kept them."""

    channel: str
    delay_days: int
    subject: str
    body: str
    other_subject: str = ""
    other_body: str = ""
    spanish_subject: str = ""
    spanish_body: str = ""


@dataclass(frozen=True)
class Starter:
    """A named beginning."""

    label: str
    says: str
    purpose: str
    steps: tuple[Words, ...]
    field: str = "Any practice"
    greets: bool = False  # goes by itself to whoever becomes known


CALL = "call {{ practice_phone }}"
