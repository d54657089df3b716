"""The second factor of a signature: an authenticator app, enrolled while signing where there is none yet.

Rests on allauth's internals (allauth.mfa.totp): the same authenticator then guards the person's sign-in.
"""

from __future__ import annotations

import base64

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

from tenants import one_time_codes
from tenants.encryption import decrypt
from tenants.models import User

NAME = "totp"


def is_enrolled(user: User) -> bool:
    """Whether the person already has an authenticator app."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def new_secret() -> str:
    """A fresh secret to enrol with, base32."""
    return str(totp.generate_totp_secret())


def qr_code(user: User, secret: str) -> str:
    """The picture an authenticator app reads, as a data: address."""
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def code_now(user: User, secret: str = "") -> str:
    """What the person's app shows at this moment: for the demo, where nobody has a phone at hand."""
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    key = decrypt(kept.data["secret"]) if kept is not None else secret
    return str(totp.format_hotp_value(totp.hotp_value(key, one_time_codes.half_minute())))


def prove(user: User, code: str, secret: str = "") -> bool:
    """Whether the code is right; enrols `secret` with it where the person has no authenticator yet.

    A code counts once: it is marked used in the cache, and without a cache nothing is accepted.
    """
    code = "".join(code.split())
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if kept is not None:
        return bool(totp.TOTP(kept).validate_code(code)) and one_time_codes.counts(user, code)
    if not secret or not totp.validate_totp_code(secret, code):
        return False
    return bool(totp.TOTP.activate(user, secret).validate_code(code)) and one_time_codes.counts(user, code)
