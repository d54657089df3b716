"""The providers there are, and the one for an account.

A provider is a folder with the same three files: `provider.py` (hand over, ask), `webhook.py` (verify,
parse what it tells us) and `codes.py` (its words in ours).
"""

from __future__ import annotations

import threading

from messaging.providers.base import Provider
from messaging.providers.sendgrid.provider import SendGrid
from messaging.providers.smtp.provider import Smtp
from messaging.providers.twilio.provider import Twilio
from tenants.models import ProviderAccount

PROVIDERS: dict[str, type[Provider]] = {Twilio.name: Twilio, SendGrid.name: SendGrid, Smtp.name: Smtp}

_kept: dict[int, Provider] = {}
_lock = threading.Lock()


def provider_for(account: ProviderAccount) -> Provider:
    """The provider of this account, kept for the life of the process with its open connections.

    Accounts are never edited (new settings are a new account), so a kept one is never out of date.
    """
    with _lock:
        provider = _kept.get(account.pk)
        if provider is None:
            provider = _kept[account.pk] = PROVIDERS[account.provider](account)
        return provider
