"""What stands between a client and sending, as cards of evidence. Asks the same rows as the gate's checks."""

from __future__ import annotations

from datetime import datetime

from compliance.readiness.canary_facts import add_canaries
from compliance.readiness.card import CLEAR, HELD, WAITING, Card
from compliance.readiness.client_facts import (
    addiction,
    address,
    agreement,
    certificate,
    chain,
    companies,
    covered,
    hosting,
)
from compliance.readiness.list_facts import looked_up, registry
from compliance.readiness.sender_facts import accounts, domains, nothing_to_send_from, numbers
from tenants.models import Agreement, Client, Sender

__all__ = ["Card", "cards", "verdict"]


def cards(client: Client, at: datetime) -> list[Card]:
    """Every fact about the client, in the order in which it is set up. A fixed number of queries."""
    senders = list(
        Sender.objects.in_force(at)
        .filter(client=client)
        .select_related("location")
        .order_by("channel", "address")
    )
    found, agreements = [covered(client), addiction(client)], list[Agreement]()
    if client.needs_agreement:
        agreements = list(
            Agreement.objects.in_force(at).filter(client=client).defer("file").order_by("-signed_on")
        )
        found.append(agreement(agreements, at))
        found += chain(agreements, senders, at)
        found.append(hosting(agreements, at))
    found += companies(client, agreements, at)
    found += [address(client, at), certificate(client, at), *registry(client, senders, at)]
    found += looked_up(client, senders)
    found += nothing_to_send_from(senders)
    sending = domains(client, senders, at) + numbers(client, senders, at)
    return found + add_canaries(client, sending, at) + accounts(client, senders, at)


def verdict(found: list[Card]) -> tuple[str, str]:
    """The answer over all cards and the sentence for the page's head."""
    held = [card for card in found if card.answer == HELD]
    if not held:
        soon = [card for card in found if card.answer == WAITING]
        if not soon:
            return CLEAR, "Everything about this client is in order."
        return WAITING, f"Ready to send. {_count(soon)} should be looked at soon: {_names(soon)}."
    verb = "keeps" if len(held) == 1 else "keep"
    return HELD, f"Not ready: {_count(held)} {verb} messages from being sent: {_names(held)}."


def _count(cards: list[Card]) -> str:
    return "one thing" if len(cards) == 1 else f"{len(cards)} things"


def _names(cards: list[Card]) -> str:
    return ", ".join(
        card.title[0].lower() + card.title[1:]
        if card.kind
        in {
            "baa",
            "address",
            "certificate",
            "covered",
            "addiction",
            "hosting",
            "registry",
            "lookup",
            "sender",
        }
        else card.title
        for card in cards
    )
