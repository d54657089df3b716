"""``rules.csv``, read once; a row that cannot be right stops the program at import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from compliance.checks import BY_CODE
from compliance.content.rules import BY_ID
from consent.places.tables import read_table

RULES_FILE = Path(__file__).parent / "rules.csv"
OVERDUE_AFTER = timedelta(days=180)
EFFECTS = {
    "block": "Blocks",
    "wait": "Waits",
    "warn": "Needs a named person's reason",
    "act": "Done by itself",
    "log": "Kept as proof",
}
POINTS = ("draft", "approval", "launch", "send", "reply", "daily")


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps a rule. `kind`: check (a code), review (a rule of the words), act (`module:name` of what does it)."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule. Without anything that keeps it, `why_not` says why it is not built."""

    id: str
    says: str
    cites: str
    effect: str
    when: tuple[str, ...]
    default: str
    kept_by: tuple[Kept, ...]
    fix: str
    doubt: str
    why_not: str
    effective_from: date | None
    effective_until: date | None
    reviewed_at: date

    @property
    def shown_effect(self) -> str:
        return EFFECTS[self.effect]

    def names(self, kind: str) -> list[str]:
        """What of one kind keeps it."""
        return [each.name for each in self.kept_by if each.kind == kind]

    def as_json(self) -> dict[str, Any]:
        """For `manage.py rulebook --json`."""
        dates = {
            name: value.isoformat() if value else None
            for name in ("effective_from", "effective_until", "reviewed_at")
            for value in [getattr(self, name)]
        }
        kept = {"checks": self.names("check"), "findings": self.names("review"), "actions": self.names("act")}
        return {
            "id": self.id,
            "sentence": self.says,
            "citation": self.cites,
            "effect": self.effect,
            "when": list(self.when),
            "default": self.default,
            "fix": self.fix,
            **kept,
            "doubt": self.doubt,
            "not_built": self.why_not,
            **dates,
        }


def _read(row: dict[str, str]) -> RuleEntry:
    kept = tuple(Kept(*each.split(":", 1)) for each in row["kept_by"].split())
    when = tuple(row["when"].split())
    wrong = (
        row["effect"] not in EFFECTS or row["default"] not in ("on", "off") or not set(when) <= set(POINTS)
        or bool(kept) == bool(row["why_not"]) or not row["says"].endswith(".")
        or any(each.kind not in ("check", "review", "act") for each in kept)
        or any(each.kind == "check" and each.name not in BY_CODE for each in kept)
        or any(each.kind == "review" and each.name not in BY_ID for each in kept)
    )  # fmt: skip
    if wrong:
        raise ValueError(
            f"rules.csv: {row['id']} names no known effect, point, check or rule of the words, "
            "has no sentence, or is neither kept nor says why not."
        )
    return RuleEntry(
        row["id"], row["says"], row["cites"], row["effect"], when, row["default"], kept, row["fix"], row["doubt"],
        row["why_not"], _dated(row["effective_from"]), _dated(row["effective_until"]), date.fromisoformat(row["reviewed_at"]),
    )  # fmt: skip


def _dated(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


RULES: tuple[RuleEntry, ...] = tuple(map(_read, read_table(RULES_FILE)))
if len({rule.id for rule in RULES}) != len(RULES):
    raise ValueError("rules.csv names a rule twice.")


def overdue(today: date) -> list[RuleEntry]:
    """Rules that nobody has looked at for more than 180 days: a warning, they still hold."""
    return [rule for rule in RULES if today - rule.reviewed_at > OVERDUE_AFTER]
