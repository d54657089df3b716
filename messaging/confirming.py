"""The one text that may follow an opt-out: it says that the opt-out was heard, and how to come back (47 CFR 64.1200(a)(12)).

Twilio confirms the stop words that it knows, and tells so; who opts out by text in words of their own would hear nothing. Where
the client wants it, those get one text, from the number they wrote to: a row of the outbox that names the opt-out it confirms,
written with that opt-out, judged by the same gate (check `unconfirmable`) and handed over by the same worker. It is never
for what was found later by asking, and when anything stands in its way for a few minutes it is not sent at all.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import OuterRef, QuerySet

from campaigns.segments import count, in_one_alphabet
from campaigns.spoken import CONFIRMED, said
from compliance.checks.confirming import CONFIRM_WITHIN
from consent.languages import known
from consent.models import Suppression
from messaging.answering import whom
from messaging.models import Inbound, Message, Status
from messaging.providers.hooks import Answered
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose

logger = logging.getLogger(__name__)
# Of the five minutes, so that the text arrives within them: the hand-over, and the minute a provider may keep it at least.
ON_ITS_WAY = timedelta(seconds=90)


def queue(client_id: int, answer: Answered, received_at: datetime) -> None:
    """Write the confirmation of the opt-out that was just read from this text, if there is to be one.

    In the transaction of the opt-out, so that it is not told to the provider before; whatever goes wrong here undoes nothing of it.
    """
    if answer.channel != Channel.SMS or answer.provider_says:
        return  # whoever tells what the word means to them has answered it
    try:
        with transaction.atomic():
            _queue(client_id, answer, received_at)
    except (DatabaseError, LookupError, TypeError, ValueError) as error:
        logger.error(  # noqa: TRY400 - its words could hold an address
            "an opt-out is not confirmed", extra={"client": client_id, "code": type(error).__name__}
        )


def _queue(client_id: int, answer: Answered, received_at: datetime) -> None:
    client = Client.objects.filter(pk=client_id, confirms_opt_outs=True).first()
    if client is None or not in_one_alphabet(client.name).strip():
        return  # nor where the text would not say who writes
    reply = Inbound.objects.select_related("sender").get(provider_id=answer.provider_id)
    contact, sender = whom(reply), reply.sender
    # Made by this text, not by one before.
    new = Suppression.objects.in_force(db_now()).filter(
        address=reply.address_id, channel=Channel.SMS, source=Suppression.Source.FREE_TEXT, since__gte=received_at
    )  # fmt: skip
    out = new.first()
    if out is None or contact is None or sender is None or not sender.purposes or reply.urgent:
        return
    Message.objects.bulk_create(
        [
            Message(
                client_id=client_id, confirms=out, location_id=contact.location_id, channel=Channel.SMS, contact=contact,
                purpose=Purpose.CARE if Purpose.CARE in sender.purposes else sender.purposes[0],
                address_id=reply.address_id, household=contact.household, sender=sender, sender_domain=sender.domain,
                provider=sender.provider, window_key=contact.window_key, due_at=out.since,
                expires_at=out.since + CONFIRM_WITHIN - ON_ITS_WAY,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def confirmation(practice: str, language: str) -> str:
    """Its words: one segment, however long the practice's name is, and nothing but these."""
    words = said(CONFIRMED, known(language))
    name = in_one_alphabet(practice)
    while count(text := f"{name}: {words}").count > 1:
        name = name[:-1].rstrip()
    return text


def under_way(at: datetime) -> QuerySet[Message]:
    """Of an outer query of opt-outs: the confirmation that is not settled yet. Told of the opt-out, the provider would refuse it."""
    rows: QuerySet[Message] = Message.objects.filter(
        client=OuterRef("client"), confirms=OuterRef("pk"), confirms__since__gt=at - CONFIRM_WITHIN,
        status__in=[Status.QUEUED, Status.HANDING],
    )  # fmt: skip
    return rows
