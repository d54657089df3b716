"""What a new campaign may begin with: nothing, or a sequence written to the rules."""

from __future__ import annotations

from campaigns.merge_fields import parts_needed
from campaigns.models import Campaign, Step
from campaigns.starter_parts import CALL, Starter
from tenants.models import Channel, Client, Sender


def sender_for(client: Client, channel: str, purpose: str) -> Sender | None:
    """The sender a new step begins with: one meant for the purpose where there is one."""
    senders = list(Sender.objects.filter(client=client, channel=channel, ended_at=None).order_by("pk"))
    return next((each for each in senders if purpose in each.purposes), senders[0] if senders else None)


def words_at(client: Client, body: str) -> str:
    """A starter's words at this practice: one without a telephone asks for an answer instead of a call."""
    return body if client.phone else body.replace(CALL, "just reply to this message")


def begin(campaign: Campaign, starter: Starter) -> list[str]:
    """Write a starter's steps into a new campaign. Returns sentences about what had to be left out."""
    left_out: list[str] = []
    position = 0
    senders = {each: sender_for(campaign.client, each, campaign.purpose) for each in Channel.values}
    made: list[Step] = []
    for words in starter.steps:
        sender = senders[words.channel]
        if sender is None:
            left_out.append(no_sender(words.channel))
            continue
        position += 1
        body = words_at(campaign.client, words.body)
        made.append(
            Step(
                client_id=campaign.client_id,
                campaign=campaign,
                position=position,
                channel=words.channel,
                sender=sender,
                delay_days=words.delay_days if made else 0,
                subject=words.subject,
                body=body,
                needs=parts_needed([words.subject, body]),
            )
        )
    Step.objects.bulk_create(made)
    return left_out


def no_sender(channel: str) -> str:
    """Why a step on this channel cannot be made."""
    what = "number to send texts from" if channel == Channel.SMS else "address to send mail from"
    return f"The practice has no {what} yet. Add one in Settings."
