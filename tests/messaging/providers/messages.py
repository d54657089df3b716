"""Messages to hand over."""

from __future__ import annotations

import json
import uuid
from typing import Any

from messaging.providers.base import Outgoing
from tenants.models import ProviderAccount

ACCOUNT = "AC" + "1" * 32
SID = "SM" + "2" * 32


def text(**values: Any) -> Outgoing:
    given: dict[str, Any] = {
        "attempt_id": uuid.uuid4(),
        "to": "+15742310001",
        "sender_address": "+15742310600",
        "text": "Bright Smiles: héllo €5 & more? Reply STOP to opt out",
        "valid_for": 3600,
    } | values
    return Outgoing(**given)


def mail(**values: Any) -> Outgoing:
    given: dict[str, Any] = {
        "attempt_id": uuid.uuid4(),
        "to": "jane@example.org",
        "sender_address": "hello@bright.example",
        "sender_name": "Bright Smiles",
        "subject": "Hello Jane",
        "text": "Hi Jane,\nit has been a while.\nhttps://x.example/u/abc",
        "html": "<p>Hi Jane,</p><p>it has been a while.</p><a href='https://x.example/u/abc'>Unsubscribe</a>",
        "unsubscribe_url": "https://x.example/u/abc",
    } | values
    return Outgoing(**given)


def account(provider: str, account_id: str = "", **settings: Any) -> ProviderAccount:
    return ProviderAccount(provider=provider, account_id=account_id, settings=json.dumps(settings))
