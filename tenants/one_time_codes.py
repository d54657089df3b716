"""A code of an authenticator app counts once, for as long as it would be taken.

RFC 6238 section 5.2 advises to take the code of the step before as well: who types it in the last second of its half minute
is not turned away. allauth forgets a used code after one step, so with that advice it would take a code twice; hence our own mark.
Which half minute it is the database says: a web server with a wrong clock would turn everybody's phone away, or take old codes.
"""

from __future__ import annotations

from collections.abc import Iterator

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from django.core.cache import cache

from tenants.clock import db_now
from tenants.models import User


def half_minute() -> int:
    """The number of the half minute that it is now, as authenticator apps count them."""
    return int(db_now().timestamp()) // int(app_settings.TOTP_PERIOD)


def taken_now() -> Iterator[int]:
    """The half minutes whose codes are taken; what allauth asks instead of the machine's clock (tenants.apps)."""
    now, either_way = half_minute(), app_settings.TOTP_TOLERANCE
    yield from range(now - either_way, now + either_way + 1)


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
