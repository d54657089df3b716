"""The words of what is due, written ahead of the claim, outside any lock. Nothing is judged here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from cryptography.fernet import InvalidToken

from campaigns.fingerprint import refresh_all
from campaigns.models import Campaign, CampaignVersion, Step
from campaigns.rendering import Rendered, Unrenderable, as_written, people_by_id, render, step_at
from campaigns.wordings import chosen as chosen_wording
from consent.preference_links import NewLink, new_link
from messaging.confirming import confirmation
from messaging.due import Due, due
from messaging.locks import keys_of
from messaging.models import Message, Status
from messaging.own_codes import UNREADABLE
from messaging.words import written_by_hand
from tenants.clock import db_now
from tenants.models import Channel, Client, Sender
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
ASK_AGAIN = timedelta(minutes=15)
Read = TypeVar("Read")


@dataclass
class Prepared:
    """A due message with its words, not yet judged."""

    id: int
    address_id: int
    household: int
    to: str
    sender: Any
    rendered: Rendered
    wording: str  # the letter of the one that is read, where its step has several
    link: NewLink | None
    campaign: int | None  # none: an answer by hand, or a confirmation

    @property
    def keys(self) -> tuple[int, int]:
        return keys_of(self.address_id, self.household)


def prepare(client_id: int, provider: str, limit: int, *, second: bool = False) -> list[Prepared]:
    """Due messages for one provider, one an address and a household, with their words rendered.

    `second`: for another worker beside the first, who is at the earliest ones: those behind them, if there are any.
    What has no words is put off with the reason, so that it holds up nobody else.
    """
    with acting_for(client_id):
        chosen = _chosen(client_id, provider, limit, second=second)
        if not chosen:
            return []
        client = Client.objects.get(pk=client_id)
        # An edit made past the pages: the gate now sees that nobody signed it.
        refresh_all(client, Campaign.objects.filter(pk__in={m.campaign_id for m in chosen}))
        contents = dict(
            CampaignVersion.objects.filter(pk__in={m.campaign_version_id for m in chosen}).values_list(
                "pk", "content"
            )
        )
        steps = dict(Step.objects.filter(pk__in={m.step_id for m in chosen}).values_list("pk", "position"))
        senders = Sender.objects.in_bulk({m.sender_id for m in chosen})
        no_people: set[int] = set()
        no_words: set[int] = set()
        persons = _readable(partial(people_by_id, client_id), [m.contact_id for m in chosen], no_people)
        by_hand = _readable(written_by_hand, [m.pk for m in chosen if m.campaign_id is None], no_words)
        ready: list[Prepared] = []
        wordless: dict[str, list[int]] = {"missing_words": [], UNREADABLE: []}
        for m in chosen:
            if m.contact_id in no_people or m.pk in no_words:
                logger.error(
                    "cannot be decrypted",
                    extra={"client": client_id, "contact": m.contact_id},
                )
                wordless[UNREADABLE].append(m.pk)
                continue
            link = (
                new_link(client_id, m.address_id, m.pk, m.campaign_id) if m.channel == Channel.EMAIL else None
            )
            wording = ""
            try:
                if m.confirms_id is not None:
                    words = as_written(confirmation(client.name, persons[m.contact_id].language))
                elif m.campaign_version_id is None or m.step_id is None:
                    words = as_written(by_hand[m.pk])
                else:
                    content, position = contents[m.campaign_version_id], steps[m.step_id]
                    reader = persons[m.contact_id]
                    wording = chosen_wording(step_at(content, position), m.household, reader.language)
                    words = render(content, position, reader, link.url if link else "", wording)
            except (Unrenderable, KeyError):
                wordless["missing_words"].append(m.pk)
                continue
            except Exception as error:  # a fault of ours with this one's words; they may stand in its text
                logger.error(  # noqa: TRY400
                    "words could not be written",
                    extra={"client": client_id, "contact": m.contact_id, "code": type(error).__name__},
                )
                wordless[UNREADABLE].append(m.pk)
                continue
            person = persons.get(m.contact_id)
            to = person.points.get(m.address_id, "") if person else ""
            ready.append(
                Prepared(
                    m.pk,
                    m.address_id,
                    m.household,
                    to,
                    senders[m.sender_id],
                    words,
                    wording,
                    link,
                    m.campaign_id,
                )
            )
        for code, ids in wordless.items():
            if ids:
                Message.objects.filter(pk__in=ids, status=Status.QUEUED).update(
                    due_at=db_now() + ASK_AGAIN, failed=[code], judged_at=db_now()
                )
        return ready


def _chosen(client_id: int, provider: str, limit: int, *, second: bool) -> list[Due]:
    chosen: list[Due] = []
    addresses: set[int] = set()
    households: set[int] = set()
    behind = due(client_id, provider, limit * 2, after=limit * 2) if second else []
    for message in behind or due(client_id, provider, limit * 2):
        if (
            message.address_id not in addresses
            and message.household not in households
            and len(chosen) < limit
        ):
            addresses.add(message.address_id)
            households.add(message.household)
            chosen.append(message)
    return chosen


def _readable(
    read: Callable[[Sequence[int]], dict[int, Read]], ids: Sequence[int], unreadable: set[int]
) -> dict[int, Read]:
    """What can be decrypted of these; what cannot is found by halves, only when there is some, and named in `unreadable`."""
    try:
        return read(ids)
    except InvalidToken:
        if len(ids) == 1:
            unreadable.update(ids)
            return {}
    half = len(ids) // 2
    return _readable(read, ids[:half], unreadable) | _readable(read, ids[half:], unreadable)
