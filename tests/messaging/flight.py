"""Messages of a launched campaign brought into a state, by the same door that the workers use."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Inbound, Message, Status
from messaging.preparing import prepare
from messaging.providers.base import Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.models import Client
from tenants.scope import acting_for
from tests.messaging.world import launched


def claimed(of: Client, limit: int = 64, provider: str = "twilio") -> list[uuid.UUID]:
    """Judge what is due; what is clear is being handed over. Returns the attempts."""
    with Locks() as locks:
        return [each.attempt_id for each in claim(of.pk, prepare(of.pk, provider, limit), locks).outgoing]


def handed(of: Client, *outcomes: Outcome, provider: str = "twilio") -> list[int]:
    """Hand over as many messages as there are outcomes (default: all, accepted); returns their ids."""
    attempts = claimed(of, len(outcomes) or 64, provider)
    answers = outcomes or (Outcome.ACCEPTED,) * len(attempts)
    receipts = [
        Receipt(
            attempt,
            outcome,
            f"SM{attempt.hex}" if outcome is Outcome.ACCEPTED else "",
            "" if outcome is Outcome.ACCEPTED else "30008",
        )
        for attempt, outcome in zip(attempts, answers, strict=True)
    ]
    with acting_for(of.pk):
        record_outcomes(of.pk, receipts)
        return list(Message.objects.filter(attempts__in=attempts).order_by("pk").values_list("pk", flat=True))


def unresolved(of: Client) -> Message:
    """A campaign whose one message has an outcome nobody can tell."""
    launched(of, texts=1)
    (ident,) = handed(of, Outcome.UNKNOWN)
    with acting_for(of.pk):
        Message.objects.filter(pk=ident).update(status=Status.UNRESOLVED)
        found: Message = Message.objects.select_related("campaign").get(pk=ident)
        return found


def reply(message: Message, ident: str, **values: Any) -> Inbound:
    """Somebody answered a message. Called inside the client's scope."""
    given = {
        "contact_id": message.contact_id,
        "body": "Yes",
        "label": "other",
        "rule": "none",
        "value": "+15742310611",
    } | values
    made: Inbound = Inbound.objects.create(
        client_id=message.client_id, channel=message.channel, provider_id=ident, address_id=message.address_id, message=message,
        **given,
    )  # fmt: skip
    return made


def address(name: str, of: Client, made: Campaign | None = None, **more: Any) -> str:
    """The path of a page."""
    return reverse(name, kwargs={"client": of.slug, **({"campaign": made.pk} if made else {}), **more})


def queries_of(browser: Browser, path: str) -> int:
    """How many statements a page takes once the session is warm."""
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(path).status_code in (200, 204)
    return len(asked)
