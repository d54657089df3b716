"""A code of an authenticator app counts once, for as long as it would be taken.

RFC 6238 section 5.2 advises to take the code of the step before as well: who types it in the last second of its half minute
is not turned away. allauth forgets a used code after one step, so with that advice it would take a code twice; hence our own mark.
"""

from __future__ import annotations

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from django.core.cache import cache

from tenants.models import User


def counts(user: User, code: str) -> bool:
    """Whether this right code of the person is used for the first time; from now on it is used. Raises where the cache is away."""
    taken_for = (2 * app_settings.TOTP_TOLERANCE + 1) * app_settings.TOTP_PERIOD
    return bool(cache.add(f"code-used?user={user.pk}&code={''.join(code.split())}", "y", timeout=taken_for))


class _Once(forms.BaseAuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        code = str(super().clean_code())
        if not counts(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SignInForm(_Once, forms.AuthenticateForm):  # type: ignore[misc]
    """The code asked for after the password."""


class SignInAgainForm(_Once, forms.ReauthenticateForm):  # type: ignore[misc]
    """The code asked for before something grave."""
