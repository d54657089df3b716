"""What a new campaign may begin with: nothing, or a sequence written to the rules."""

from __future__ import annotations

import secrets
from dataclasses import replace

from campaigns import spanish_words
from campaigns.merge_fields import parts_needed
from campaigns.models import Campaign, Step
from campaigns.starter_parts import CALL, Starter, Words
from consent.models import Contact
from tenants.models import Channel, Client, Sender


def sender_for(client: Client, channel: str, purpose: str) -> Sender | None:
    """The sender a new step begins with: one meant for the purpose where there is one."""
    senders = list(Sender.objects.filter(client=client, channel=channel, ended_at=None).order_by("pk"))
    return next((each for each in senders if purpose in each.purposes), senders[0] if senders else None)


def words_at(client: Client, body: str) -> str:
    """A starter's words at this practice: one without a telephone asks for an answer instead of a call."""
    if client.phone:
        return body
    return body.replace(CALL, "just reply to this message").replace(
        spanish_words.CALL, "responda a este mensaje"
    )


def begin(campaign: Campaign, starter: Starter) -> list[str]:
    """Write a starter's steps into a new campaign, in Spanish too where somebody reads it.

    Returns sentences about what had to be left out.
    """
    left_out: list[str] = []
    position = 0
    senders = {each: sender_for(campaign.client, each, campaign.purpose) for each in Channel.values}
    in_spanish = Contact.objects.filter(client=campaign.client_id, language="es").exists()
    made: list[Step] = []
    for words in starter.steps:
        sender = senders[words.channel]
        if sender is None:
            left_out.append(no_sender(words.channel))
            continue
        position += 1
        words = _in_spanish_too(words) if in_spanish else words
        texts = {
            name: words_at(campaign.client, getattr(words, name))
            for name in ("body", "other_body", "spanish_body")
        }
        step = Step(
            client_id=campaign.client_id,
            campaign=campaign,
            position=position,
            channel=words.channel,
            sender=sender,
            delay_days=words.delay_days if made else 0,
            subject=words.subject,
            other_subject=words.other_subject,
            spanish_subject=words.spanish_subject,
            split_seed=secrets.token_hex(16) if words.other_body else "",
            **texts,
        )
        step.needs = parts_needed(step.all_words)
        made.append(step)
    Step.objects.bulk_create(made)
    return left_out


def _in_spanish_too(words: Words) -> Words:
    """A starter's step with our Spanish for it, where it is ours and has none yet."""
    subject, body = spanish_words.spanish_of(words.subject, words.body)
    return (
        words
        if words.spanish_body or not body
        else replace(words, spanish_subject=subject, spanish_body=body)
    )


def no_sender(channel: str) -> str:
    """Why a step on this channel cannot be made."""
    what = "number to send texts from" if channel == Channel.SMS else "address to send mail from"
    return f"The practice has no {what} yet. Add one in Settings."
