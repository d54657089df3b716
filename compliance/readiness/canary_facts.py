"""What a sender's canary proved, on the card of its number or domain."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.models import Canary
from compliance.readiness.card import CLEAR, HELD, WAITING, Card
from tenants.models import Client
from tenants.templatetags.figures import phone

SOON = timedelta(days=5)


def add_canaries(client: Client, found: list[Card], at: datetime) -> list[Card]:
    """The cards of numbers and domains, each held without a canary that counts. One query."""
    rows = Canary.objects.good(at).filter(client=client).order_by("valid_until")
    until = {row.sender_id: row.valid_until for row in rows if row.valid_until}
    for card in found:
        senders = [card.about] if card.kind == "number" else card.senders
        for sender in senders:
            card.findings = [*card.findings, _finding(sender.address, until.get(sender.pk), at)]
        if any(sender.pk not in until for sender in senders):
            if card.answer != HELD:
                card.says = "No canary to ourselves came through in the last 30 days, so its messages wait."
            card.answer = HELD
        elif card.answer == CLEAR and min(until[sender.pk] for sender in senders) < at + SOON:
            card.answer, card.says = (
                WAITING,
                f"{card.says} Its canary counts only a few days more; send the next one.",
            )
    return found


def _finding(address: str, until: datetime | None, at: datetime) -> dict[str, object]:
    answer, says = (
        ("pass", f"A canary from {phone(address)} came through; it counts {_days(until - at)} more.") if until
        else ("fail", f"Send a canary from {phone(address)}: it must arrive, and its report come back signed.")
    )  # fmt: skip
    return {"part": "canary", "answer": answer, "says": says, "add": None}


def _days(left: timedelta) -> str:
    return "less than a day" if left.days < 1 else "a day" if left.days == 1 else f"{left.days} days"
