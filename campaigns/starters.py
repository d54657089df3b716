"""What a new campaign may begin with: nothing, or a sequence written to the rules."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.merge_fields import parts_needed
from campaigns.models import Campaign, Step
from tenants.models import Channel, Client, Purpose, Sender


@dataclass(frozen=True)
class Words:
    """One step of a starter."""

    channel: str
    delay_days: int
    subject: str
    body: str


@dataclass(frozen=True)
class Starter:
    """A named beginning."""

    label: str
    says: str
    purpose: str
    steps: tuple[Words, ...]


_CALL = "call {{ practice_phone }}"
_RECALL_TEXT = (
    "Hi {{ first_name }}, this is {{ practice_name }}. It has been a while since we saw you. "
    "To find a time, call {{ practice_phone }}."
)
_RECALL_MAIL = """Hello {{ first_name }},

it has been a while since we saw you, and we would be glad to have you back.

To find a time that suits you, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WIN_BACK = """Hello {{ first_name }},

it has been some time since your last visit to {{ practice_name }}. We would love to show you what is new.

To come by, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WIN_BACK_AGAIN = """Hello {{ first_name }},

a short reminder from {{ practice_name }}: your place is still here. To come by, call {{ practice_phone }}.

Your team at {{ practice_name }}"""
_WELCOME = "Hi {{ first_name }}, welcome to {{ practice_name }}! To find a time or to ask us anything, call {{ practice_phone }}."
_PAPERWORK = (
    "Hi {{ first_name }}, this is {{ practice_name }}. Some of your paperwork is not complete yet. "
    "For help with it, call {{ practice_phone }}."
)
_CHECK_IN = (
    "Hi {{ first_name }}, this is {{ practice_name }}. We hope your visit went well. "
    "If there is anything you would like to ask, call {{ practice_phone }}."
)
STARTERS = {
    "blank": Starter("Blank", "Start with no message.", Purpose.MARKETING, ()),
    "recall": Starter(
        "Recall: a text, then an e-mail",
        "For patients who have not been in for a while. Says nothing about treatment.",
        Purpose.RECALL,
        (
            Words(Channel.SMS, 0, "", _RECALL_TEXT),
            Words(Channel.EMAIL, 3, "A note from {{ practice_name }}", _RECALL_MAIL),
        ),
    ),
    "win_back": Starter(
        "Win-back: two e-mails",
        "Invites former clients back. Goes as marketing; add your offer to the words.",
        Purpose.MARKETING,
        (
            Words(Channel.EMAIL, 0, "We would love to see you again", _WIN_BACK),
            Words(Channel.EMAIL, 10, "Still thinking about it?", _WIN_BACK_AGAIN),
        ),
    ),
    "welcome": Starter(
        "Welcome: one text",
        "For people who asked about a first visit and said yes to texts.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _WELCOME),),
    ),
    "paperwork": Starter(
        "Paperwork: one text",
        "Reminds of forms that are still open. Says nothing about what they are for.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _PAPERWORK),),
    ),
    "check_in": Starter(
        "After a visit: one text",
        "Asks how it went. No offer, or it becomes marketing.",
        Purpose.CARE,
        (Words(Channel.SMS, 0, "", _CHECK_IN),),
    ),
}


def sender_for(client: Client, channel: str, purpose: str) -> Sender | None:
    """The sender a new step begins with: one meant for the purpose where there is one."""
    senders = list(Sender.objects.filter(client=client, channel=channel, ended_at=None).order_by("pk"))
    return next((each for each in senders if purpose in each.purposes), senders[0] if senders else None)


def begin(campaign: Campaign, name: str) -> list[str]:
    """Write a starter's steps into a new campaign. Returns sentences about what had to be left out."""
    left_out: list[str] = []
    position = 0
    senders = {each: sender_for(campaign.client, each, campaign.purpose) for each in Channel.values}
    made: list[Step] = []
    for words in STARTERS[name].steps:
        sender = senders[words.channel]
        if sender is None:
            left_out.append(no_sender(words.channel))
            continue
        position += 1
        body = (
            words.body if campaign.client.phone else words.body.replace(_CALL, "just reply to this message")
        )
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
