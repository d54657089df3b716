"""The wordings of a step: all are signed. Who reads Spanish gets the Spanish one where there is one; of the two in English each
household draws one for good (docs/outcomes.md).

Sending chooses with `chosen` and nothing else; what was drawn stands on the message, so a report never draws again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Step = Mapping[str, Any]
FIRST, SECOND, SPANISH = "a", "b", "s"
NAMES = {FIRST: "A", SECOND: "B"}  # the two that are compared


def second_of(step: Step) -> dict[str, Any] | None:
    """The frozen step with its second words in the place of the first; None where it has one wording only."""
    other = step.get("other")
    if not other:
        return None
    return {
        **{name: value for name, value in step.items() if name not in ("other", "spanish")},
        **other["words"],
    }


def spanish_of(step: Step) -> dict[str, Any] | None:
    """The frozen step with its Spanish words and lines in the place of the English; None where there are none."""
    spanish = step.get("spanish")
    if not spanish:
        return None
    return {**{name: value for name, value in step.items() if name not in ("other", "spanish")}, **spanish}


def worded(step: Step, letter: str) -> Step:
    """The frozen step in the wording of this letter; in its first where it has no such."""
    return {SECOND: second_of, SPANISH: spanish_of}.get(letter, lambda _: None)(step) or step


def every(step: Step) -> list[tuple[str, Step]]:
    """Each wording of a step with its letter; the first without a letter where there is no second."""
    second, spanish = second_of(step), spanish_of(step)
    made: list[tuple[str, Step]] = [("", step)] if second is None else [(FIRST, step), (SECOND, second)]
    return made if spanish is None else [*made, (SPANISH, spanish)]


def named(letter: str) -> str:
    """“, wording B”, to stand behind the name of a message."""
    return ", in Spanish" if letter == SPANISH else f", wording {NAMES[letter]}" if letter else ""


def language_of(letter: str) -> str:
    """In which language a wording speaks."""
    return "es" if letter == SPANISH else "en"


def chosen(step: Step, household: int, language: str) -> str:
    """Which wording somebody reads: the Spanish one who reads that, else what the household drew."""
    return SPANISH if language == "es" and step.get("spanish") else drawn(step, household)


def drawn(step: Step, household: int) -> str:
    """Which of the two a household drew: SHA-256 over `seed:household`, even for the first, odd for the second."""
    other = step.get("other")
    if not other:
        return ""
    digest = hashlib.sha256(f"{other['seed']}:{household}".encode()).digest()
    return SECOND if digest[3] % 2 else FIRST
