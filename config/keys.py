"""The keys from the environment: the first of each writes, all read."""

from __future__ import annotations

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import env


def of_fields(name: str) -> list[str]:
    """The Fernet keys that seal fields; a sentence never repeats one."""
    keys = env.several(name)
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must hold Fernet keys: 32 bytes in URL-safe base64."
            ) from None
    if not keys:
        raise ImproperlyConfigured(
            f"Set {name} to one or more Fernet keys, separated by commas; the first writes."
        )
    return keys


def of_hashes(name: str) -> dict[int, bytes]:
    """The keys by which people are hashed, by version, newest first; kept as long as a suppression made with them."""
    keys: dict[int, bytes] = {}
    for pair in env.several(name):
        version, _, value = pair.partition(":")
        try:
            number, key = int(version), bytes.fromhex(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must read 2:hex,1:hex (newest first).") from None
        # A version that comes twice, or in the wrong place, would hash people anew under another key.
        if not 0 < number < min(keys, default=2**15):
            raise ImproperlyConfigured(
                f"{name} must read 2:hex,1:hex: newest first, each version once, from 1 up."
            )
        keys[number] = key
    if not keys or any(len(key) < 32 for key in keys.values()):
        raise ImproperlyConfigured(
            f"Set {name} to version:hex pairs of at least 32 bytes, newest first, as in 1:00ff…."
        )
    return keys
