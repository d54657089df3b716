"""The providers there are, and the one for an account.

A provider is a folder with the same three files: `provider.py` (hand over, ask), `webhook.py` (verify,
parse what it tells us) and `codes.py` (its words in ours).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NoReturn, cast

from messaging.providers.base import NotConnected, Provider
from messaging.providers.sendgrid.provider import SendGrid
from messaging.providers.smtp.provider import Smtp
from messaging.providers.twilio.provider import Twilio
from tenants.models import ProviderAccount

PROVIDERS: dict[str, type[Provider]] = {Twilio.name: Twilio, SendGrid.name: SendGrid, Smtp.name: Smtp}

UNREADABLE = "settings_unreadable"  # the code by which logs and `manage.py hold` name it

_kept: dict[int, Provider] = {}
_lock = threading.Lock()


def provider_for(account: ProviderAccount) -> Provider:
    """The provider of this account, kept for the life of the process with its open connections.

    Accounts are never edited (new settings are a new account), so a kept one is never out of date. Where no key of ours opens the
    settings, whatever is asked of it raises `NotConnected`: that is this account's trouble, and none of the others'.
    """
    if not account.is_readable:
        return cast(Provider, _Unreadable(PROVIDERS[account.provider]))
    with _lock:
        provider = _kept.get(account.pk)
        if provider is None:
            provider = _kept[account.pk] = PROVIDERS[account.provider](account)
        return provider


class _Unreadable:
    """An account that nobody can sign in to."""

    def __init__(self, kind: type[Provider]) -> None:
        self.name, self.channel, self.most_at_once = kind.name, kind.channel, kind.most_at_once

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def refuse(*_: Any, **__: Any) -> NoReturn:
            raise NotConnected(UNREADABLE)

        return refuse
