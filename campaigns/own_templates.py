"""An agency's own templates: a campaign's words kept for the next one, at any of its clients."""

from __future__ import annotations

import re

import phonenumbers
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from campaigns.merge_fields import BY_NAME
from campaigns.models import Campaign, OwnTemplate, Step
from campaigns.starter_parts import Starter, Words
from campaigns.starter_words import STARTERS
from tenants.models import Client, User

MOST = 100  # of one agency
PREFIX = "own-"  # in a form's choice, before the id
WORDS = ("subject", "body", "other_subject", "other_body", "spanish_subject", "spanish_body")
EMPTY = {"subject": "", "body": ""}


class CannotKeep(Exception):
    """Nothing was kept; the message is a sentence for the person who tried."""


def of(client: Client) -> QuerySet[OwnTemplate]:
    """The templates of this client's agency, by name. Inside the client's scope."""
    return OwnTemplate.objects.filter(agency=client.agency_id).order_by(Lower("name"), "pk")


def beginnings(client: Client) -> dict[str, Starter]:
    """Everything a campaign of this client may begin with: the agency's own, then ours."""
    return {f"{PREFIX}{each.pk}": as_starter(each) for each in of(client)} | STARTERS


def as_starter(kept: OwnTemplate) -> Starter:
    """Kept words in the form that a campaign begins from."""
    count = len(kept.steps)
    says = f"{count} message{'' if count == 1 else 's'}, kept by your agency."
    return Starter(
        kept.name, says, kept.purpose, tuple(Words(**(EMPTY | each)) for each in kept.steps), "Your agency’s"
    )


def keep(campaign: Campaign, name: str, by: User) -> OwnTemplate:
    """Keep the campaign's words under a name. Raises CannotKeep."""
    client = campaign.client
    steps = [
        {
            "channel": step.channel,
            "delay_days": step.delay_days,
            **{name: without_practice(getattr(step, name), client) for name in WORDS if getattr(step, name)},
        }
        for step in Step.objects.filter(campaign=campaign).order_by("position")
    ]
    if not steps:
        raise CannotKeep("This campaign has no message yet. Write one first.")
    if of(client).count() >= MOST:
        raise CannotKeep(f"Your agency keeps {MOST} templates already. Delete one first.")
    return _saved(
        OwnTemplate(agency_id=client.agency_id, purpose=campaign.purpose, steps=steps, made_by=by), name
    )


def rename(kept: OwnTemplate, name: str) -> None:
    """Raises CannotKeep."""
    _saved(kept, name)


def without_practice(text: str, client: Client) -> str:
    """The words with merge fields where they name this practice: the next one's name belongs there."""
    for field, pattern in _told_of(client):
        text = pattern.sub(BY_NAME[field].written, text)
    return text


def _told_of(client: Client) -> list[tuple[str, re.Pattern[str]]]:
    found = [("practice_name", _whole(client.name))]
    if client.website:
        found.insert(0, ("practice_website", _whole(client.website.rstrip("/"))))
    try:
        number = phonenumbers.parse(client.phone, "US")
    except phonenumbers.NumberParseException:
        return found
    digits = r"[\s().-]*".join(str(number.national_number))
    return [
        *found,
        ("practice_phone", re.compile(rf"(?<!\d)(?:\+?{number.country_code}[\s.-]*)?\(?{digits}(?!\d)")),
    ]


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)


def _saved(kept: OwnTemplate, name: str) -> OwnTemplate:
    kept.name = name
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        raise CannotKeep("Your agency has a template of this name already. Choose another name.") from None
    return kept
