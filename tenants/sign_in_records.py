"""Who signed in, and whose second factor came or went: noted as it happens."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.http import HttpRequest

from tenants import audit
from tenants.models import User

VERBS = {
    user_logged_in: "account.signed_in",
    password_changed: "account.password_changed",
    password_reset: "account.password_reset",
    authenticator_added: "second_factor.added",
    authenticator_removed: "second_factor.removed",
}


@receiver(list(VERBS))
def note(signal: Any, user: User, request: HttpRequest | None = None, **others: Any) -> None:  # noqa: ARG001
    """One account event; no address, no agent string."""
    audit.record_account(VERBS[signal], by=user, request=request)
