"""Who can mend what a check refuses, in words for pages and mails."""

from __future__ import annotations

AGENCY, THEIRS = "the agency’s people", "the practice’s compliance contact"
EITHER = f"{AGENCY} or {THEIRS}"
_OTHERS = {"not_approved": THEIRS, "audience_grew": THEIRS} | dict.fromkeys(
    ("no_postal_address", "list_not_certified"), EITHER
)


def who_acts(code: str) -> str:
    """Of the check with this code."""
    return _OTHERS.get(code, AGENCY)
