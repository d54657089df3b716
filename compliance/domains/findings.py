"""What a look at a domain found: sentences a person can act on, with the record to add ready to copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

PASS, WARN, FAIL, UNKNOWN = "pass", "warn", "fail", "unknown"


@dataclass(frozen=True)
class Record:
    """A DNS record, ready to copy into the domain's zone."""

    type: str
    name: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One thing seen. `part`: spf, dkim, dmarc or mx; `answer`: pass, warn, fail, unknown."""

    part: str
    answer: str
    says: str
    add: Record | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Seen:
    """What the look-ups found in all: the findings, and the records by `name type`."""

    findings: list[Finding] = field(default_factory=list)
    records: dict[str, list[str]] = field(default_factory=dict)

    def note(self, part: str, answer: str, says: str, add: Record | None = None) -> None:
        self.findings.append(Finding(part, answer, says, add))

    def answer(self, *parts: str) -> str:
        """`fail` if anything failed, else `unknown` if anything could not be checked, else `pass`; nothing seen is unknown."""
        return worst(f.answer for f in self.findings if not parts or f.part in parts)


def worst(answers: Iterable[str]) -> str:
    """The answer of a whole from the answers of its parts; warnings pass."""
    given = set(answers)
    if FAIL in given:
        return FAIL
    return UNKNOWN if UNKNOWN in given or not given else PASS
