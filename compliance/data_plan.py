"""The data-handling plan of a campaign, drawn from what is set: which way the data goes, who sees it, how long it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from campaigns.models import Campaign
from compliance.models import CampaignStatement
from compliance.preview import steps_of
from tenants.clock import db_now
from tenants.models import Agreement, Channel, Membership, Provider, SubProcessor

PAID_BY_OTHERS = (
    "Somebody else (a manufacturer, a laboratory, another business) pays the practice "
    "for this message or for what it promotes, or it promotes goods or services that are not the practice’s own."
)


Teller = Callable[[int], list[str]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Let a room to the right tell how long it keeps a client's data: sentences, by the client's id."""
    if teller not in _tellers:
        _tellers.append(teller)


@dataclass(frozen=True)
class Line:
    """One heading of the card, and whether somebody stated something else about it."""

    heading: str
    says: str
    stated: str  # what was stated, where it differs from what is set now


def card_of(campaign: Campaign) -> tuple[list[Line], CampaignStatement | None]:
    """The plan as set now beside what was stated about exactly this campaign. Inside the client's scope."""
    rows = CampaignStatement.objects.filter(
        campaign=campaign, fingerprint=campaign.fingerprint, ended_at=None
    )
    statement: CampaignStatement | None = rows.select_related("by").first()
    stated = dict(statement.plan) if statement else {}
    return [
        Line(heading, says, stated[heading] if stated.get(heading, says) != says else "")
        for heading, says in plan_of(campaign)
    ], statement


def plan_of(campaign: Campaign) -> list[list[str]]:
    """Headings and sentences, for the card and for the statement that keeps them. Inside the client's scope."""
    client, steps = campaign.client, steps_of(campaign)
    fields = sorted({name for step in steps for name in step.needs})
    carried = [
        f"Message {step.position}: {'the mobile number' if step.channel == Channel.SMS else 'the mail address'} and the "
        f"words go to {Provider(step.sender.provider).label}, from {step.sender.address}."
        for step in steps
    ]
    merged = f" Filled in for each person: {', '.join(fields).replace('_', ' ')}." if fields else ""
    return [
        [
            "What goes where",
            " ".join(carried)
            + f"{merged} Nothing else leaves: no diagnosis, no birth date, no notes are kept here.",
        ],
        [
            "Who sees it",
            f"{_members(campaign)}{_companies(campaign)} Names, addresses and replies are encrypted where they are stored.",
        ],
        ["Under which agreements", _agreements(campaign)],
        [
            "How long",
            " ".join(
                [
                    f"Messages that are not sent within {campaign.days_valid} days of their time run out.",
                    *(sentence for teller in _tellers for sentence in teller(client.pk)),
                    "That a message was sent, consents, approvals and the record of deeds are kept as proof for at least six years; "
                    "opt-outs for ever.",
                ]
            ),
        ],
        [
            "How it ends",
            f"When {client.name} leaves or asks, its contacts and texts are overwritten; of an opt-out only a keyed hash stays.",
        ],
    ]


def _members(campaign: Campaign) -> str:
    agency = (
        Membership.objects.in_force()
        .filter(agency=campaign.client.agency_id)
        .values("user")
        .distinct()
        .count()
    )
    theirs = Membership.objects.in_force().filter(client=campaign.client_id).values("user").distinct().count()
    factor = "Outside a demo nobody" if settings.DEMO else "Nobody"
    return (
        f"{agency} at {campaign.client.agency.name} and {theirs} at {campaign.client.name}. "
        f"{factor} opens a page without a second factor."
    )


def _companies(campaign: Campaign) -> str:
    rows = SubProcessor.objects.in_force(db_now()).filter(client=campaign.client_id).order_by("name", "pk")
    return "".join(f" {row.name}, for {row.product}, sees: {row.sees.rstrip('.')}." for row in rows)


def _agreements(campaign: Campaign) -> str:
    if not campaign.client.needs_agreement:
        return "HIPAA does not cover the client, so none is asked for."
    at = db_now()
    rows = (
        Agreement.objects.in_force(at)
        .filter(client=campaign.client_id)
        .defer("file")
        .order_by("kind", "provider")
    )
    told = [
        f"{row.parties} ({row.signed_on:%Y-%m-%d}{''.join(f', {each}' for each in (row.product, row.host, row.scope) if each)})"
        for row in rows
    ]
    return f"{'; '.join(told)}." if told else "None is on file yet."
