"""A step's second wording: both are signed, and each household draws one of the two for good (docs/outcomes.md).

Sending draws with `drawn` and nothing else; what was drawn stands on the message, so a report never draws again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Step = Mapping[str, Any]
FIRST, SECOND = "a", "b"
NAMES = {FIRST: "A", SECOND: "B"}


def second_of(step: Step) -> dict[str, Any] | None:
    """The frozen step with its second words in the place of the first; None where it has one wording only."""
    other = step.get("other")
    if not other:
        return None
    return {**{name: value for name, value in step.items() if name != "other"}, **other["words"]}


def both(step: Step) -> list[tuple[str, Step]]:
    """Each wording of a step with its letter; one without a letter where there is no second."""
    second = second_of(step)
    return [("", step)] if second is None else [(FIRST, step), (SECOND, second)]


def named(letter: str) -> str:
    """“, wording B”, to stand behind the name of a message."""
    return f", wording {NAMES[letter]}" if letter else ""


def drawn(step: Step, household: int) -> str:
    """Which wording a household reads: SHA-256 over `seed:household`, even for the first, odd for the second."""
    other = step.get("other")
    if not other:
        return ""
    digest = hashlib.sha256(f"{other['seed']}:{household}".encode()).digest()
    return SECOND if digest[3] % 2 else FIRST
