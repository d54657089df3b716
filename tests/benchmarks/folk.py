"""Who is written to in the sending bench, and what: alike for the product and its peers."""

from __future__ import annotations

ACCOUNT, TOKEN = "AC" + "1" * 32, "bench"
BODY = "Bright Smiles: it is time for a visit. Reply STOP to opt out."


def phone(number: int) -> str:
    return f"+1574{231 + number // 10_000}{number % 10_000:04d}"


def mailbox(number: int) -> str:
    return f"jane{number}@people.example.org"
