"""The rulebook: every rule with its sentence, citation, effect and dates, and what keeps it; from ``rules.csv``."""

from __future__ import annotations

from compliance.rulebook.register import OVERDUE_AFTER, RULES, Kept, RuleEntry, overdue

__all__ = ["OVERDUE_AFTER", "RULES", "Kept", "RuleEntry", "overdue"]
