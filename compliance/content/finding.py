"""One thing the review has to say about the words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Finding:
    """`rule`: its id in the rulebook; `step`: position, 0 for the whole; `where`: the words it is about."""

    rule: str
    step: int
    blocks: bool
    says: str
    where: str = ""

    def of(self, wording: str) -> Finding:
        """The same, said of another wording than the first."""
        return replace(self, says=f"{wording}: {self.says}")

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"where": self.where[:160]}
